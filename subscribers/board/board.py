"""The board of everything that goes out: announcement by announcement, channel by channel, and what holds it up."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, overload

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, DurationField, ExpressionWrapper, F, Min, Q, Value, When
from django.db.models.functions import Now

from incidents.models import Announcement, Incident

from ..delivery import fanout, pauses
from ..enums import WAITING, Channel, DeliveryState
from ..models import Breaker, Delivery, HeldSuppression, Pause
from .progress import DEFERRED, Listed, counts, of_announcement, with_listing
from .progress import of_incident as every_announcement
from .remembered import Remembered
from .tally import COLUMNS, AnnouncementProgress
from .unreached import Unreached, unreached

PAGE = 20
# Counting a million rows takes a second. So one look counts for so long at most, and what took long to count is
# remembered for a multiple of it: watching costs a tenth of a core, however many watch in this process.
BUDGET_SECONDS = 2
_KEPT_WHILE_MOVING, _KEPT_WHEN_SETTLED = 10, 100
_AGE = ExpressionWrapper(Now() - Min("visible_at"), output_field=DurationField())
_UNLISTED_AGE = ExpressionWrapper(Now() - Min("created_at"), output_field=DurationField())


@dataclass(frozen=True, kw_only=True)
class ChannelBacklog:
    """The rows that wait on one channel, as numbers, whatever they belong to; confirmations among them."""

    channel: Channel
    waiting: int
    oldest_due: timedelta | None  # how long the oldest row that is due has waited


@dataclass(frozen=True, kw_only=True)
class Row:
    """One announcement on the board. `progress` is None while it is not counted yet: at the next look it is."""

    announcement: Announcement
    progress: AnnouncementProgress | None
    pauses: list[Pause]  # of this announcement alone


@dataclass(frozen=True, kw_only=True)
class Board:
    """One page of announcements, newest first, each with its counts."""

    page: Page
    rows: list[Row]
    pauses: list[Pause]
    backlogs: list[ChannelBacklog]
    breakers: list[Breaker]  # of providers that took nothing at the last look, each with `left`
    held: int  # suppressions that were reported when too many were, and wait for a person
    unreached: list[Unreached]  # channels that are not offered and should be

    @property
    def paused_channels(self) -> list[str]:
        """The channels on which nothing goes out, whatever it belongs to."""
        whole = [pause.channel for pause in self.pauses if pause.announcement_id is None]
        return list(Channel) if "" in whole else whole

    @property
    def down_channels(self) -> list[str]:
        """The channels whose provider took nothing at the last look."""
        return [breaker.channel for breaker in self.breakers]

    @property
    def is_settled(self) -> bool:
        """True when nothing moves and everything is counted: there is no need to look again."""
        counted = len(self.counted) == len(self.rows)
        return (
            counted
            and not any(backlog.waiting for backlog in self.backlogs)
            and all(one.is_settled for one in self.counted)
        )

    @property
    def counted(self) -> list[AnnouncementProgress]:
        """The progress of the rows that are counted by now."""
        return [row.progress for row in self.rows if row.progress]

    @property
    def failed(self) -> int:
        return sum(one.failed for one in self.counted)

    @property
    def unknown(self) -> int:
        return sum(one.unknown for one in self.counted)

    @property
    def columns(self) -> list[str]:
        """The names out of COLUMNS in which any row has a number: where eight of nine say 0 the ninth is not seen."""
        numbers = [channel.numbers for one in self.counted for channel in one.channels]
        return [name for name in COLUMNS if any(one[name] for one in numbers)]


def board(*, at: datetime, page: str | None = None, only: str = "", budget_seconds: float | None = None) -> Board:
    """The newest announcements, PAGE of them, or the one whose public id is `only`. One aggregate for each."""
    announcements = Announcement.objects.select_related("incident", "recall").order_by("-pk")
    if only:
        announcements = announcements.filter(public_id=only)
    shown = Paginator(with_listing(announcements), PAGE).get_page(page)
    pauses = list(Pause.objects.open().select_related("announcement", "paused_by"))
    enough = time.monotonic() + (BUDGET_SECONDS if budget_seconds is None else budget_seconds)
    return Board(
        page=shown,
        rows=[_row(one, pauses, at=at, enough=enough) for one in shown],
        pauses=pauses,
        backlogs=backlogs(),
        breakers=list(Breaker.objects.with_time_left().order_by("channel")),
        held=HeldSuppression.objects.count(),
        unreached=not_reached(),
    )


def _row(announcement: Listed, pauses: list[Pause], *, at: datetime, enough: float) -> Row:
    return Row(
        announcement=announcement,
        progress=progress(announcement, at=at, enough=enough),
        pauses=[pause for pause in pauses if pause.announcement_id == announcement.pk],
    )


@overload
def progress(announcement: Listed, *, at: datetime) -> AnnouncementProgress: ...
@overload
def progress(announcement: Listed, *, at: datetime, enough: float) -> AnnouncementProgress | None: ...
def progress(announcement: Listed, *, at: datetime, enough: float = float("inf")) -> AnnouncementProgress | None:
    """How far one got, which comes from `with_listing`; None where it is past `enough` (monotonic) and not known."""

    def count() -> tuple[AnnouncementProgress, int]:
        found = of_announcement(announcement, at=at)
        return found, _KEPT_WHEN_SETTLED if found.is_settled else _KEPT_WHILE_MOVING

    return _counts.get(announcement.pk, count, enough)


def of_incident(incident: Incident, *, at: datetime) -> list[AnnouncementProgress]:
    """How far each announcement of an incident got, newest first."""
    newest = Announcement.objects.filter(incident=incident).order_by("-pk").values_list("pk", flat=True).first()

    def count() -> tuple[list[AnnouncementProgress], int]:
        found = every_announcement(incident, at=at)
        is_settled = all(one.is_settled for one in found)
        return found, _KEPT_WHEN_SETTLED if is_settled else _KEPT_WHILE_MOVING

    return _counts.get(("incident", incident.pk, newest), count)


class Blockers(NamedTuple):
    """The things that keep notices from going out now."""

    pauses: list[Pause]
    breakers: list[Breaker]  # each with `left`
    unreached: list[Unreached]


def blockers(channels: Iterable[Channel], incident: Incident | None = None) -> Blockers:
    """Return the blockers of `channels`: of everything on them, and of what `incident` announced."""
    channels = list(channels)
    about = Q(announcement=None)
    if incident is not None:
        about |= Q(announcement__incident=incident)
    pauses = Pause.objects.open().filter(about, channel__in=["", *channels])
    return Blockers(
        pauses=list(pauses.select_related("announcement", "paused_by")),
        breakers=list(Breaker.objects.with_time_left().filter(channel__in=channels).order_by("channel")),
        unreached=[one for one in not_reached() if one.channel in channels],
    )


def not_reached() -> list[Unreached]:
    """The channels that are not offered though somebody wants to hear by them."""
    return _counts.get("unreached", lambda: (unreached(), _KEPT_WHILE_MOVING))


class Reach(NamedTuple):
    """The deliveries of an announcement that are not out yet, and those that are, as numbers."""

    waiting: int
    reached: int


def reach(announcement: Announcement) -> Reach:
    """Return what recalling an announcement would still prevent, and what not."""
    states = counts(announcement)
    return Reach(
        waiting=sum(states[state] for state in WAITING),
        reached=sum(states[state] for state in (DeliveryState.SENT, DeliveryState.DELIVERED)),
    )


def backlogs() -> list[ChannelBacklog]:
    """Return each channel that has something waiting, by the index of what waits."""
    return _counts.get("backlogs", lambda: (_backlogs(), _KEPT_WHILE_MOVING))


def waiting_by_state() -> dict[tuple[str, str], int]:
    """How many wait, by (channel, state); what is DEFERRED apart, as on the board."""

    def count() -> tuple[dict, int]:
        again = When(DEFERRED, then=Value("deferred"))
        waiting = Delivery.objects.waiting().annotate(stands=Case(again, default=F("state"))).order_by()
        rows = waiting.values_list("channel", "stands").annotate(rows=Count("pk"))
        return {(channel, state): number for channel, state, number in rows}, _KEPT_WHILE_MOVING

    return _counts.get("waiting", count)


def late_seconds() -> float:
    """The age of the oldest row that is due and that no pause holds back, by the database's clock; 0 without one.

    An announcement whose readers are not all listed counts too: while nobody works, there is no row to be late.
    """

    def count() -> tuple[float, int]:
        ages = [pauses.due_heads(channel).aggregate(age=_AGE)["age"] for channel in Channel]
        ages.append(fanout.unfinished().aggregate(age=_UNLISTED_AGE)["age"])
        oldest = max(filter(None, ages), default=timedelta())
        return round(oldest.total_seconds(), 1), _KEPT_WHILE_MOVING

    return _counts.get("late", count)


def _backlogs() -> list[ChannelBacklog]:
    waiting = Delivery.objects.waiting().order_by().values_list("channel")
    found = {channel: (rows, age) for channel, rows, age in waiting.annotate(rows=Count("pk"), age=_AGE)}
    return [
        # An oldest row that is not due yet has an age below nothing.
        ChannelBacklog(
            channel=one, waiting=found[one][0], oldest_due=found[one][1] if found[one][1] >= timedelta() else None
        )
        for one in Channel
        if one in found
    ]


_counts = Remembered()
forget = _counts.clear  # count everything anew at the next look
