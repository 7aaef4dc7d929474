"""The progress of an incident's announcements, and of bulletins: one aggregate over the ledger, whatever the number of
rows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Now

from incidents.models import Announcement, Incident, Message

from ..enums import WAITING, Channel, DeliveryState, why
from ..models import Delivery, DeliveryCount, Fanout
from ..models.delivery import skipped_for
from .tally import RATE_OVER, AnnouncementProgress, BulletinProgress, ChannelProgress

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class Listing(TypedDict):
    """The columns that `with_listing` adds."""

    is_listed: bool
    has_counts: bool


Listed: TypeAlias = "WithAnnotations[Announcement, Listing]"
# Queued again, and it is known why: also where the provider told us when to come again, which burns no attempt.
DEFERRED = Q(state=DeliveryState.QUEUED) & ~Q(cause="")


def of_incident(incident: Incident, *, at: datetime) -> list[AnnouncementProgress]:
    """The incident's announcements, newest first, as seen `at`. Two queries, one of them the aggregate; a third where
    something is rolled_up."""
    announcements = list(with_listing(Announcement.objects.filter(incident=incident)).order_by("-pk"))
    rows = _counts(Delivery.objects.filter(announcement__incident=incident))
    channels = _channels([*rows, *_rolled_up(announcements)], at)
    return [_progress(announcement, channels) for announcement in announcements]


def of_announcement(announcement: Listed, *, at: datetime) -> AnnouncementProgress:
    """One announcement, which comes from `with_listing`, as seen `at`. One aggregate by the ledger's index."""
    rows = _counts(Delivery.objects.filter(announcement=announcement))
    return _progress(announcement, _channels([*rows, *_rolled_up([announcement])], at))


def of_bulletin(message: Message, *, at: datetime) -> BulletinProgress:
    """What everyone is sent of a bulletin, as seen `at`. One aggregate by the ledger's index.

    It counts as listed a minute before it is: for so long somebody may still turn out to have confirmed.
    """
    channels = _channels(_counts(Delivery.objects.filter(message=message)), at)
    is_listed = message.listed_at is not None or message.withdrawn_at is not None or bool(channels)
    return BulletinProgress(message=message, is_listed=is_listed, channels=list(channels.values()))


def counts(announcement: Announcement) -> Counter:
    """How many deliveries of it there are in each state, those that are kept as numbers alone among them."""
    rows = Delivery.objects.filter(announcement=announcement).order_by()
    found = Counter(dict(rows.values_list("state").annotate(Count("pk"))))
    for state, number in DeliveryCount.objects.filter(announcement=announcement).values_list("state", "number"):
        found[state] += number
    return found


def with_listing(announcements: QuerySet[Announcement]) -> QuerySet[Listed]:
    """Adds `is_listed`, the audience is written down as deliveries, all of it; and `has_counts`, of some of them only
    the number is kept."""
    listed = Fanout.objects.filter(announcement=OuterRef("pk"), finished_at__isnull=False)
    rolled_up = DeliveryCount.objects.filter(announcement=OuterRef("pk"))
    return announcements.annotate(is_listed=Exists(listed), has_counts=Exists(rolled_up))


def _progress(announcement: Listed, channels: dict) -> AnnouncementProgress:
    found = [channels[announcement.pk, channel] for channel in Channel if (announcement.pk, channel) in channels]
    return AnnouncementProgress(announcement=announcement, is_listed=announcement.is_listed, channels=found)


def _counts(rows: QuerySet[Delivery]) -> Iterable[Mapping[str, Any]]:
    lately = Q(sent_at__gt=Now() - Value(RATE_OVER))
    return rows.values("announcement_id", "channel", "state", skipped_for=skipped_for()).annotate(
        rows=Count("pk"),
        doubles=Count("pk", filter=Q(possibly_doubled=True)),
        deferred=Count("pk", filter=DEFERRED),
        sent_lately=Count("pk", filter=lately),
        first_sent_at=Min("sent_at"),
        next_attempt_at=Min("visible_at", filter=DEFERRED),
        waits_for=Max("cause", filter=DEFERRED),
        waits_because=Max("reason", filter=DEFERRED),
        oldest_waiting_at=Min("created_at", filter=Q(state__in=WAITING)),
    )


def _rolled_up(announcements: Iterable[Listed]) -> Iterable[Mapping[str, Any]]:
    """Yield the deliveries that are kept as numbers alone, as `_counts` gives them; of times nothing is kept."""
    rolled_up = [announcement.pk for announcement in announcements if announcement.has_counts]
    kept = DeliveryCount.objects.filter(announcement__in=rolled_up) if rolled_up else ()
    nothing: dict[str, object] = dict.fromkeys(("deferred", "sent_lately"), 0)
    nothing |= dict.fromkeys(("first_sent_at", "next_attempt_at", "waits_for", "waits_because", "oldest_waiting_at"))
    for count in kept:
        yield nothing | {
            "announcement_id": count.announcement_id,
            "channel": count.channel,
            "state": count.state,
            "skipped_for": count.cause,
            "rows": count.number,
            "doubles": count.number if count.possibly_doubled else 0,
        }


def _channels(rows: Iterable[Mapping[str, Any]], at: datetime) -> dict[tuple[int | None, Channel], ChannelProgress]:
    found: dict[tuple[int | None, Channel], ChannelProgress] = {}
    for row in rows:
        key = row["announcement_id"], Channel(row["channel"])
        progress = found.setdefault(key, ChannelProgress(channel=key[1], at=at))
        progress.states[row["state"]] += row["rows"]
        if row["state"] == DeliveryState.SKIPPED:
            cause = row["skipped_for"]
            progress.skipped[cause] = progress.skipped.get(cause, 0) + row["rows"]
        progress.doubles += row["doubles"]
        progress.deferred += row["deferred"]
        progress.sent_lately += row["sent_lately"]
        progress.first_sent_at = _earlier(progress.first_sent_at, row["first_sent_at"])
        progress.oldest_waiting_at = _earlier(progress.oldest_waiting_at, row["oldest_waiting_at"])
        progress.next_attempt_at = progress.next_attempt_at or row["next_attempt_at"]
        progress.waits_because = progress.waits_because or why(row["waits_for"] or "", row["waits_because"] or "")
    return found


def _earlier(*moments: datetime | None) -> datetime | None:
    return min(filter(None, moments), default=None)
