"""Who hears an announcement, in words for a prompt."""

from collections.abc import Mapping

from incidents.models import Announcement, Incident
from statuspage.lib.language import Text
from subscribers import offering
from subscribers.channels import registry
from subscribers.delivery.audience import numbers
from subscribers.enums import Channel


def of(announcement: Announcement | None, *, merges: Incident | None = None) -> str:
    """Return how many hear `announcement`, in words; nobody where there is none. `merges`: see `audience.numbers`."""
    return people(numbers(announcement, merges=merges) if announcement else {})


def people(counted: Mapping[Channel, int]) -> str:
    """Return how many hear it by which channel, in words, and whom it cannot reach: "5 people by e-mail, 1 by SMS"."""
    found = [(one, number) for one, number in counted.items() if number]
    parts = [f"{number:,} by {_named(channel)}" for channel, number in found if offering.is_offered(channel)]
    if parts:
        number, by = parts[0].split(" ", 1)
        parts[0] = f"{number} {'person' if number == '1' else 'people'} {by}"
    unreached = [(channel, number) for channel, number in found if not offering.is_offered(channel)]
    parts = [", ".join(parts) or "nobody"]
    parts += [f"{number:,} by {_named(one)} cannot be reached: {offering.why_not(one)}" for one, number in unreached]
    return "; ".join(parts)


def _named(channel: Channel) -> Text:
    return registry.of(channel).in_a_sentence
