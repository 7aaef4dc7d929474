"""Letting colleagues in: an invitation, and a link for a new password. Both go to an address of theirs by the ledger,
ahead of all subscribers; whoever opens the link there has proved the address.

A link works once, for as long as LASTS, and the next one makes it void.
"""

from datetime import datetime, timedelta

from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from incidents.audit_verbs import AuditVerb
from incidents.enums import LETS_IN, MessageKind
from incidents.models import Actor, AuditEvent, Message, Site
from statuspage.lib import markdown

from ..addresses import Address
from ..channels import registry
from ..delivery import messages
from ..enums import RecipientKind
from ..links import read_let_in
from ..models import Contact

LASTS = {MessageKind.INVITATION: timedelta(days=7), MessageKind.PASSWORD_RESET: timedelta(hours=1)}


@transaction.atomic
def invite(*, first_name: str, last_name: str, address: Address, group: Group | None, by: Actor, at: datetime) -> User:
    """Make an account that nobody can log in to yet, and send its owner an invitation. They log in with the address.

    `group`: their role; None makes an administrator. Raises ValidationError where somebody has this address.
    """
    if User.objects.filter(Q(username__iexact=address.address) | Q(email__iexact=address.address)).exists():
        raise ValidationError({"address": "Somebody has an account with this address already."})
    person = User(username=address.address, email=address.address, first_name=first_name, last_name=last_name)
    person.is_staff, person.is_superuser, person.date_joined = True, group is None, at
    person.set_unusable_password()
    person.save()
    if group:
        person.groups.add(group)
    AuditEvent.record(AuditVerb.INVITED, person, by=by, at=at, role=str(group) if group else "administrator")
    send_invitation(person=person, by=by, at=at)
    return person


@transaction.atomic
def send_invitation(*, person: User, by: Actor, at: datetime) -> None:
    """Send it, or send it again: the earlier link is void then. Raises ValidationError for who was let in already."""
    if person.has_usable_password() or not person.is_active:
        raise ValidationError("They have logged in already, or may not.", code="in")
    whoever = f"{by.get_full_name() or by.get_username()} invites" if by else "You are invited"
    name = Site.load().name
    body = (
        f"{whoever} {'you ' if by else ''}to work on the status page of {name}. Open the link within a week, choose a "
        f"password, and log in as {person.get_username()}."
    )
    _send(MessageKind.INVITATION, person, f"Your account for the status page of {name}", body, at)


@transaction.atomic
def ask_reset(*, name: str, at: datetime) -> bool:
    """Send whoever has `name` as user name or address a link for a new password; returns whether anybody has, which
    nobody outside is told."""
    person = _called(name)
    if person is None:
        return False
    body = "Open the link within an hour and choose a new password. If you did not ask for it, ignore this."
    _send(MessageKind.PASSWORD_RESET, person, "A new password for the status page", body, at)
    AuditEvent.record(AuditVerb.ASKED_FOR_PASSWORD, person, by=None, at=at)
    return True


def _called(name: str) -> User | None:
    """The one member of staff of this name or address to whom a link can go; None for several too."""
    mail = {"contacts__channel": registry.of_accounts(), "contacts__verified_at__isnull": False}
    called = Q(username=name) | Q(email__iexact=name) | Q(contacts__address__iexact=name, **mail)
    found = list(User.objects.filter(called, is_active=True, is_staff=True).distinct()[:2])
    return found[0] if len(found) == 1 and _address_of(found[0]) else None


def _address_of(person: User) -> str:
    """Their verified mail, else that of their account: an address that is not proved may be anybody's."""
    proved = Contact.objects.filter(person=person, channel=registry.of_accounts(), verified_at__isnull=False).first()
    return proved.address if proved else person.email


def _send(kind: MessageKind, person: User, title: str, body: str, at: datetime) -> None:
    Message.objects.filter(person=person, kind__in=LETS_IN, withdrawn_at=None, seen_at=None).update(withdrawn_at=at)
    message = Message.objects.create(
        kind=kind,
        key=at.isoformat(),
        person=person,
        title=title,
        body=body,
        body_html=markdown.render(body),
        send_at=at,
        created_at=at,
    )
    values = {"kind": RecipientKind.STAFF, "address": _address_of(person)}
    contact, _ = Contact.objects.update_or_create(person=person, channel=registry.of_accounts(), defaults=values)
    messages.address(message, Contact.objects.filter(pk=contact.pk))


def opened(token: str, *, at: datetime) -> Message | None:
    """Return the message whose link this is, while it lets its person in."""
    message = read_let_in(token)
    if message is None or message.person is None or message.withdrawn_at or message.seen_at:
        return None
    is_over = at - message.send_at >= LASTS[MessageKind(message.kind)]
    return None if is_over or not (message.person.is_active and message.person.is_staff) else message


@transaction.atomic
def let_in(*, message: Message, password: str, at: datetime) -> User | None:
    """Give its person the password that they chose, once; None where the link was used meanwhile. It ends all their
    sessions, and proves the address that it went to."""
    if not Message.objects.filter(pk=message.pk, seen_at=None, withdrawn_at=None).update(seen_at=at):
        return None
    person = User.objects.select_for_update().get(messages__pk=message.pk)
    person.set_password(password)
    person.save(update_fields=["password"])
    reached = Contact.objects.filter(person=person, deliveries__message=message, verified_at=None)
    reached.update(verified_at=at)
    AuditEvent.record(AuditVerb.SET_PASSWORD, person, by=person, at=at)
    return person
