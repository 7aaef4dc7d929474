"""The lead, and a clock that the tests move."""

import pytest
import time_machine

from statuspage.accounts import record
from tests.factories import a_user

from .people import PASSWORD


@pytest.fixture(autouse=True)
def _behind_a_proxy(settings):
    settings.TRUSTED_PROXIES = 1
    record.unwritten.taken()


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-30T03:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def lead(clock):
    return a_user("lead", password=PASSWORD)
