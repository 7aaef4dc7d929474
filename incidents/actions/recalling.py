"""Taking an announcement back. What is sent stays sent; who gets the right words first is said by a correction."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from statuspage.lib.text import validate_line

from ..models import Announcement, AuditEvent, Recall
from ..models.fields import TITLE_LENGTH
from ..signals import recalled


@transaction.atomic
def recall(*, announcement: Announcement, reason: str, by, at: datetime) -> Recall:
    """Whatever is not handed over yet of `announcement` is not sent any more. The page stays as it is.

    A second time changes nothing and returns the first recall. Raises ValidationError (by field) for a `reason` that
    says nothing.
    """
    reason = _checked(reason)
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
        recalled.send(Recall, announcement=announcement)
    return made


def _checked(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": "Say in a few words why; the audit keeps it."})
    if len(reason) > TITLE_LENGTH:
        raise ValidationError({"reason": f"Shorten this to {TITLE_LENGTH} characters; it has {len(reason)}."})
    try:
        validate_line(reason)
    except ValidationError as error:
        raise ValidationError({"reason": error.messages}) from None
    return reason
