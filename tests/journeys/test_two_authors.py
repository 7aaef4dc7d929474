"""Two people publish at once, on real PostgreSQL: nothing is lost, nothing deadlocks, the loser is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from incidents.actions import editing, publishing, recalling
from incidents.actions.errors import Conflict
from incidents.enums import ComponentStatus, IncidentStatus
from incidents.models import Announcement, Component, Incident, UpdateRevision
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Run `acts` in threads that begin together; returns results or exceptions, in order."""
    barrier = Barrier(len(acts))

    def run(act):
        try:
            barrier.wait(5)
            return act()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_two_incidents_on_the_same_components_add_up():
    components = [a_component(), a_component()]
    for _ in range(10):
        first, second = at_once(
            lambda: an_open_incident(*components, status=ComponentStatus.MAJOR_OUTAGE),
            lambda: an_open_incident(*reversed(components), status=ComponentStatus.DEGRADED_PERFORMANCE),
        )
        assert {row.status for row in Component.objects.all()} == {"major_outage"}
        resolve(first.incident), resolve(second.incident)
        assert {row.status for row in Component.objects.all()} == {"operational"}


def resolve(incident):
    return publishing.post_update(
        incident=incident, status=IncidentStatus.RESOLVED, body="Over.", by=None, at=timezone.now()
    )


def test_of_two_updates_at_once_one_wins_and_the_other_sees_it():
    seen = an_open_incident()

    def post(body):
        return publishing.post_update(
            incident=seen.incident, status="mitigating", body=body, by=None, at=timezone.now(), seen=seen
        )

    for _ in range(10):
        results = at_once(lambda: post("Mine."), lambda: post("Yours."))
        losers = [result for result in results if isinstance(result, Conflict)]
        (winner,) = [result for result in results if result not in losers]
        assert [loser.latest for loser in losers] == [winner]
        seen = winner


def test_fifty_publishes_with_one_key_make_one_announcement():
    results = at_once(*[lambda: an_open_incident(request_key="one")] * 50)
    assert len(set(results)) == 1, results
    assert Incident.objects.count() == Announcement.objects.count() == 1


def test_a_recall_and_an_update_at_once_leave_the_promise_of_what_holds():
    due = timezone.now().replace(second=0, microsecond=0) + timedelta(hours=2)
    for _ in range(10):
        first = an_open_incident(next_update_at=due)
        wrong = _promising(first.incident, due + timedelta(hours=1))
        _, right = at_once(
            lambda wrong=wrong: recalling.recall(
                announcement=wrong.announcement, reason="Wrong.", by=None, at=timezone.now()
            ),
            lambda first=first: _promising(first.incident, due + timedelta(hours=2)),
        )
        assert Incident.objects.get(pk=first.incident_id).next_update_at == right.next_update_at


def _promising(incident, due):
    return publishing.post_update(
        incident=incident, status="mitigating", body="We go on.", by=None, at=timezone.now(), next_update_at=due
    )


def test_of_two_edits_at_once_one_wins_and_the_other_sees_it():
    update = an_open_incident(body="Words.")

    def edit(body, seen):
        return editing.edit_words(update=update, body=body, by=None, at=timezone.now(), seen=seen)

    for number in range(10):
        results = at_once(*[partial(edit, f"{whose} {number}.", number) for whose in ("Mine", "Yours")])
        (loser,) = [result for result in results if isinstance(result, Conflict)]
        (winner,) = [result for result in results if result is not loser]
        update.refresh_from_db()
        assert loser.latest.body == winner.body == update.body
    assert update.revisions.count() == 10


def test_twenty_edits_with_one_key_are_one():
    update = an_open_incident(body="Card paments fail.")
    kept = {"update": update, "body": "Card payments fail.", "by": None, "at": timezone.now(), "request_key": "one"}
    results = at_once(*[lambda: editing.edit_words(**kept)] * 20)
    assert set(results) == {update}, results
    assert UpdateRevision.objects.count() == 1


def test_an_edit_and_an_update_at_once_are_both_there():
    first = an_open_incident(body="Words.")
    for number in range(10):
        edited, posted = at_once(
            partial(editing.edit_words, update=first, body=f"Words {number}.", by=None, at=timezone.now()),
            lambda: publishing.post_update(
                incident=first.incident, status="mitigating", body="More.", by=None, at=timezone.now()
            ),
        )
        assert edited.body == f"Words {number}."
        assert posted.pk
    assert first.incident.updates.count() == 11
