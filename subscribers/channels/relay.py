"""One SMTP connection. Django opens it (TLS, log-in); we speak on it, to know how far each message got."""

import re
import smtplib
from collections.abc import Callable
from email.utils import parseaddr

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

from ..messages import Message
from . import Failed, Outcome, Sent, Unavailable, mime

COMMAND_SECONDS = 20
# RFC 5321 allows the relay ten minutes to answer the final dot. Longer than most need, shorter than our lease:
# hanging up too early makes a second copy, hanging on too long makes one as well.
FINAL_DOT_SECONDS = 60
_CLOSING = 421
_ENHANCED = re.compile(r"5\.\d{1,3}\.\d{1,3}\b")
# What the relay says of the address itself (RFC 3463), as opposed to the mailbox's size, to us or to our text.
_BAD_ADDRESS = re.compile(r"5\.1\.(1|2|3|6|10)\b|5\.2\.1\b")
_BAD_ADDRESS_CODES = (550, 551, 553)
# The same codes without an enhanced one also come from a relay that does not want us: a wrong setting must not
# suppress every address there is.
_ABOUT_US = re.compile(r"relay|polic|denied|spam|block|black|authenti|reputation|\brbl\b|\bdns", re.IGNORECASE)


class _Lost(Exception):
    """The connection ended before the message was handed over."""


class _Refused(Exception):
    def __init__(self, code: int, reply: bytes, *, recipient: bool = False):
        self.code, self.recipient = code, recipient
        self.reply = " ".join(reply.decode(errors="replace").split())
        super().__init__(f"{code} {self.reply}")

    @property
    def is_bad_address(self) -> bool:
        if _ENHANCED.match(self.reply):
            return bool(_BAD_ADDRESS.match(self.reply))
        return self.recipient and self.code in _BAD_ADDRESS_CODES and not _ABOUT_US.search(self.reply)


class Relay:
    def __init__(self, connection: EmailBackend):
        self.connection = connection
        self.sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]

    def connect(self) -> None:
        """Raises Unavailable."""
        try:
            self.connection.open()
            self.connection.connection.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(f"{self.connection.host}:{self.connection.port}: {error}") from error

    def hand_over(self, message: Message) -> Outcome:
        """Raises Unavailable when the relay is gone, or will take nothing from us."""
        try:
            data = mime.render(message)
        except ValueError as error:  # an address or a header that got past every check: no attempt will mend it
            return Failed(message.delivery_id, f"It cannot be written as an e-mail: {error}", permanent=True)
        try:
            return self._twice(lambda: self._transaction(message, data))
        except _Lost as lost:
            return Failed(message.delivery_id, f"The relay hung up: {lost}")
        except _Refused as refused:
            is_permanent = 500 <= refused.code <= 599
            return Failed(
                message.delivery_id,
                str(refused),
                permanent=is_permanent,
                suppress=is_permanent and refused.is_bad_address,
            )

    def _twice(self, transaction: Callable[[], Outcome]) -> Outcome:
        """Relays hang up after so many messages or seconds: once, that is nobody's failure."""
        try:
            return transaction()
        except _Lost:
            self.connection.close()
        try:
            return transaction()
        except _Lost:
            self.connection.close()
            raise

    def _transaction(self, message: Message, data: bytes) -> Outcome:
        self.connect()  # does nothing while the connection stands
        smtp = self.connection.connection
        self._ask(smtp, message.to)
        try:
            # Leading dots doubled, as RFC 5321 wants them; then the dot on a line of its own.
            smtp.send(re.sub(rb"(?m)^\.", b"..", data) + b".\r\n")
            smtp.sock.settimeout(FINAL_DOT_SECONDS)
            code, reply = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            # The relay has it or not, and only it knows. A copy that goes again carries the same Message-ID.
            self.connection.close()
            return Failed(message.delivery_id, f"No reply after it was handed over: {error}", unknown=True)
        if code == _CLOSING:
            self.connection.close()
        if code != 250:
            raise _Refused(code, reply)
        return Sent(message.delivery_id, reply.decode(errors="replace").strip())

    def _ask(self, smtp: smtplib.SMTP, recipient: str) -> None:
        """Everything up to the relay's "go ahead". Raises _Lost, _Refused, and Unavailable if it does not want us."""
        try:
            smtp.sock.settimeout(COMMAND_SECONDS)
            code, reply = smtp.mail(self.sender)
            if code not in (250, _CLOSING):
                raise Unavailable(f"The relay refuses {self.sender}: {_Refused(code, reply)}")
            if code == 250:
                code, reply = smtp.rcpt(recipient)
            is_recipient = code not in (250, 251)
            if not is_recipient:
                code, reply = smtp.docmd("DATA")
            if code not in (354, _CLOSING):
                smtp.rset()
        except (OSError, smtplib.SMTPException) as error:
            raise _Lost(str(error)) from error
        if code == _CLOSING:
            raise _Lost(reply.decode(errors="replace"))
        if code != 354:
            raise _Refused(code, reply, recipient=is_recipient)
