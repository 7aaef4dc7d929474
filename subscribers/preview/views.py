"""The fragments beside the compose form and after publishing: who will hear it, what they read, how far it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods

from incidents.access import PUBLISH, StaffRequest, find_incident, private, screen, staff_who_may
from incidents.models import Announcement
from statuspage.lib.language import Text
from statuspage.lib.methods import read_only

from .. import offering
from ..board import board
from ..board.tally import Progress
from ..channels import registry
from ..channels.composing import compose
from ..channels.message import OutgoingMessage
from ..channels.message_to import MessageTo
from ..delivery.audience import is_rolled_up, numbers
from ..enums import Channel
from ..models import Delivery, Subscriber
from ..permissions import LINK
from . import draft

_SALT = "subscribers.preview.sample"
_FOR = 3600  # seconds
# Seconds until progress is looked at again: of what was just published, while it moves, while it waits.
_NOW, _SOON, _LATER = 1, 2, 10
_JUST = timedelta(minutes=1)
# A proxy takes 8 kB of address; beyond that the reader gets the text version alone.
_LONGEST_LINK = 6_000
# A mail carries its styles inside, which our own pages must not: it has an address of its own that allows styles and
# nothing else, and can be framed by our own pages alone.
_MAIL_POLICY = {directive: [NONE] for directive in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]} | {
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "frame-ancestors": [SELF],
    "sandbox": True,
}


@dataclass(frozen=True)
class Hearing:
    """The number of those who will hear it, by channel; on one that is not offered, of those who would."""

    channel: Channel
    number: int

    @property
    def why_not(self) -> str:
        """Why they cannot be reached; empty where they can."""
        return "" if offering.is_offered(self.channel) else offering.why_not(self.channel)

    @property
    def by(self) -> Text:
        """The channel inside a sentence."""
        return registry.of(self.channel).in_a_sentence


@dataclass(frozen=True)
class ChannelPreview:
    """The message that an invented recipient gets on one channel."""

    channel: Channel
    message: OutgoingMessage
    link: str  # to its HTML alone; empty where that is too long for an address

    @property
    def segments(self) -> int:
        return registry.of(self.channel).segments(self.message.text)


@require_http_methods(["GET", "HEAD", "POST"])
@private
@staff_who_may(PUBLISH)
def audience_preview(request: StaffRequest) -> HttpResponse:
    """The compose form's fields -> how many will hear it, and what they will read on each channel."""
    fields = draft.fields_of(request.POST if request.method == "POST" else request.GET)
    announced = draft.announcement(fields, at=timezone.now())
    is_quiet = "quiet" in fields
    context = heard(announced, fields, {} if is_quiet else numbers(announced, merges=draft.merges(fields)))
    context |= {"announced": announced, "is_quiet": is_quiet, "was_rolled_up": is_rolled_up(announced.corrects_id)}
    if request.htmx:
        return render(request, "console/_audience.html", context)
    return render(request, "console/audience.html", screen(request, "Who will hear this", **context))


def heard(said: Announcement | MessageTo, fields: dict[str, str], counted: Mapping[Channel, int]) -> dict[str, object]:
    """Return the context of a preview: how many hear what is `said`, `counted` by channel as the fan-out selects them,
    and what they read."""
    hearing = [Hearing(channel, number) for channel, number in counted.items()]
    reached = [one for one in hearing if not one.why_not]
    context: dict[str, object] = {
        "problem": draft.problem(fields),
        "hearing": reached,
        "unreached": [one for one in hearing if one.why_not and one.number],
        "samples": [ChannelPreview(one, _message(said, one), _link(fields, one)) for one in _shown() if counted],
    }
    context["total"] = sum(one.number for one in reached)
    if context["total"]:
        context["blockers"] = board.blockers(one.channel for one in reached if one.number)
    return context


def _shown() -> list[Channel]:
    """The channels of which a sample is shown: what is offered, and what ought to be."""
    return [one.channel for one in registry.every() if one.is_expected or offering.is_offered(one.channel)]


def _message(said: Announcement | MessageTo, channel: Channel) -> OutgoingMessage:
    """Return the message of an invented recipient, whose links open nothing."""
    reader = Subscriber(channel=channel, address=registry.of(channel).example_address)
    return compose(said, channel).to(Delivery(announcement=None, subscriber=reader, channel=channel))


def _link(fields: dict[str, str], channel: Channel) -> str:
    link = signing.dumps({"fields": fields, "channel": channel.value}, salt=_SALT, compress=True)
    return link if len(link) <= _LONGEST_LINK else ""


@read_only
@private
@xframe_options_sameorigin
@csp_replace(_MAIL_POLICY)
@staff_who_may(PUBLISH)
def mail_preview(request: StaffRequest) -> HttpResponse:
    """The HTML of a message, for the preview's frame. An address that is old or not ours shows a line instead."""
    try:
        asked = signing.loads(request.GET.get("draft", ""), salt=_SALT, max_age=_FOR)
    except signing.BadSignature:
        return HttpResponse("This preview is too old. Change the text to see it again.", content_type="text/plain")
    said = draft.thing(draft.fields_of(asked["fields"]), at=timezone.now())
    return HttpResponse(_message(said, Channel(asked["channel"])).html)


@read_only
@private
@staff_who_may(PUBLISH, LINK)
def progress(request: StaffRequest, public_id: str) -> HttpResponse:
    """How far each announcement of an incident has got; asks again by itself while something waits."""
    incident = find_incident(public_id)
    at = timezone.now()
    announcements = board.of_incident(incident, at=at)
    context: dict[str, object] = {
        "incident": incident,
        "newest": announcements[0] if announcements else None,
        "older": announcements[1:],
        "is_settled": all(one.is_settled for one in announcements),
        "pause": pause_until(announcements, at),
    }
    waiting = {part.channel for one in announcements for part in one.channels if part.waiting}
    if waiting:
        context["blockers"] = board.blockers(waiting, incident)
    if request.htmx:
        return render(request, "deliveries/_progress.html", context)
    return render(request, "deliveries/progress.html", screen(request, "Delivery", **context))


def pause_until(found: Iterable[Progress], at: datetime) -> int:
    """Seconds until the next look at what is not settled."""
    if any(at - one.begun_at < _JUST and not one.is_settled for one in found):
        return _NOW  # most of a P1 is handed over between two looks: an old number reads as "mail is stuck"
    return _SOON if any(one.is_moving for one in found) else _LATER
