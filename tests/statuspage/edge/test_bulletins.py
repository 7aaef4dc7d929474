"""A bulletin comes and goes by the clock, though nothing is published that would raise the page version."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import a_bulletin
from tests.statuspage.edge.stage import get

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_edge_lets_it_come_and_go_as_time_passes_though_nobody_publishes(edge_over_django, time_machine):
    edge, begins = edge_over_django, NOON + HOUR
    time_machine.move_to(NOON, tick=True)
    bulletin = a_bulletin("It comes and goes", at=NOON, from_at=begins, until_at=begins + HOUR)
    paths = ("/", f"/bulletins/{bulletin.public_id}/")

    def seen_at(at) -> list[bool]:
        time_machine.move_to(at, tick=True)
        edge.cache.renewed_at -= 60  # seconds; the same time passes for it
        edge.cache.look()
        return ["It comes and goes" in get(edge, path)[2] for path in paths]

    assert [seen_at(at) for at in (NOON, begins, begins + HOUR)] == [[False, False], [True, True], [False, True]]
