"""Taking an announcement back. What is sent stays sent; who gets the right words first is said by a correction."""

from datetime import datetime

from django.db import transaction

from ..models import Announcement, AuditEvent, Recall, Site
from ..signals import recalled
from .wording import reason_of


@transaction.atomic
def recall(*, announcement: Announcement, reason: str, by, at: datetime) -> Recall:
    """Whatever is not handed over yet of `announcement` is not sent any more. Its words are marked as withdrawn.

    What the incident says of itself (state, components, promise) stays until the correction or the next update.

    A second time changes nothing and returns the first recall. Raises ValidationError (by field) for a `reason` that
    says nothing.
    """
    reason = reason_of(reason, empty="Say in a few words why; the audit keeps it.")
    made, is_new = Recall.objects.get_or_create(
        announcement=announcement, defaults={"reason": reason, "by": by, "at": at}
    )
    if is_new:
        announcement = Announcement.objects.select_related("incident", "update").get(pk=announcement.pk)
        AuditEvent.record(
            "recalled",
            announcement.incident,
            by=by,
            at=at,
            announcement=announcement.public_id,
            update=announcement.update.public_id,
            reason=reason,
        )
        Site.raise_page_version(withdraws=True)
        recalled.send(Recall, announcement=announcement)
    return made
