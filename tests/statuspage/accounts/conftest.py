"""The lead, and a clock that the tests move."""

import pytest
import time_machine
from django.contrib.auth.hashers import Argon2PasswordHasher

from statuspage.accounts import record
from tests.factories import a_user

from .people import PASSWORD


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch, settings):
    """Argon2 at its least: these tests try hundreds."""
    for cost, least in {"time_cost": 1, "memory_cost": 64, "parallelism": 1}.items():
        monkeypatch.setattr(Argon2PasswordHasher, cost, least)
    settings.TRUSTED_PROXIES = 1
    record.unwritten.taken()


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-30T03:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def lead(clock):
    return a_user("lead", password=PASSWORD)
