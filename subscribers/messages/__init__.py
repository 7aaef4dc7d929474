"""Announcement + subscriber -> e-mail and SMS. What all recipients share is rendered once."""

from incidents.models import Announcement, Site

from ..enums import Channel
from ..models import Confirmation
from . import mail, sms
from .notice import Message, Notice, Stencil
from .sample import sample

__all__ = ["Message", "Notice", "Stencil", "compose", "sample"]

_WRITERS = {
    (Announcement, Channel.EMAIL): mail.announcement,
    (Announcement, Channel.SMS): sms.announcement,
    (Confirmation, Channel.EMAIL): mail.confirmation,
    (Confirmation, Channel.SMS): sms.confirmation,
}


def compose(thing: Announcement | Confirmation, channel: Channel) -> Notice:
    """What `thing` says on `channel`, rendered once; `Notice.to(delivery)` then makes one recipient's Message.

    An announcement that is not saved yet is composed like any other, which is what a preview shows.
    """
    return _WRITERS[type(thing), Channel(channel)](thing, Site.load())
