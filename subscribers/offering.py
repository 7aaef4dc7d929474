"""The channels that reach people from here. Of any other nothing is promised, and nothing is ever called sent.

The outbox and its like keep messages on this machine. They stand for the outside world in a trial alone: where every
channel is kept here, and SITE_URL is not https, which is what marks a page as real for cookies, HSTS and redirect too.
Beside one real provider, or behind https, an unset URL is a provider that is missing, and not a wish to try things out.
"""

import logging

from django.conf import settings

from .channels import registry
from .enums import Channel

_log = logging.getLogger(__name__)


def is_trial() -> bool:
    """Everything stays on this machine, and nobody from outside was asked in."""
    return not settings.SITE_URL.startswith("https:") and all(one.is_kept_here for one in registry.every())


def is_offered(channel: str) -> bool:
    """Whether a message on `channel` can be sent."""
    return not registry.of(channel).is_kept_here or is_trial()


def offered() -> list[Channel]:
    return [channel for channel in Channel if is_offered(channel)]


def missing() -> list[Channel]:
    return [channel for channel in Channel if not is_offered(channel)]


def why_not(channel: str) -> str:
    """Return why a channel is missing, inside a sentence: "no gateway is set up"."""
    return registry.of(channel).missing


def warnings() -> list[str]:
    """Return a line for each missing channel, for whoever runs this; empty where all are offered."""
    return [
        f"{one.label} is not offered and reaches nobody: {one.missing} ({one.url_setting} is {one.scheme}:)."
        for one in map(registry.of, missing())
    ]


def log_what_is_missing() -> None:
    """Log these warnings. To be called once, when a process starts its work."""
    for line in warnings():
        _log.warning(line)
