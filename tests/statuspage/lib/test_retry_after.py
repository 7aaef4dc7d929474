from datetime import UTC, datetime, timedelta

import pytest

from statuspage.lib.retry_after import read_retry_after

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("9" * 40, 999_999_999),
        ("Sat, 21 Nov 2026 12:00:30 GMT", 30),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("Sat, 21 Nov 2026 12:00:30 -0000", 30),
    ],
)
def test_seconds_and_dates_are_understood(value, seconds):
    assert read_retry_after(value, now=NOON) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "٣", "Sat, 99 Nov 2026 12:00:30 GMT"])
def test_anything_else_is_none(value):
    assert read_retry_after(value, now=NOON) is None
