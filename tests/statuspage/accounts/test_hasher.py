"""The checks of passwords and whoever works meanwhile."""

import threading

from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, get_hasher, make_password

from statuspage.accounts.hasher import OneAtATime


def test_a_password_is_hashed_as_before_and_old_hashes_are_read():
    old = Argon2PasswordHasher().encode("for-this-test-only", "a-salt-of-its-own")
    assert isinstance(get_hasher(), OneAtATime)
    assert check_password("for-this-test-only", old)
    assert not check_password("another", old)
    assert Argon2PasswordHasher().verify("for-this-test-only", make_password("for-this-test-only"))


def test_one_check_at_a_time_however_many_ask(monkeypatch):
    inside, most, lock = 0, 0, threading.Lock()
    both = threading.Barrier(4)

    def verify(self, password, encoded):
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        threading.Event().wait(0.05)  # long enough for another, were it let in
        with lock:
            inside -= 1
        return True

    def check():
        both.wait()
        OneAtATime().verify("x", "y")

    monkeypatch.setattr(Argon2PasswordHasher, "verify", verify)
    threads = [threading.Thread(target=check) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
