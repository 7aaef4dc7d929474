"""Mail after mail to one SMTP relay: what is said for each, and what its answers mean."""

import asyncio
import time
from functools import partial

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

from statuspage.lib import mailbox

from .. import Failed, Outcome, Refused, Sent, Unavailable
from ..pool import TransportPool
from . import smtp_replies
from .concurrency import AdaptiveLimit
from .connections import Connections
from .known import Known
from .outgoing_mail import OutgoingMail
from .smtp_connection import SILENCE_SECONDS, Connection
from .smtp_replies import Lost, Reply

# RFC 5321 allows the relay ten minutes to answer the final dot. Longer than most need, shorter than our lease:
# hanging up too early makes a second copy, hanging on too long makes one as well.
FINAL_DOT_SECONDS = 60.0
_CLOSING, _OUT_OF_SEQUENCE = 421, 503
_YES = (2, 2, 3)  # the first digit of a yes to MAIL, RCPT and DATA


class Relay:
    """`carry` is the work of one worker of a TransportPool: one connection, mail after mail."""

    def __init__(self, backend: EmailBackend, limit: AdaptiveLimit):
        self.limit = limit
        self.sender = mailbox.split(settings.DEFAULT_FROM_EMAIL)[1].encode("ascii")
        self.known = Known(f"{backend.host}:{backend.port}")
        self.connections = Connections(backend, limit, self.known)
        self.takes_ahead: bool | None = None  # a text and the next envelope in one go; None until one mail has shown it
        self.tried_by: Connection | None = None  # which that mail goes over
        self.answers_in = 0.0  # seconds that the last text took

    async def carry(self, pool: TransportPool) -> None:
        """Raises Unavailable when no connection can be had, or the relay does not want us.

        The connection stands before a mail is taken: meanwhile another worker may be free.
        """
        mail, lost = None, 0
        while mail or pool.has_waiting:
            try:
                connection = await self.connections.get()
            except (OSError, Lost, TimeoutError) as error:
                if mail:
                    pool.put_back(mail.taken)
                    mail = None
                if await self.connections.may_wait(error):
                    continue
                return
            mail = mail or self._next(pool)
            if mail is None:
                return self.connections.keep(connection)
            is_new = connection.carried == 0
            with self.connections.using(connection):
                mail, hung_up = await self._carry_over(connection, mail, pool)
            # Relays hang up after so many messages or seconds: once, or when it was idle, that is nobody's failure.
            lost = lost + is_new if hung_up else 0
            if mail and lost == 2:
                pool.report(mail.failed(f"The relay hung up: {hung_up}"))
                mail, lost = self._next(pool), 0

    async def close(self) -> None:
        """Hang up what is idle."""
        self.connections.close()

    async def _carry_over(
        self, connection: Connection, mail: OutgoingMail | None, pool: TransportPool
    ) -> tuple[OutgoingMail | None, str]:
        """Send mail after mail over one connection. Returns what is left when it is of no more use, and if it hung up
        on that one before it was handed over, why."""
        answers = None
        while mail:
            try:
                if answers and answers[0].code == _OUT_OF_SEQUENCE:
                    await self._learn_to_wait(connection, answers)
                    answers = None
                answers = answers or await self._announce(connection, mail)
                refused = self._refusal(answers)
            except Lost as hung_up:
                connection.close()
                return mail, str(hung_up)
            except Unavailable:
                pool.put_back(mail.taken)
                raise
            if refused:
                pool.report(self._refused(mail, refused))
                await self._reset(connection, answers)
                mail, answers = self._next(pool), None
                if not connection.is_open:
                    break
                continue
            await self._learn_from_others()
            upcoming = self._next(pool) if self._may_go_ahead(connection) else None
            pool.is_handed_over(mail.taken)
            try:
                outcome, answers, upcoming = await self._hand_over(connection, mail, upcoming, pool)
            finally:
                self.tried_by = None if self.tried_by is connection else self.tried_by
            pool.report(outcome)
            mail = upcoming or self._next(pool)
            if not connection.is_open or self.connections.is_used_up(connection):
                break
        self.connections.put_down(connection)
        return mail, ""

    async def _learn_from_others(self) -> None:
        """Take up what another process knows of texts sent with the next envelope, where nobody tries it here."""
        if self.takes_ahead is None and not self.tried_by:
            known = await self.known.takes_ahead()
            self.takes_ahead = known if self.takes_ahead is None else self.takes_ahead

    def _may_go_ahead(self, connection: Connection) -> bool:
        """Whether the next envelope is to travel with the text. Not where that text may take so long that it would be
        called back: then the connection is lost."""
        if (
            not connection.can_pipeline
            or self.connections.is_used_up(connection, 1)
            or self.answers_in > SILENCE_SECONDS / 4
        ):
            return False
        if self.takes_ahead is None:
            self.tried_by = self.tried_by or connection
        return self.takes_ahead or self.tried_by is connection

    def _learn(self, takes_ahead: bool) -> None:
        if takes_ahead != self.takes_ahead:
            self.takes_ahead = takes_ahead
            self.known.learnt(takes_ahead)

    async def _learn_to_wait(self, connection: Connection, answers: list[Reply]) -> None:
        """Send each envelope by itself from now on: the relay refuses what came before its answer to the text. Raises
        Lost."""
        self._learn(takes_ahead=False)
        await self._reset(connection, answers)
        if not connection.is_open:
            raise Lost(str(answers[0]))

    def _next(self, pool: TransportPool) -> OutgoingMail | None:
        """The next message as a mail; what cannot be written as one is reported at once."""
        while taken := pool.pop():
            message, on_begin = taken
            pool.may_be_cancelled(taken)
            on_begin(message.delivery_id)  # before it is rendered: what brings the process down there is not blameless
            try:
                return OutgoingMail.written(taken, self.sender)
            except Exception as error:
                # A ValueError got past every check: no attempt will mend it. Anything else a new version may mend.
                reason = f"It cannot be written as an e-mail: {error!r}"
                pool.report(Failed(message.delivery_id, reason, permanent=isinstance(error, ValueError)))
        return None

    async def _announce(self, connection: Connection, mail: OutgoingMail) -> list[Reply]:
        """Everything up to the relay's "go ahead": its replies to MAIL, RCPT and DATA, as far as it was asked."""
        if connection.can_pipeline:
            return await connection.ask(mail.envelope, 3)
        answers: list[Reply] = []
        for command in mail.envelope.splitlines(keepends=True):
            answers += await connection.ask(command, 1)
            if answers[-1].code // 100 != _YES[len(answers) - 1]:
                break
        return answers

    def _refusal(self, answers: list[Reply]) -> Reply | None:
        """The first that is not a yes. Raises Lost for a goodbye, Unavailable where it speaks of us."""
        refused = next((reply for reply, yes in zip(answers, _YES, strict=False) if reply.code // 100 != yes), None)
        if refused and refused.code == _CLOSING:
            self.limit.refused()
            raise Lost(str(refused))
        if refused and refused.code // 100 not in (4, 5):  # out of step: what it is told next may be taken for anything
            raise Lost(f"no answer to what it was asked: {refused}")
        if refused and refused is answers[0]:
            raise Refused(f"It does not take mail from {self.sender.decode()}: {refused}")
        return refused

    def _refused(self, mail: OutgoingMail, reply: Reply) -> Failed:
        if 400 <= reply.code <= 499:
            self.limit.deferred()
        return smtp_replies.failure(mail.delivery_id, reply)

    @staticmethod
    async def _reset(connection: Connection, answers: list[Reply]) -> None:
        """Take back what was said of a mail (RSET). A relay that said "go ahead" all the same gets an empty text, which
        it refuses for lack of a recipient. Closes a connection that did not survive it."""
        try:
            if answers[-1].code == 354:
                await connection.ask(b".\r\n", 1)
            (reply,) = await connection.ask(b"RSET\r\n", 1)
        except Lost:
            return connection.close()
        if reply.code // 100 != 2:
            connection.close()

    async def _hand_over(
        self, connection: Connection, mail: OutgoingMail, upcoming: OutgoingMail | None, pool: TransportPool
    ) -> tuple[Outcome, list[Reply] | None, OutgoingMail | None]:
        """Send the text of `mail` with the envelope of `upcoming`. Return what became of `mail`; the replies to that
        envelope; and `upcoming`, unless it was called off."""
        connection.carried += 1
        data = mail.content + b".\r\n" + (upcoming.envelope if upcoming else b"")
        meanwhile = partial(pool.reassign, upcoming.taken) if upcoming else None
        began = time.monotonic()
        try:
            try:
                first, *rest = await connection.ask(data, 4 if upcoming else 1, FINAL_DOT_SECONDS, meanwhile)
            except asyncio.CancelledError:  # `upcoming` is called off, and only that
                upcoming = None
                if connection.has_reply:  # it answered the text, and lost what came with it
                    self._learn(takes_ahead=False)
                left = FINAL_DOT_SECONDS - (time.monotonic() - began)
                first, *rest = await connection.ask(b"", 1, max(left, 0.1))
                connection.close()  # in the middle of what it was told of the other
        except Lost as lost:
            connection.close()
            if not lost.replies:
                # The relay has it or not, and only it knows. A copy that goes again carries the same Message-ID.
                return mail.failed(f"No reply after it was handed over: {lost}", unknown=True), None, upcoming
            first, rest = lost.replies[0], []
        self.answers_in = time.monotonic() - began
        self.limit.took(self.answers_in, connection.waited)
        connection.waited = 0.0
        self.known.holds(True)
        if len(rest) == len(_YES) and rest[0].code != _OUT_OF_SEQUENCE:
            self._learn(takes_ahead=True)
        return self._outcome(connection, mail, first), rest or None, upcoming

    def _outcome(self, connection: Connection, mail: OutgoingMail, reply: Reply) -> Outcome:
        """Return the outcome that the reply to the final dot tells."""
        if reply.code // 100 == 2:
            return Sent(mail.delivery_id, reply.text)
        if reply.code // 100 not in (4, 5):
            connection.close()
            return mail.failed(f"No answer to what was handed over: {reply}", unknown=True)
        if reply.code == _CLOSING:
            connection.close()
        return self._refused(mail, reply)
