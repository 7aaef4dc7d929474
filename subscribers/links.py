"""The links that messages carry: made from SITE_URL and a signed token, and read back."""

from typing import NamedTuple, Protocol

from django.conf import settings
from django.urls import reverse

from incidents.enums import LETS_IN
from incidents.models import Message
from statuspage.lib import tokens

from .models import Confirmation, Subscriber

_SUBSCRIPTION = "subscription"
_ENTRY = "let in"


def address(name: str, token: str) -> str:
    """The full address of the page `name` for the owner of `token`: from SITE_URL, never from a request's Host."""
    return settings.SITE_URL + reverse(f"subscribers:{name}", args=[token])


class Owner(Protocol):
    """The owner of a link; a Subscriber, or what was read of one."""

    @property
    def pk(self) -> int: ...
    @property
    def link_version(self) -> int: ...


def subscription_token(subscriber: Owner) -> str:
    """Lets its holder change and end the subscription. A subscriber that is not saved gets one that opens nothing."""
    return tokens.make(_SUBSCRIPTION, subscriber.pk or 0, subscriber.link_version)


def confirmation_token(confirmation: Confirmation) -> str:
    """Lets its holder confirm what was asked for."""
    return tokens.make("confirm", confirmation.pk or 0)


def of_message(message: Message) -> str:
    """The address that a message leads to; empty where it leads nowhere. One that lets its person in is made here and
    kept nowhere, so that no copy of the database opens anything."""
    if message.kind in LETS_IN:
        return address("let-in", tokens.make(_ENTRY, message.pk or 0))
    return settings.SITE_URL + message.path if message.path else ""


def read_let_in(token: str) -> Message | None:
    """The message whose link this is, whatever became of it; None for what we did not sign."""
    match tokens.read(_ENTRY, token):
        case (pk,):
            return Message.objects.select_related("person").filter(pk=pk, kind__in=LETS_IN).first()
    return None


def read_subscription(token: str) -> Subscriber | None:
    """The subscriber whose current token this is; None for anything else, whatever is wrong with it."""
    match tokens.read(_SUBSCRIPTION, token):
        case (pk, link_version):
            return Subscriber.objects.filter(pk=pk, link_version=link_version).first()
    return None


class Ending(NamedTuple):
    """The subscription that a token may end. `is_current`: it opens everything else too."""

    subscriber: Subscriber
    is_current: bool


def read_ending(token: str) -> Ending | None:
    """The subscriber whom a token may unsubscribe; None for what we did not sign.

    Also one whose links were ended since: whoever holds a mail of ours must be able to stop the next, by law and by
    RFC 8058, and nothing but that can be done with it.
    """
    match tokens.read(_SUBSCRIPTION, token):
        case (pk, link_version):
            found = Subscriber.objects.filter(pk=pk, link_version__gte=link_version).first()
            return Ending(found, found.link_version == link_version) if found else None
    return None


def subscriber_id_of(token: str) -> int | None:
    """The number of the subscriber whom a token may unsubscribe, without a look into the database."""
    match tokens.read(_SUBSCRIPTION, token):
        case (pk, _):
            return pk
    return None


def is_confirmation(token: str) -> bool:
    """Whether it was made to confirm, whatever became of the confirmation."""
    return tokens.read("confirm", token) is not None


def read_confirmation(token: str) -> Confirmation | None:
    """The confirmation, with its subscriber, whose token this is; None for anything else."""
    match tokens.read("confirm", token):
        case (pk,):
            return Confirmation.objects.select_related("subscriber").filter(pk=pk).first()
    return None
