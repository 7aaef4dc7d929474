"""E-mail through a provider's API, by django-anymail: many at once in one request where the provider fills in what
differs by recipient, else one request each; in threads, as anymail waits for its answers."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from anymail.exceptions import AnymailAPIError, AnymailConfigurationError, AnymailError
from anymail.message import AnymailMessage, AnymailRecipientStatus
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from requests import ConnectTimeout, RequestException
from urllib3.exceptions import NewConnectionError

from .. import Failed, Outcome, Sent, Unavailable
from ..message import OutgoingMessage
from ..pool import Item, TransportPool
from ..sms.gateway import Reply, by_status
from ..verdicts import Verdict

BATCH = 100  # of one request
# After it was popped, in which a request may begin. A batch that is refused goes one by one, which a slow provider can
# draw out; with the timeout of a request it ends while the run still waits for outcomes.
BEGIN_SECONDS = 50.0
# How a provider writes a place that it fills in, in text, HTML and headers alike. The others fill in stored templates
# alone, or do not say which of many they refused.
_PLACES = {"mailgun": "%recipient.{}%"}
_METADATA = "delivery"  # comes back with every report
# One address that it does not like fails the whole request. Not of who we are, and not of how much we send.
_ABOUT_US = frozenset({401, 403, 407, 408, 425, 429})
MayBegin = Callable[[], bool]


def over_api(name: str, at_once: int) -> TransportPool:
    """A transport through the backend of settings.EMAIL_BACKEND; `name` is the provider's, as anymail has it."""
    desk = ProviderClient(_PLACES.get(name, ""), at_once)
    return TransportPool(desk.carry, lambda: at_once, desk.close)


class ProviderClient:
    """`carry` is the work of one worker of a TransportPool."""

    def __init__(self, place: str, at_once: int):
        self.place = place
        self.threads = ThreadPoolExecutor(at_once, thread_name_prefix="mail-provider")
        self.own = threading.local()

    async def carry(self, pool: TransportPool) -> None:
        """Raises Unavailable where the provider takes nothing from us."""
        while items := self._pop(pool):
            for message, on_begin in items:
                on_begin(message.delivery_id)
            until = time.monotonic() + BEGIN_SECONDS
            may_begin = lambda until=until: time.monotonic() < until and not pool.is_cancelled  # noqa: E731
            try:
                outcomes = await self._send([message for message, _ in items], may_begin)
            except Unavailable:
                for item in reversed(items):
                    pool.put_back(item)
                raise
            for item, outcome in reversed(list(zip(items, outcomes, strict=True))):
                if outcome is None:
                    pool.put_back(item)
                else:
                    pool.report(outcome)

    async def close(self) -> None:
        self.threads.shutdown(wait=False)

    def _pop(self, pool: TransportPool) -> list[Item]:
        """Take what goes in one request: recipients of the same notice, as many as wait."""
        items: list[Item] = []
        while item := pool.pop():
            if items and item[0].notice is not items[0][0].notice:
                pool.put_back(item)
                break
            items.append(item)
            if len(items) == BATCH or not self._can_merge(item[0]):
                break
        return items

    def _can_merge(self, message: OutgoingMessage) -> bool:
        """Return whether the provider can fill in the recipients: not where a text holds its placeholders by chance."""
        sign = self.place.partition("{")[0]
        return bool(sign) and not any(sign in text for text in (message.subject, message.text, message.html))

    async def _send(self, messages: list[OutgoingMessage], may_begin: MayBegin) -> Sequence[Outcome | None]:
        """Send in one request and return the outcomes, None for what was not begun. Raises Unavailable, after which
        nothing became of any of them."""
        try:
            return await self._in_thread(messages, may_begin)
        except _Refused as refused:
            if len(messages) == 1:
                return [refused.failed(messages[0])]
        alone = await asyncio.gather(*(self._alone(message, may_begin) for message in messages))
        return list(alone)

    async def _alone(self, message: OutgoingMessage, may_begin: MayBegin) -> Outcome | None:
        try:
            return (await self._in_thread([message], may_begin))[0]
        except _Refused as refused:
            return refused.failed(message)
        except Unavailable as error:  # of the others something may have become
            return Failed(message.delivery_id, str(error))

    async def _in_thread(self, messages: list[OutgoingMessage], may_begin: MayBegin) -> list[Outcome | None]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, self._hand_over, messages, may_begin)

    # --- In a thread ---------------------------------------------------------------------------------------

    def _hand_over(self, messages: list[OutgoingMessage], may_begin: MayBegin) -> list[Outcome | None]:
        """Raises Unavailable or _Refused, after which nothing became of any of them."""
        if not may_begin():  # it may have waited long for this thread
            return [None] * len(messages)
        try:
            mail = _merged(messages, self.place) if len(messages) > 1 else _single(messages[0])
            self._connection().send_messages([mail])
        except Exception as error:
            return [*_of_error(messages, error)]
        found = mail.anymail_status.recipients
        return [_of_status(message, found.get(message.to)) for message in messages]

    def _connection(self) -> BaseEmailBackend:
        """One a thread, kept open: the next request goes over the same connection."""
        if not hasattr(self.own, "connection"):
            self.own.connection = get_connection()
            self.own.connection.open()
        connection: BaseEmailBackend = self.own.connection
        return connection


class _Refused(Exception):
    """The provider took none of the request's messages, perhaps for one of them."""

    def __init__(self, reason: str, *, permanent: bool):
        super().__init__(reason)
        self.permanent = permanent

    def failed(self, message: OutgoingMessage) -> Failed:
        return Failed(message.delivery_id, str(self), permanent=self.permanent)


# --- Writing ------------------------------------------------------------------------------------------------


def _single(message: OutgoingMessage) -> AnymailMessage:
    headers = message.headers
    mail = AnymailMessage(
        message.subject, message.text, headers.pop("From"), [message.to], headers=headers, metadata=_metadata(message)
    )
    mail.attach_alternative(message.html, "text/html")
    return mail


def _merged(messages: list[OutgoingMessage], place: str) -> AnymailMessage:
    """One mail with places that the provider fills in for each recipient."""
    notice = messages[0].notice
    places = {name: place.format(name) for name in messages[0].values}
    fixed = {name: merge_text for name, merge_text in notice.headers.items() if not merge_text.merge_fields}
    headers = {name: merge_text.fill({}) for name, merge_text in fixed.items()}
    mail = AnymailMessage(
        notice.subject,
        notice.text.fill(places),
        headers.pop("From"),
        [message.to for message in messages],
        headers=headers,
        merge_headers={
            message.to: {name: value for name, value in message.headers.items() if name not in fixed}
            for message in messages
        },
        merge_data={message.to: dict(message.values) for message in messages},
        merge_metadata={message.to: _metadata(message) for message in messages},
    )
    mail.attach_alternative(notice.html.fill(places), "text/html")
    return mail


def _metadata(message: OutgoingMessage) -> dict[str, str]:
    return {_METADATA: str(message.delivery_id)}


# --- Reading ------------------------------------------------------------------------------------------------


def _of_status(message: OutgoingMessage, said: AnymailRecipientStatus | None) -> Outcome:
    match said.status if said else None:
        case "sent" | "queued" if said:
            return Sent(message.delivery_id, str(said.message_id or ""))
        case "rejected":
            reason = "The provider writes to this address no more: it bounced, complained or unsubscribed there."
            return Failed(message.delivery_id, reason, permanent=True, verdict=Verdict.ADDRESS_DEAD)
        case "invalid":
            return Failed(
                message.delivery_id, "Not an address, says the provider.", permanent=True, verdict=Verdict.ADDRESS_DEAD
            )
        case "failed":
            return Failed(message.delivery_id, "The provider failed to send it.")
    return Failed(message.delivery_id, "The provider did not say what became of it.", unknown=True)


def _of_error(messages: list[OutgoingMessage], error: Exception) -> list[Outcome]:
    """Raises Unavailable or _Refused."""
    if isinstance(error, AnymailAPIError) and error.response is not None:
        return _of_response(messages, error)
    if isinstance(error, RequestException):
        if _never_left(error):
            raise Unavailable(f"The mail provider cannot be reached: {error.__cause__!r}") from error
        return [
            Failed(m.delivery_id, f"No answer from the mail provider: {error.__cause__!r}", unknown=True)
            for m in messages
        ]
    if isinstance(error, AnymailConfigurationError):
        raise Unavailable(str(error)) from error
    if isinstance(error, AnymailError | ValueError):  # such as an address that it cannot read
        raise _Refused(f"It cannot be written as a request: {error}", permanent=True) from error
    # Such as an answer that made anymail stumble: it may have taken them.
    return [Failed(message.delivery_id, repr(error), unknown=True) for message in messages]


def _of_response(messages: list[OutgoingMessage], error: AnymailAPIError) -> list[Outcome]:
    response = error.response
    reply = Reply(response.status_code, response.headers, response.content)
    reason = f"{reply.status}: {reply.text()}"
    if reply.is_success:  # taken, and said in words that nobody understands
        return [Failed(message.delivery_id, reason, unknown=True) for message in messages]
    if 400 <= reply.status <= 499 and reply.status not in _ABOUT_US:
        # Of no credit, of a sender that is not allowed, of this recipient: the numbers do not tell. Attempts end.
        raise _Refused(reason, permanent=False)
    return [replace(by_status(message, reply, reason), permanent=False) for message in messages]


def _never_left(error: RequestException) -> bool:
    """Whether there was no connection, so that nobody can have got anything."""
    if isinstance(error, ConnectTimeout):
        return True
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, NewConnectionError) or isinstance(getattr(cause, "reason", None), NewConnectionError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
