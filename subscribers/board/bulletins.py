"""What everyone was sent of bulletins lately, for the board and the metrics."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from incidents.enums import MessageKind
from incidents.models import Message

from .progress import of_bulletin
from .remembered import Remembered
from .tally import BulletinProgress

SHOWN = 5
LATELY = timedelta(days=7)
_KEPT_WHILE_MOVING, _KEPT_WHEN_SETTLED = 10, 100


def lately(*, at: datetime, within: timedelta = LATELY) -> list[BulletinProgress]:
    """The SHOWN bulletins that began to go out last within `within`, the newest first. One aggregate for each."""
    return list(_progresses(at, within))


def _progresses(at: datetime, within: timedelta) -> Iterator[BulletinProgress]:
    told = Message.objects.filter(kind=MessageKind.BULLETIN, send_at__gt=at - within, send_at__lte=at)
    for message in told.order_by("-send_at", "-pk")[:SHOWN]:
        yield _counts.get(message.pk, partial(_count, message, at))


def _count(message: Message, at: datetime) -> tuple[BulletinProgress, int]:
    found = of_bulletin(message, at=at)
    return found, _KEPT_WHEN_SETTLED if found.is_settled else _KEPT_WHILE_MOVING


_counts = Remembered()
