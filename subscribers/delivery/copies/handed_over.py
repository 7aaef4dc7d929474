"""To whom this machine handed over what, for two weeks, whatever becomes of the database: for `manage.py restored`.

One file a day, a record a message: announcement (or the confirmation's number below zero), subscriber, when.
"""

import logging
import os
import struct
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from ..rows import ClaimedDelivery

_RECORD = struct.Struct("<qqd")
_DAYS = 14
_log = logging.getLogger(__name__)


class HandedOver(NamedTuple):
    about: int
    subscriber: int
    at: datetime


def about(row: ClaimedDelivery) -> int:
    """What a row is about, as one number."""
    return row.announcement_id if row.announcement_id is not None else -(row.confirmation_id or 0)


def note(rows: Iterable[ClaimedDelivery]) -> None:
    """Their provider took them a moment ago. Where no file can be written nothing is noted: it must not silence us."""
    now = time.time()
    content = b"".join(_RECORD.pack(about(row), row.subscriber.pk, now) for row in rows)
    if not content:
        return
    path = _directory() / f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d}"
    try:
        if not path.exists():
            _directory().mkdir(parents=True, exist_ok=True)
            _tidy()
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, content)  # appended whole: one writer after the other
        finally:
            os.close(file)
    except OSError as error:
        _log.error("Nothing can be noted of what was handed over: %s", error)


def noted() -> Iterator[HandedOver]:
    """All that is kept, the oldest first."""
    for path in _files():
        content = path.read_bytes()
        whole = len(content) // _RECORD.size * _RECORD.size
        for number, subscriber, at in _RECORD.iter_unpack(content[:whole]):
            yield HandedOver(number, subscriber, datetime.fromtimestamp(at, UTC))


def _tidy() -> None:
    for path in _files()[:-_DAYS]:
        path.unlink(missing_ok=True)


def _files() -> list[Path]:
    return sorted(_directory().glob("????-??-??"))


def _directory() -> Path:
    return settings.DATA_DIR / "handed-over"
