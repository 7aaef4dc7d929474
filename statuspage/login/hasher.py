"""Passwords are hashed one at a time and behind all other work.

One check takes 0.4 s of processor time in eight threads, and 100 MB. A crowd of guesses would take every core from
whoever is logged in; a thread of its own with little weight takes what is left over.
"""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import Argon2PasswordHasher

_NICE = 10  # a tenth of the weight of other threads; those that Argon2 starts inherit it


class OneAtATime(Argon2PasswordHasher):
    """Django's Argon2, of whose calls one runs at a time in this process; the others wait in line."""

    def encode(self, password: str, salt: str) -> str:
        return _line.submit(super().encode, password, salt).result()

    def verify(self, password: str, encoded: str) -> bool:
        return _line.submit(super().verify, password, encoded).result()


def _yield_to_others() -> None:
    if sys.platform == "linux":  # elsewhere this would speak of the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


_line = ThreadPoolExecutor(1, "passwords", initializer=_yield_to_others)
