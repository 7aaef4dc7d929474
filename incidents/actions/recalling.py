"""Taking an announcement back. What is sent stays sent; who gets the right words first is said by a correction."""

from datetime import datetime

from django.db import transaction

from ..audit_verbs import AuditVerb
from ..models import Actor, Announcement, AuditEvent, Incident, Recall, Site
from ..signals import recalled
from .wording import reason_of


@transaction.atomic
def recall(*, announcement: Announcement, reason: str, by: Actor, at: datetime) -> Recall:
    """Whatever is not handed over yet of `announcement` is not sent any more. Its words are marked as withdrawn.

    State and components of the incident stay until the correction or the next update. A promise that these words made
    does not hold with them: the one before it stands again, and it may be overdue.

    A second time changes nothing and returns the first recall. Raises ValidationError (by field) for a `reason` that
    says nothing.
    """
    reason = reason_of(reason, empty="Say in a few words why; the audit keeps it.")
    made, is_new = Recall.objects.get_or_create(
        announcement=announcement, defaults={"reason": reason, "by": by, "at": at}
    )
    if is_new:
        announcement = Announcement.objects.select_related("incident", "update__incident").get(pk=announcement.pk)
        AuditEvent.record(
            AuditVerb.RECALLED,
            announcement.incident,
            by=by,
            at=at,
            announcement=announcement.public_id,
            update=announcement.update.public_id,
            reason=reason,
        )
        _promise_what_holds(announcement.update.incident)
        Site.raise_page_version(withdraws=True)
        recalled.send(Recall, announcement=announcement)
    return made


def _promise_what_holds(incident: Incident) -> None:
    """Promise what the last words promised that were not taken back; nothing once the incident is closed."""
    locked = Incident.all_kinds.select_for_update(no_key=True).get(pk=incident.pk)
    last = locked.updates.holding().newest_first().first()  # not the last one written: a late word promises nothing
    promised = last.next_update_at if last and locked.is_open else None
    if locked.next_update_at != promised:
        Incident.all_kinds.filter(pk=locked.pk).update(next_update_at=promised)
