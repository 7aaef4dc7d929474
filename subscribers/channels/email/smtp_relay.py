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
from .ahead import Ahead
from .concurrency import AdaptiveLimit
from .connections import Connections
from .habits import Habits
from .known import Known
from .outgoing_mail import OutgoingMail
from .smtp_connection import SILENCE_SECONDS, Connection
from .smtp_replies import Lost, Reply

# RFC 5321 allows the relay ten minutes to answer the final dot. Longer than most need, shorter than our lease:
# hanging up too early makes a second copy, hanging on too long makes one as well.
FINAL_DOT_SECONDS = 60.0
_CLOSING = 421
_YES = (2, 2, 3)  # the first digit of a yes to MAIL, RCPT and DATA


class Relay:
    """`carry` is the work of one worker of a TransportPool: one connection, mail after mail."""

    def __init__(self, backend: EmailBackend, limit: AdaptiveLimit):
        self.limit = limit
        self.sender = mailbox.split(settings.DEFAULT_FROM_EMAIL)[1].encode("ascii")
        address = f"{backend.host}:{backend.port}"
        self.known = Known(address)
        self.connections = Connections(backend, limit, self.known)
        self.ahead = Ahead(Habits(address))
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
                answers = await self._agreed(connection, mail, answers)
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
            upcoming = self._next(pool) if self._may_go_ahead(connection) else None
            pool.is_handed_over(mail.taken)
            answers, upcoming = await self._finish(connection, mail, upcoming, pool)
            mail = upcoming or self._next(pool)
            if not connection.is_open or self.connections.is_used_up(connection):
                break
        self.connections.put_down(connection)
        return mail, ""

    def _may_go_ahead(self, connection: Connection) -> bool:
        """Whether the next envelope is to travel with the text. Not where that text may take so long that it would be
        called back: then the connection is lost."""
        if (
            not connection.can_pipeline
            or self.connections.is_used_up(connection, 1)
            or self.answers_in > SILENCE_SECONDS / 4
        ):
            return False
        return self.ahead.may_go(connection)

    async def _agreed(self, connection: Connection, mail: OutgoingMail, came: list[Reply] | None) -> list[Reply]:
        """Return the replies to the envelope of `mail`: those that `came`, if it went with a text. A no to its
        beginning may be one to that, or to the half of a line, and says nothing of us: then it is asked by itself, as
        all others from now on. Raises Lost."""
        if came and came[0].code // 100 == 5:
            self.ahead.learn(connection, is_taken=False)
            await self._reset(connection, came)
            if not connection.is_open:
                raise Lost(str(came[0]))
            came = None
        return came or await self._announce(connection, mail)

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
            return await self.ahead.ask_alone(connection, mail.envelope)
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

    async def _finish(
        self, connection: Connection, mail: OutgoingMail, upcoming: OutgoingMail | None, pool: TransportPool
    ) -> tuple[list[Reply] | None, OutgoingMail | None]:
        """Hand over `mail` and report it. Return the replies to the envelope of `upcoming`, and that, unless it was
        called off."""
        try:
            outcome, answers, upcoming = await self._hand_over(connection, mail, upcoming, pool)
            pool.report(outcome)
            if upcoming and answers is None:
                answers = await self.ahead.answers(connection)
        finally:
            self.ahead.has_tried(connection)
        return answers, upcoming

    async def _hand_over(
        self, connection: Connection, mail: OutgoingMail, upcoming: OutgoingMail | None, pool: TransportPool
    ) -> tuple[Outcome, list[Reply] | None, OutgoingMail | None]:
        """Send the text of `mail` with the envelope of `upcoming`. Return what became of `mail`; the replies to that
        envelope, None where they are still to come, for `mail` does not wait for a try; and `upcoming`, unless it was
        called off."""
        connection.carried += 1
        data = mail.content + b".\r\n" + (upcoming.envelope if upcoming else b"")
        number = 1 + len(_YES) if upcoming and self.ahead.is_taken(connection) else 1
        meanwhile = partial(self._call_off, connection, upcoming, pool) if upcoming else None
        began = time.monotonic()
        try:
            try:
                first, *rest = await connection.ask(data, number, FINAL_DOT_SECONDS, meanwhile)
            except asyncio.CancelledError:  # `upcoming` is called off, and only that
                upcoming = None
                left = FINAL_DOT_SECONDS - (time.monotonic() - began)
                first, *rest = await connection.ask(b"", 1, max(left, 0.1))
                connection.close()  # in the middle of what it was told of the other
        except Lost as lost:
            connection.close()
            if not lost.replies:
                # The relay has it or not, and only it knows. A copy that goes again carries the same Message-ID.
                return mail.failed(f"No reply after it was handed over: {lost}", unknown=True), [], upcoming
            first, rest = lost.replies[0], []
        self.answers_in = time.monotonic() - began
        self.limit.took(self.answers_in, connection.waited)
        connection.waited = 0.0
        self.known.holds(True)
        return self._outcome(connection, mail, first), rest if number > 1 else None, upcoming

    def _call_off(self, connection: Connection, upcoming: OutgoingMail, pool: TransportPool) -> None:
        """Let another connection carry `upcoming`, to whose envelope nothing is said."""
        if connection.has_reply:  # it answered the text, and lost what came with it
            self.ahead.learn(connection, is_taken=False)
        pool.reassign(upcoming.taken)

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
