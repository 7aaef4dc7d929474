"""The notices of a run, each rendered once for all its recipients."""

import logging

from django.db import DatabaseError

from incidents import models as incidents
from incidents.models import Announcement

from ..channels.composing import compose
from ..channels.message import OutgoingMessage, RenderedNotice
from ..channels.message_to import MessageTo
from ..enums import Channel, RecipientKind
from ..models import Confirmation
from .rows import ClaimedDelivery

_log = logging.getLogger(__name__)


class Notices:
    """The notices of one channel that a run has rendered so far."""

    def __init__(self, channel: Channel):
        self.channel = channel
        self._of_announcements: dict[int, RenderedNotice] = {}
        self._of_messages: dict[tuple[int, RecipientKind], RenderedNotice] = {}

    def message(self, row: ClaimedDelivery) -> OutgoingMessage | str:
        """The message of one recipient; why there is none, where it cannot be rendered. Raises DatabaseError, which is
        no fault of the message."""
        try:
            return self._notice(row).to(row)
        except DatabaseError:
            raise
        except Exception as error:
            _log.exception("Delivery %s cannot be rendered", row.pk)
            return f"It cannot be rendered: {error!r}"

    def _notice(self, row: ClaimedDelivery) -> RenderedNotice:
        if row.confirmation_id:
            asked = Confirmation.objects.select_related("subscriber").get(pk=row.confirmation_id)
            return compose(asked, self.channel)
        if row.message_id:
            return self._of_message(row.message_id, row.recipient.kind)
        pk = row.announcement_id or 0
        if pk not in self._of_announcements:
            announcement = Announcement.objects.select_related("incident").get(pk=pk)
            self._of_announcements[pk] = compose(announcement, self.channel)
        return self._of_announcements[pk]

    def _of_message(self, pk: int, kind: RecipientKind) -> RenderedNotice:
        if (pk, kind) not in self._of_messages:
            told = incidents.Message.objects.get(pk=pk)
            self._of_messages[pk, kind] = compose(MessageTo(told, kind), self.channel)
        return self._of_messages[pk, kind]
