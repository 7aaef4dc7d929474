"""Rings for a worker. The work itself is a row: a ring that gets lost costs seconds (the sweep's), nothing else."""

import logging
import time
from functools import cache

from celery import Task
from kombu import Connection
from kombu.pools import ProducerPool

logger = logging.getLogger(__name__)
# A ring takes a connect and a few commands; with Redis frozen the first of them uses up its time and ends it.
TIMEOUT = 0.25
SILENCE = 5  # seconds without a further try, so that a burst of requests does not wait again and again
_RINGERS = 16
_silent_until = 0.0


def ring(task: Task, *args: str | int) -> bool:
    """Ask a worker to run `task`; False when nobody heard. Never raises; whatever Redis does, under a second."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return False
    try:
        with _producers(task.app.conf.broker_url).acquire(block=True, timeout=TIMEOUT) as producer:
            task.apply_async(args, producer=producer, retry=False)
    except Exception as error:  # whatever went wrong here, the row is written and the sweep will find it
        _silent_until = time.monotonic() + SILENCE
        logger.warning("Nobody heard the ring for %s; the sweep will find it: %r", task.name, error)
        return False
    return True


@cache
def _producers(url: str) -> ProducerPool:
    """Connections of our own: a worker waits longer for its broker than a visitor may wait for us."""
    options = {
        "socket_timeout": TIMEOUT,
        "socket_connect_timeout": TIMEOUT,
        "socket_keepalive": True,
        "max_retries": 0,  # None, the default, means for ever
        "health_check_interval": 0,
    }
    connection = Connection(url, connect_timeout=TIMEOUT, transport_options=options)
    return ProducerPool(connection.Pool(limit=_RINGERS), limit=_RINGERS)
