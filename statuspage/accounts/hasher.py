"""Passwords are hashed one at a time.

One check takes 0.4 s of processor time, in eight threads, and 100 MB: a crowd of guesses would take every core from
whoever is logged in.
"""

from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import Argon2PasswordHasher

_line = ThreadPoolExecutor(1, "passwords")


class OneAtATime(Argon2PasswordHasher):
    """Django's Argon2, of whose calls one runs at a time in this process; the others wait in line."""

    def encode(self, password: str, salt: str) -> str:
        return _line.submit(super().encode, password, salt).result()

    def verify(self, password: str, encoded: str) -> bool:
        return _line.submit(super().verify, password, encoded).result()
