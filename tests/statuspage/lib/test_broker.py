"""Lines to Redis that are closed while somebody still wants to speak."""

import pytest
from celery.app import app_or_default
from kombu import Queue


@pytest.fixture
def line():
    with app_or_default().connection_for_write() as connection:
        yield connection


def test_what_is_acknowledged_over_a_closed_line_is_a_lost_connection(line):
    """Celery expects that, and goes on; anything else ends the worker."""
    channel = line.channel()
    Queue("rings", channel=channel).declare()
    line.Producer(channel).publish("ring", routing_key="rings")
    message = channel.basic_get("rings")
    errors = line.connection_errors
    line.release()
    with pytest.raises(errors):
        message.ack()
