"""The record of what this machine handed over to whom, for two weeks, whatever becomes of the database: for `manage.py
restored`.

One file a day, a record a message: what it was about, to whom (see `about` and `to`), when.
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

from ...enums import RecipientKind
from ..rows import ClaimedDelivery

_RECORD = struct.Struct("<qqd")
_MESSAGES = 1 << 62  # from here on the numbers of messages that are no updates
_DAYS = 14
_log = logging.getLogger(__name__)


class HandedOver(NamedTuple):
    about: int
    to: int
    at: datetime

    @property
    def message(self) -> int | None:
        """The message that is no update; None of an announcement or a confirmation."""
        return self.about - _MESSAGES if self.about >= _MESSAGES else None


def about(row: ClaimedDelivery) -> int:
    """Return what a row is about as one number: above zero an announcement, below zero a confirmation, from _MESSAGES
    on a message."""
    if row.message_id is not None:
        return _MESSAGES + row.message_id
    return row.announcement_id if row.announcement_id is not None else -(row.confirmation_id or 0)


def to(row: ClaimedDelivery) -> int:
    """Return the recipient as one number: a subscriber, below zero a contact."""
    recipient = row.recipient
    return recipient.pk if recipient.kind is RecipientKind.SUBSCRIBER else -recipient.pk


def note(rows: Iterable[ClaimedDelivery]) -> None:
    """Note rows that their provider took a moment ago. Where no file can be written nothing is noted: it must not
    silence us."""
    now = time.time()
    content = b"".join(_RECORD.pack(about(row), to(row), now) for row in rows)
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
        for number, recipient, at in _RECORD.iter_unpack(content[:whole]):
            yield HandedOver(number, recipient, datetime.fromtimestamp(at, UTC))


def _tidy() -> None:
    for path in _files()[:-_DAYS]:
        path.unlink(missing_ok=True)


def _files() -> list[Path]:
    return sorted(_directory().glob("????-??-??"))


def _directory() -> Path:
    return settings.DATA_DIR / "handed-over"
