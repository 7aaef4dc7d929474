"""Announcement + subscriber -> e-mail and SMS. What all recipients share is rendered once."""

from collections.abc import Callable
from typing import Any

from incidents.models import Announcement, Site

from ..enums import Channel
from ..models import Confirmation
from .email import any_message as any_mail
from .email import message as email
from .message import MessageTo, RenderedNotice
from .sms import any_message as any_sms
from .sms import message as sms

_WRITERS: dict[tuple[type, Channel], Callable[[Any, Site], RenderedNotice]] = {
    (Announcement, Channel.EMAIL): email.announcement,
    (Announcement, Channel.SMS): sms.announcement,
    (Confirmation, Channel.EMAIL): email.confirmation,
    (Confirmation, Channel.SMS): sms.confirmation,
    (MessageTo, Channel.EMAIL): any_mail.message,
    (MessageTo, Channel.SMS): any_sms.message,
}


def compose(thing: Announcement | Confirmation | MessageTo, channel: Channel) -> RenderedNotice:
    """What `thing` says on `channel` in the language of the site, rendered once.

    `RenderedNotice.to(delivery)` then makes one recipient's Message.

    An announcement that is not saved yet is composed like any other, which is what a preview shows.
    """
    with Site.speaking() as site:
        return _WRITERS[type(thing), Channel(channel)](thing, site)
