"""The addresses of a member of staff: their mail and phone, each proved by a code that was read there."""

import secrets
from datetime import datetime, timedelta
from hmac import compare_digest

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from incidents.audit_verbs import AuditVerb
from incidents.enums import MessageKind
from incidents.models import AuditEvent, Message
from statuspage.lib import markdown, tokens

from ..addresses import Address
from ..delivery import messages
from ..enums import RecipientKind
from ..models import Contact

CODE_LASTS = timedelta(minutes=15)
CODE_TRIES = 5
CODE_EVERY = timedelta(minutes=1)
_OVER = "This code is not valid any more. Send a new one."


@transaction.atomic
def send_code(*, person: User, address: Address, at: datetime) -> Contact:
    """Make `address` the one of `person` on its channel, to be proved by a code that goes there now, ahead of all else.

    Another address than before is not used until it is proved. Raises ValidationError where a code went a moment ago.
    """
    about = {"person": person, "channel": address.channel}
    others = {"kind": RecipientKind.STAFF, "address": address.address}
    contact, _ = Contact.objects.select_for_update().get_or_create(**about, defaults=others)
    if contact.code_sent_at and at - contact.code_sent_at < CODE_EVERY:
        raise ValidationError("A code went out less than a minute ago. Wait for it, then try again.", code="soon")
    if contact.address != address.address:
        contact.address, contact.verified_at = address.address, None
    code = f"{secrets.randbelow(10**6):06}"
    contact.code_hash, contact.code_sent_at, contact.code_tries = _hash(contact, code), at, 0
    contact.save()
    _write(contact, person, code, at)
    return contact


def _write(contact: Contact, person: User, code: str, at: datetime) -> None:
    body = (
        f"Type {code} on the page where you asked for it. It is valid for 15 minutes. If you did not ask, ignore this."
    )
    message = Message.objects.create(
        kind=MessageKind.CONTACT_CODE,
        key=f"{contact.pk}:{at.isoformat()}",
        person=person,
        title=f"{code} is your code",
        body=body,
        body_html=markdown.render(body),
        path=reverse("staff:contacts"),
        send_at=at,
        created_at=at,
    )
    messages.address(message, Contact.objects.filter(pk=contact.pk))


def confirm(*, contact: Contact, code: str, at: datetime) -> None:
    """The owner of the address read `code` there. Raises ValidationError, which counts as a try, where it is wrong."""
    with transaction.atomic():
        locked = Contact.objects.select_for_update().get(pk=contact.pk)
        wrong = _what_is_wrong(locked, code.strip(), at)
        if wrong:
            locked.code_tries += 1
        else:
            locked.verified_at, locked.code_hash = at, ""
            AuditEvent.record(AuditVerb.VERIFIED_CONTACT, locked, by=locked.person, at=at, channel=locked.channel)
        locked.save()
    if wrong:
        raise ValidationError(wrong, code="code")


def _what_is_wrong(contact: Contact, code: str, at: datetime) -> str:
    is_over = contact.code_sent_at is None or at - contact.code_sent_at >= CODE_LASTS
    if not contact.code_hash or is_over or contact.code_tries >= CODE_TRIES:
        return _OVER
    if compare_digest(_hash(contact, code), contact.code_hash):
        return ""
    left = CODE_TRIES - contact.code_tries - 1
    return f"That is not the code. {left} {'try is' if left == 1 else 'tries are'} left." if left else _OVER


def _hash(contact: Contact, code: str) -> str:
    return tokens.keyed_hash("contact-code", f"{contact.pk}:{contact.address}:{code}")


@transaction.atomic
def remove(*, contact: Contact, at: datetime) -> None:
    """Remove an address: nothing is sent there any more, and what was is forgotten."""
    AuditEvent.record(AuditVerb.REMOVED_CONTACT, contact, by=contact.person, at=at, channel=contact.channel)
    contact.delete()
