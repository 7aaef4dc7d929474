"""The header with which a server says when to come back."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


def read_retry_after(value: str, *, now: datetime) -> timedelta | None:
    """How long to wait from `now`: the header holds seconds or a date. None for anything else; never negative."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=int(value[:9]))
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((at if at.tzinfo else at.replace(tzinfo=UTC)) - now, timedelta(0))
