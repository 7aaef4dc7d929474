"""E-mail through EMAIL_URL: over SMTP on many connections, through a provider's API, else Django's mail backend."""

from functools import partial

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from .. import Outcome, Sent, Transport
from ..blocking import OneByOne
from ..kept_pool import KeptPool
from ..message import OutgoingMessage
from ..pool import TransportPool
from .concurrency import AdaptiveLimit
from .smtp_relay import Relay

kept = KeptPool()


def transport() -> Transport:
    """The channel's contract: see the package."""
    if settings.EMAIL_BACKEND.startswith("anymail."):
        return kept.get((settings.EMAIL_BACKEND, repr(settings.ANYMAIL), settings.EMAIL_CONNECTIONS), _over_api)
    connection = get_connection()
    if not isinstance(connection, EmailBackend):
        return OneByOne(partial(_through_backend, connection))
    relay = (connection.host, connection.port, connection.username, connection.use_tls, connection.use_ssl)
    return kept.get((*relay, settings.EMAIL_CONNECTIONS), partial(_over_smtp, connection))


def _over_smtp(connection: EmailBackend) -> TransportPool:
    limit = AdaptiveLimit(settings.EMAIL_CONNECTIONS)
    relay = Relay(connection, limit)
    return TransportPool(relay.carry, lambda: limit.allowed, relay.close, relay.connections.has_all)


def _over_api() -> TransportPool:
    from . import provider_api  # needs the extra `anymail`

    return provider_api.over_api(settings.EMAIL_BACKEND.split(".")[2], settings.EMAIL_CONNECTIONS)


def _through_backend(connection: BaseEmailBackend, message: OutgoingMessage) -> Outcome:
    """Send one message through Django's mail backend: for the outbox and the console."""
    headers = message.headers
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=headers.pop("From"),
        to=[message.to],
        headers=headers,
        connection=connection,
    )
    mail.attach_alternative(message.html, "text/html")
    mail.send()
    return Sent(message.delivery_id)
