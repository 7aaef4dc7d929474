"""A thing to be said + a channel -> what all recipients share, rendered once.

Each channel has a writer for each kind of thing: `WRITERS` in the module `writers` of its folder.
"""

from incidents.models import Announcement, Site

from ..enums import Channel
from ..models import Confirmation
from . import registry
from .message import RenderedNotice, Sample
from .message_to import MessageTo


def compose(thing: Announcement | Confirmation | MessageTo | Sample, channel: Channel) -> RenderedNotice:
    """Return what `thing` says on `channel` in the language of the site, rendered once.

    `RenderedNotice.to(delivery)` then makes one recipient's Message.

    An announcement that is not saved yet is composed like any other, which is what a preview shows.
    """
    with Site.speaking() as site:
        notice: RenderedNotice = registry.of(channel).writers[type(thing)](thing, site)
    return notice
