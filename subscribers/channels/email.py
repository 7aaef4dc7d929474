"""E-mail through EMAIL_URL: over SMTP on one connection a slice, else through Django's mail backend."""

from collections.abc import Iterable, Iterator
from contextlib import closing

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend

from ..messages import Message
from . import Failed, Outcome, Sent
from .relay import Relay


def send(messages: Iterable[Message]) -> Iterator[Outcome]:
    """The channel's contract: see the package."""
    connection = get_connection()
    with closing(connection):
        if isinstance(connection, EmailBackend):
            relay = Relay(connection)
            relay.connect()  # before anything is taken: a relay that is down leaves every row as it was
            for message in messages:
                yield relay.hand_over(message)
        else:
            for message in messages:
                yield _through_backend(connection, message)


def _through_backend(connection, message: Message) -> Outcome:
    """For the outbox, the console and the mail providers' backends. What they raise is taken as temporary."""
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=message.headers["From"],
        to=[message.to],
        headers={name: value for name, value in message.headers.items() if name != "From"},
        connection=connection,
    )
    mail.attach_alternative(message.html, "text/html")
    try:
        mail.send()
    except Exception as error:
        return Failed(message.delivery_id, repr(error))
    return Sent(message.delivery_id)
