"""The requests to one gateway, many at once."""

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

from .. import Failed, Outcome, Unavailable
from ..message import OutgoingMessage
from ..pool import TransportPool
from .gateway import Gateway, Reply

TIMEOUT = ClientTimeout(total=20, connect=5)  # of one request; well below a lease
_LONGEST_REPLY = 65_536


class GatewayClient:
    """`carry` is the work of one worker of a TransportPool."""

    def __init__(self, gateway: Gateway, at_once: int):
        self.gateway, self.at_once = gateway, at_once
        self._session: ClientSession | None = None

    async def carry(self, pool: TransportPool) -> None:
        """Raises Unavailable where the gateway takes nothing from us."""
        while item := pool.pop():
            message, on_begin = item
            on_begin(message.delivery_id)
            try:
                pool.report(await self._hand_over(message))
            except Unavailable:
                pool.put_back(item)
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

    async def _hand_over(self, message: OutgoingMessage) -> Outcome:
        """Raises Unavailable, after which nothing became of the message."""
        gateway = self.gateway
        try:
            message.text.encode()  # JSON would carry half a character, and the gateway choke on it
            request = gateway.request(message)
            async with self._opened().request(allow_redirects=False, **request) as response:
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
    while not response.content.at_eof() and len(body) <= _LONGEST_REPLY:
        body += await response.content.readany()
    return body
