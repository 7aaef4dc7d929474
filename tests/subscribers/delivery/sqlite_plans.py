"""What SQLite makes of the queue's queries: run by test_on_sqlite.py alone."""

import pytest

from subscribers.models import Delivery

pytestmark = pytest.mark.django_db


def test_what_is_due_is_found_by_its_index():
    """It compares the words of an index with those of the query, and knows nothing of a parameter."""
    line = Delivery.objects.due().line("email", 3, 1).order_by("visible_at").explain()
    assert "USING INDEX delivery_lines (channel=? AND priority=? AND <expr>=? AND visible_at<?)" in line
    assert "ORDER BY" not in line
    heads = Delivery.objects.queue_heads("email").explain()
    assert "USING INDEX delivery_lines (channel=? AND priority=? AND <expr>>?)" in heads
