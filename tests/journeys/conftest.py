"""What several journeys start."""

import pytest

from statuspage.celery import app
from statuspage.lib import doorbell
from tests.parts import Stack


@pytest.fixture
def stack(tmp_path, monkeypatch):
    """Redis, relay and gateway of the test's own; this process rings there, workers are started as it asks."""
    with Stack(tmp_path) as stack:
        monkeypatch.setitem(app.conf, "broker_url", stack.redis.url)
        monkeypatch.setattr(doorbell, "_silent_until", 0.0)
        yield stack
