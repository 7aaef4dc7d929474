"""Unsubscribes that came while the database was away: kept in DATA_DIR/unsubscribes, done as soon as it is back.

Each is a file that is on the disk before anything is promised, and goes only after the row is written: a process may be
killed between any two steps. Its name is the subscriber's number, so a second click, or another process of this
machine, keeps and does it once. Whoever sends looks here first.
"""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Q

from statuspage.lib.files import replace

from ..models import Subscriber

logger = logging.getLogger(__name__)
MOST = 100_000  # of them at once; only a link that we signed is kept, once for each subscriber
LOOK_EVERY = 5  # seconds
_LEFT_OVER = 3_600  # seconds after which an unfinished file belongs to a writer that was killed


def keep(subscriber_id: int, *, at: datetime) -> bool:
    """Whether it will be done: then it is on the disk. False where there is no room. Raises OSError."""
    file = _directory() / str(subscriber_id)
    if file.exists():
        return True
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sum(1 for _ in os.scandir(file.parent)) >= MOST:
        logger.error("%d unsubscribes are kept, no more are taken until the database is back", MOST)
        return False
    replace(file, at.isoformat().encode(), mode=0o600, is_synced=True)
    return True


def settle() -> int:
    """Do all that is kept; how many were still subscribed. A fault of the disk is logged. Raises DatabaseError."""
    try:
        return sum(_settle(file) for file in _kept())
    except OSError as error:
        logger.warning("The kept unsubscribes cannot be read: %s", error)
        return 0


def watch() -> None:
    """Look for ever, in a thread: a web process may be alone on its disk, with the workers elsewhere."""
    threading.Thread(target=_look_for_ever, name="kept-unsubscribes", daemon=True).start()


def _look_for_ever() -> None:
    while True:
        try:
            settle()
        except DatabaseError as error:
            logger.info("Unsubscribes stay kept: %s", " ".join(str(error).split()))
        except Exception:
            logger.exception("The kept unsubscribes cannot be done")
        connection.close()
        time.sleep(LOOK_EVERY)


def _settle(file: Path) -> int:
    """Do one kept unsubscribe and return how many it ended: none where the owner asked for notices again since, for
    what was clicked before is no wish any more."""
    at = _moment(file)
    wanted = Q(confirmed_at=None) | Q(confirmed_at__lte=at)
    done = Subscriber.objects.filter(wanted, pk=int(file.name), unsubscribed_at=None).update(unsubscribed_at=at)
    file.unlink(missing_ok=True)
    return done


def _directory() -> Path:
    return settings.DATA_DIR / "unsubscribes"


def _kept() -> Iterator[Path]:
    """The oldest number first; what a killed writer left is removed."""
    with contextlib.suppress(FileNotFoundError):
        for name in sorted(os.listdir(_directory())):
            file = _directory() / name
            if name.isdecimal():
                yield file
            elif time.time() - file.stat().st_mtime > _LEFT_OVER:
                file.unlink(missing_ok=True)


def _moment(file: Path) -> datetime:
    """Return when it was clicked: the file's own age where a disk lost its content."""
    try:
        return datetime.fromisoformat(file.read_text())
    except ValueError:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
