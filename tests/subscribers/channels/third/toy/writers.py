from incidents.models import Announcement
from subscribers.channels.message import MergeText, RenderedNotice, Sample
from subscribers.channels.message_to import MessageTo
from subscribers.models import Confirmation


def _notice(text: str) -> RenderedNotice:
    return RenderedNotice(text=MergeText((text,)), values=lambda recipient: {})


WRITERS = {
    Announcement: lambda announced, site: _notice(f"{announced.status_label}: {announced.title}"),
    Confirmation: lambda asked, site: _notice("Is it you?"),
    MessageTo: lambda to, site: _notice(to.told.title),
    Sample: lambda sample, site: _notice("A test."),
}
