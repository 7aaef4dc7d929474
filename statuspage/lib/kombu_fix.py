"""Redis as Celery's broker, over lines that may break at any moment.

kombu imports this by its name, with the first line to Redis: most processes have none, and its library takes 17 MB.
"""

from kombu.transport import redis
from redis import Redis
from redis.exceptions import ConnectionError as Broken


class Channel(redis.Channel):
    """A channel whose line is gone says so. kombu 5.7 ends in an AttributeError there, which nobody expects: when a
    task that began before a reset of the line is acknowledged after it, that ends the whole worker."""

    def _create_client(self, asynchronous: bool = False) -> Redis:
        if self.connection is None or self.connection.client is None:
            raise Broken("This line to Redis is closed.")
        client: Redis = super()._create_client(asynchronous)  # type: ignore[no-untyped-call]  # kombu has no types
        return client


class Transport(redis.Transport):
    Channel = Channel
