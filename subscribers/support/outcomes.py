"""The meaning of the ledger's states, in support's words."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format

from incidents.models import Announcement, Message
from incidents.page.marks import mark
from statuspage.lib import markdown

from .. import offering
from ..channels import registry
from ..channels import wording as sentences
from ..enums import Channel, DeliveryCause, DeliveryState
from ..models import AffectedCustomer, Delivery, Subscriber, Suppression

_SKIPPED: dict[str, str] = {
    DeliveryCause.UNSUBSCRIBED: "They had unsubscribed, or were not linked any more.",
    DeliveryCause.SUPPRESSED: "We must not write to this address.",
    DeliveryCause.SUPERSEDED: "A newer update went out in its place.",
    DeliveryCause.RECALLED: "It was recalled.",
    DeliveryCause.COPY: "This is a copy of the page; nobody is written to from it.",
    DeliveryCause.NOT_OFFERED: "Nothing was set up to send it.",
}


MARKED_BY = ("recall", "corrects", "update")  # what mark_of reads of an announcement
_NOT_KNOWN = "It may have arrived or not; it was not repeated."
_BEFORE = "It was published before they were linked."
_NOT_THEN = "They were not to be written to at that time, or it is being prepared."


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """The outcome of one notice: `mark` chooses colour and sign, `why` is empty where the word says all."""

    mark: str  # told, waiting, failed, silent, next, past
    word: str
    why: str = ""


def moment(at) -> str:
    """A time in the page's zone, which it names."""
    return sentences.moment(at, timezone.get_current_timezone())


def outcome_of(delivery: Delivery) -> DeliveryOutcome:
    """The state of a delivery and the reason for it."""
    state = DeliveryState(delivery.state)
    provider = registry.of(delivery.channel).provider
    match state:
        case DeliveryState.SENT:
            return DeliveryOutcome("told", "Sent", f"The {provider} took it.")
        case DeliveryState.DELIVERED:
            return DeliveryOutcome("told", "Delivered", "It arrived.")
        case DeliveryState.SENDING:
            return DeliveryOutcome("waiting", "Sending", f"It is being handed to the {provider}.")
        case DeliveryState.QUEUED:
            return DeliveryOutcome("waiting", "Queued", _waits(delivery))
        case DeliveryState.SKIPPED:
            return DeliveryOutcome("silent", "Not sent", _SKIPPED.get(delivery.cause, delivery.why))
        case DeliveryState.UNKNOWN:
            return DeliveryOutcome(
                "failed", "Not known", delivery.why or "It may have arrived or not; it was not repeated."
            )
    return DeliveryOutcome("failed", state.label, delivery.why)


def _waits(delivery: Delivery) -> str:
    if not delivery.attempts:
        return "It goes out in a moment."
    again = f"Next attempt {moment(delivery.visible_at)}."
    return f"{delivery.why.rstrip('.')}. {again}" if delivery.why else again


def missing(announcement: Announcement, customer: AffectedCustomer, *, is_rolled_up: bool) -> DeliveryOutcome:
    """Why there is no delivery of an announcement, to a linked customer."""
    if announcement.created_at < customer.linked_at:
        return DeliveryOutcome(
            "past" if is_rolled_up else "next", "Not sent", "It was published before they were linked."
        )
    if is_rolled_up:
        return DeliveryOutcome("past", "No longer kept", "It is so long ago that only the numbers are kept.")
    return DeliveryOutcome(
        "silent", "Not sent", "They were not to be written to at that time, or it is being prepared."
    )


def unreachable_reason(subscriber: Subscriber, suppression: Suppression | None) -> str:
    """Why nothing is written to this address; empty when it may be."""
    if suppression is not None:
        return f"We must not write to this address: {suppression.why.rstrip('.')}."
    if subscriber.unsubscribed_at:
        return f"They unsubscribed on {date_format(timezone.localtime(subscriber.unsubscribed_at), 'j M Y')}."
    return unsendable(subscriber.channel)


def unsendable(channel: str) -> str:
    """Why nothing on `channel` is sent; empty where it is."""
    if offering.is_offered(channel):
        return ""
    return f"{Channel(channel).label} is not sent from here: {offering.why_not(channel)}."


def mark_of(announcement: Announcement, *, names_edits: bool = True) -> str:
    """Return the mark on the words of an announcement: withdrawn, a correction, edited since on the page; empty where
    they simply hold."""
    return mark(
        withdrawn_at=announcement.recall.at if announcement.is_recalled else None,
        corrects_at=announcement.corrects.published_at if announcement.corrects else None,
        edited_at=announcement.update.edited_at if names_edits else None,
        said_at=announcement.published_at,
        zone=timezone.get_current_timezone(),
    )


def mark_of_message(message: Message) -> str:
    """Return the same of a message that is no update."""
    return mark(
        withdrawn_at=message.withdrawn_at,
        corrects_at=None,
        edited_at=None,
        said_at=message.send_at,
        zone=timezone.get_current_timezone(),
    )


def answer(announcement: Announcement) -> str:
    """The approved words as plain text, to be pasted into an answer to a ticket: as the page has them now."""
    about = f"{announcement.title} ({announcement.status_label}, {moment(announcement.published_at)})"
    parts = [f"{marked}: {about}" if (marked := mark_of(announcement, names_edits=False)) else about]
    parts.append(markdown.plain(announcement.update.body_html))
    if announcement.next_update_at and not announcement.is_last and not announcement.is_recalled:
        parts.append(f"Next update expected by {moment(announcement.next_update_at)}.")
    parts.append(announcement.incident.get_public_url())
    return "\n\n".join(parts)
