"""The writers of e-mails, one for each kind of thing."""

from incidents.models import Announcement

from ...models import Confirmation
from ..message import Sample
from ..message_to import MessageTo
from . import any_message, message

WRITERS = {
    Announcement: message.announcement,
    Confirmation: message.confirmation,
    MessageTo: any_message.message,
    Sample: message.sample,
}
