"""SMS through SMS_URL: many requests at once to one gateway, whichever it is."""

import asyncio
from collections.abc import Iterable, Iterator

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
from .. import Failed, Outcome, Unavailable, outbox
from .gateway import Gateway, Reply
from .urls import gateway_of

AT_ONCE = 64
TIMEOUT = ClientTimeout(total=20, connect=5)  # of one request; well below a lease
_LONGEST_REPLY = 65_536


def send(messages: Iterable[Message]) -> Iterator[Outcome]:
    """The channel's contract: see the package."""
    gateway = gateway_of(settings.SMS_URL)
    yield from outbox.send_sms(messages) if gateway is None else _through(gateway, messages)


def _through(gateway: Gateway, messages: Iterable[Message]) -> Iterator[Outcome]:
    """The event loop runs only while we wait: messages are taken and outcomes yielded outside it, where whoever
    takes and yields may speak to the database."""
    with asyncio.Runner() as runner:
        session = runner.run(_session())
        flying: set[asyncio.Task] = set()
        gone = None
        messages = iter(messages)
        try:
            while True:
                while not gone and len(flying) < AT_ONCE and (message := next(messages, None)):
                    flying.add(runner.get_loop().create_task(_hand_over(session, gateway, message)))
                if not flying:
                    break
                landed, flying = runner.run(_first_of(flying))
                for result in (task.result() for task in landed):
                    if isinstance(result, Unavailable):
                        gone = result
                    else:
                        yield result
        finally:
            runner.run(_close(session, flying))
    if gone:
        raise gone


async def _session() -> ClientSession:
    connector = TCPConnector(limit=AT_ONCE)
    return ClientSession(timeout=TIMEOUT, connector=connector, cookie_jar=DummyCookieJar(), trust_env=False)


async def _first_of(flying: set[asyncio.Task]) -> tuple[set[asyncio.Task], set[asyncio.Task]]:
    return await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)


async def _close(session: ClientSession, flying: set[asyncio.Task]) -> None:
    for task in flying:
        task.cancel()
    await asyncio.gather(*flying, return_exceptions=True)
    await session.close()


async def _hand_over(session: ClientSession, gateway: Gateway, message: Message) -> Outcome | Unavailable:
    """Unavailable is returned, not raised: the other requests in flight have outcomes of their own."""
    try:
        message.text.encode()  # JSON would carry half a character, and the gateway choke on it
        async with session.post(gateway.url, allow_redirects=False, **gateway.request(message)) as response:
            reply = Reply(response.status, response.headers.copy(), await _body(response))
        return gateway.outcome(message, reply)
    except Unavailable as error:
        return error
    except (ClientConnectorError, ConnectionTimeoutError) as error:
        return Unavailable(f"The SMS gateway cannot be reached: {error}")
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
