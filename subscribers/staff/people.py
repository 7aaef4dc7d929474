"""The accounts of colleagues: their roles, and whether they may log in. The last administrator stays one."""

from datetime import datetime

from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import transaction

from incidents.audit_verbs import AuditVerb
from incidents.models import Actor, AuditEvent

_LAST = "This is the last administrator. Make somebody else one first."


@transaction.atomic
def give_role(*, person: User, group: Group | None, by: Actor, at: datetime) -> None:
    """Give `person` one role and no other; None makes an administrator. It holds from their next click on.

    Raises ValidationError for the last administrator.
    """
    if group:
        _refuse_last(person)
    User.objects.filter(pk=person.pk).update(is_superuser=group is None, is_staff=True)
    person.groups.set([group] if group else [])
    AuditEvent.record(AuditVerb.GAVE_ROLE, person, by=by, at=at, role=str(group) if group else "administrator")


@transaction.atomic
def deactivate(*, person: User, by: Actor, at: datetime) -> None:
    """End the account: no log-in, no session, no message. What they did keeps their name. Raises as `give_role`."""
    _refuse_last(person)
    if User.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
        AuditEvent.record(AuditVerb.DEACTIVATED, person, by=by, at=at)


@transaction.atomic
def reactivate(*, person: User, by: Actor, at: datetime) -> None:
    """Let them log in again, with the password that they had."""
    if User.objects.filter(pk=person.pk, is_active=False).update(is_active=True):
        AuditEvent.record(AuditVerb.REACTIVATED, person, by=by, at=at)


def _refuse_last(person: User) -> None:
    """Raises ValidationError where nobody else is administrator. Locks all: two may remove each other at once."""
    administrators = User.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    left = [one.pk for one in administrators.select_for_update() if one.has_usable_password()]
    if left == [person.pk]:
        raise ValidationError(_LAST, code="last")
