"""The figures that machines watch: how much waits, how much of the last day is settled, how late we are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from incidents.models import Announcement, Site

from .. import offering
from ..delivery.copies import fence
from ..enums import WAITING, Channel
from ..models import Breaker, IncomingMessage, Pause
from .board import late_seconds, progress, waiting_by_state
from .bulletins import lately
from .progress import with_listing
from .tally import AnnouncementProgress, Progress

RECENT = timedelta(days=1)
Figure = tuple[str, dict[str, str], float]


def figures(*, at: datetime) -> Iterator[Figure]:
    """(name, labels, value) of each figure, those of one name together. What waits is counted by the index of what
    waits; what is settled only of the last day's announcements, and of a large one not at every call."""
    recent = with_listing(Announcement.objects.filter(created_at__gt=at - RECENT)).order_by("-pk")
    announced = [progress(announcement, at=at) for announcement in recent]
    counted = [*announced, *lately(at=at, within=RECENT)]
    for (channel, state), number in sorted(_deliveries(counted).items()):
        yield "statuspage_deliveries", {"channel": channel, "state": state}, number
    yield from _pace(counted)
    doubled = sum(channel.doubles for one in counted for channel in one.channels)
    yield "statuspage_deliveries_possibly_doubled", {}, doubled
    yield "statuspage_oldest_due_seconds", {}, late_seconds()
    first = _publish_to_first_send(announced)
    if first is not None:
        yield "statuspage_publish_to_first_send_seconds", {}, first
    yield "statuspage_pauses", {}, Pause.objects.open().count()
    refusing = dict(Breaker.objects.values_list("channel", "is_refusal"))
    for channel in Channel:
        yield "statuspage_provider_down", {"channel": channel.value}, int(channel in refusing)
    for channel in Channel:
        yield "statuspage_provider_refuses", {"channel": channel.value}, int(refusing.get(channel, False))
    yield "statuspage_sending", {}, int(not fence.standing().words)
    for channel in Channel:
        yield "statuspage_channel_offered", {"channel": channel.value}, int(offering.is_offered(channel))
    yield "statuspage_incoming_messages_open", {}, IncomingMessage.objects.open().count()
    yield "statuspage_page_version", {}, Site.load().page_version


def _deliveries(counted: Sequence[Progress]) -> Counter:
    found = Counter(waiting_by_state())
    for one in counted:
        for channel in one.channels:
            for state, number in channel.states.items():
                if state not in WAITING:
                    found[channel.channel.value, state] += number
    return found


def _pace(counted: Sequence[Progress]) -> Iterator[Figure]:
    rates, waiting = dict.fromkeys(Channel, 0.0), dict.fromkeys(Channel, 0)
    for channel in (channel for one in counted for channel in one.channels):
        rates[channel.channel] += channel.rate
        waiting[channel.channel] += channel.waiting
    for name in Channel:
        yield "statuspage_deliveries_per_second", {"channel": name.value}, round(rates[name], 3)
    for name in Channel:
        if rates[name] and waiting[name]:
            yield "statuspage_seconds_left", {"channel": name.value}, round(waiting[name] / rates[name], 3)


def _publish_to_first_send(counted: list[AnnouncementProgress]) -> float | None:
    for one in counted:
        if sent := [channel.first_sent_at for channel in one.channels if channel.first_sent_at]:
            return round(max((min(sent) - one.announcement.created_at).total_seconds(), 0), 3)
    return None
