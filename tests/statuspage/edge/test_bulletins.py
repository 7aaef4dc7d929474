"""A bulletin comes and goes by the clock, though nothing is published that would raise the page version."""

from datetime import UTC, datetime, timedelta

import pytest

from statuspage.edge.disk_store import DiskStore
from tests.factories import a_bulletin
from tests.statuspage.edge.stage import get

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_its_page_and_the_list_stay_up_while_the_database_is_away(edge_over_django, tmp_path):
    edge = edge_over_django
    bulletin = a_bulletin("We close on Christmas day")
    paths = ("/", "/bulletins/", f"/bulletins/{bulletin.public_id}/")
    edge.cache.look()
    for path in paths:
        assert get(edge, path)[0] == "200 OK"

    def away(*args):
        raise ConnectionError("the database is away")

    edge.cache.fresh.clear()
    edge.cache.ask = edge.cache.read_versions = away
    for path in paths:
        status, _, body = get(edge, path)
        assert status == "200 OK"
        assert "We close on Christmas day" in body
    kept = DiskStore(tmp_path / "published", is_lasting=edge.cache.disk_store.is_lasting)
    assert set(paths) <= {path for path, _ in kept.load()}


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
