"""Which channels reach people from here. Of any other nothing is promised, and nothing is ever called sent.

The outbox and its like keep messages on this machine. They stand for the outside world in a trial alone: where every
channel is kept here, and SITE_URL is not https, which is what marks a page as real for cookies, HSTS and redirect too.
Beside one real provider, or behind https, an unset URL is a provider that is missing, and not a wish to try things out.
"""

import logging

from django.conf import settings

from .enums import Channel

# What keeps a mail on this machine or throws it away, among the schemes that EMAIL_URL takes.
_KEPT_HERE = ("outbox", "consolemail", "dummymail", "filemail", "memorymail")
_URLS = {Channel.EMAIL: "EMAIL_URL", Channel.SMS: "SMS_URL"}
_MISSING = {Channel.EMAIL: "no mail server is set up", Channel.SMS: "no gateway is set up"}
_log = logging.getLogger(__name__)


def is_trial() -> bool:
    """Everything stays on this machine, and nobody from outside was asked in."""
    return not settings.SITE_URL.startswith("https:") and not any(map(_leaves, Channel))


def is_offered(channel: str) -> bool:
    """Whether a message on `channel` can be sent."""
    return _leaves(channel) or is_trial()


def offered() -> list[Channel]:
    return [channel for channel in Channel if is_offered(channel)]


def missing() -> list[Channel]:
    return [channel for channel in Channel if not is_offered(channel)]


def why_not(channel: str) -> str:
    """Of a missing channel, inside a sentence: "no gateway is set up"."""
    return _MISSING[Channel(channel)]


def warnings() -> list[str]:
    """For whoever runs this, a line for each missing channel; empty where all are offered."""
    return [
        f"{channel.label} is not offered and reaches nobody: {why_not(channel)} ({_URLS[channel]} is "
        f"{_scheme(channel)}:)."
        for channel in missing()
    ]


def log_what_is_missing() -> None:
    """To be called once, when a process starts its work."""
    for line in warnings():
        _log.warning(line)


def _leaves(channel: str) -> bool:
    return _scheme(channel) not in _KEPT_HERE


def _scheme(channel: str) -> str:
    return getattr(settings, _URLS[Channel(channel)]).partition(":")[0]
