"""SMS through SMS_URL: many requests at once to one gateway, whichever it is."""

from functools import partial

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    TCPConnector,
)
from django.conf import settings

from ...messages import Message
from .. import Carrier, Failed, Outcome, Unavailable, outbox
from ..crew import Crew, Kept
from ..one_by_one import OneByOne
from .gateway import Gateway, Reply
from .urls import gateway_of

TIMEOUT = ClientTimeout(total=20, connect=5)  # of one request; well below a lease
_LONGEST_REPLY = 65_536


kept = Kept()


def carrier() -> Carrier:
    """The channel's contract: see the package."""
    if (gateway := gateway_of(settings.SMS_URL)) is None:
        return OneByOne(outbox.keep_sms)
    return kept.get((gateway, settings.SMS_REQUESTS), partial(_to_gateway, gateway, settings.SMS_REQUESTS))


def _to_gateway(gateway: Gateway, at_once: int) -> Crew:
    desk = _Desk(gateway, at_once)
    return Crew(desk.carry, lambda: at_once, desk.close)


class _Desk:
    """The requests to one gateway. `carry` is the work of one hand of a Crew."""

    def __init__(self, gateway: Gateway, at_once: int):
        self.gateway, self.at_once = gateway, at_once
        self._session: ClientSession | None = None

    async def carry(self, crew: Crew) -> None:
        """Raises Unavailable where the gateway takes nothing from us."""
        while item := crew.pop():
            message, on_begin = item
            on_begin(message.delivery_id)
            try:
                crew.report(await self._hand_over(message))
            except Unavailable:
                crew.put_back(item)
                raise

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    def _opened(self) -> ClientSession:
        """Begun inside the loop, where it belongs."""
        if self._session is None:
            connector = TCPConnector(limit=self.at_once)
            self._session = ClientSession(
                timeout=TIMEOUT, connector=connector, cookie_jar=DummyCookieJar(), trust_env=False
            )
        return self._session

    async def _hand_over(self, message: Message) -> Outcome:
        """Raises Unavailable, after which nothing became of the message."""
        gateway = self.gateway
        try:
            message.text.encode()  # JSON would carry half a character, and the gateway choke on it
            request = gateway.request(message)
            async with self._opened().post(gateway.url, allow_redirects=False, **request) as response:
                reply = Reply(response.status, response.headers.copy(), await _body(response))
            return gateway.outcome(message, reply)
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            raise Unavailable(f"The SMS gateway cannot be reached: {error}") from error
        except (ClientError, TimeoutError) as error:
            return Failed(message.delivery_id, f"The SMS gateway did not answer: {error!r}", unknown=True)
        except ValueError as error:  # text that cannot be encoded: no attempt will mend it
            return Failed(message.delivery_id, f"It cannot be written as a request: {error}", permanent=True)


async def _body(response: ClientResponse) -> bytes:
    body = b""
    async for chunk in response.content.iter_chunked(8192):
        body += chunk
        if len(body) > _LONGEST_REPLY:
            break
    return body
