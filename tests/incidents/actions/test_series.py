"""Planned work that recurs: its windows are made ahead, each a maintenance of its own."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from incidents.actions import scheduling, series
from incidents.actions.errors import KeyReused
from incidents.actions.publishing import post_update
from incidents.actions.recurrence import Recurrence
from incidents.enums import MaintenanceStatus
from incidents.models import Announcement, AuditEvent, Maintenance, MaintenanceSeries, PlannedStep
from tests.factories import a_component

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
FIRST = datetime(2027, 3, 7, 2, 0)


def plan(rule="FREQ=WEEKLY;BYDAY=SU", *, without=(), lasts=timedelta(hours=2), at=NOON, **kwargs) -> Maintenance:
    begins = FIRST.replace(tzinfo=BERLIN)
    values = {
        "title": "Database upgrade",
        "body": "We upgrade the database each Sunday.",
        "components": [a_component()],
        "scheduled_for": begins,
        "scheduled_until": begins + lasts,
        "by": None,
        "at": at,
        "recurs": Recurrence(BERLIN, FIRST, FIRST + lasts, rule, frozenset(without)),
    }
    update = scheduling.schedule_maintenance(**values | kwargs)
    return Maintenance.objects.get(pk=update.incident_id)


def starts() -> list[str]:
    return list(Maintenance.objects.order_by("scheduled_for").values_list("series_start", flat=True))


def test_twelve_windows_are_made_at_most():
    plan()
    assert len(starts()) == 12
    assert starts()[:3] == ["2027-03-07T02:00", "2027-03-14T02:00", "2027-03-21T02:00"]


def test_none_is_made_that_begins_after_90_days():
    plan("FREQ=MONTHLY;BYMONTHDAY=7")
    assert starts() == ["2027-03-07T02:00", "2027-04-07T02:00", "2027-05-07T02:00"]


def test_subscribers_are_written_to_about_the_first_alone():
    first = plan()
    assert Announcement.objects.get().incident_id == first.pk


def test_every_window_is_on_the_page_with_its_components():
    first = plan()
    others = Maintenance.objects.exclude(pk=first.pk)
    assert all(one.is_public and one.affected.count() == 1 and one.updates.count() == 1 for one in others)


def test_a_window_begins_at_its_wall_time_on_both_sides_of_a_change_of_clocks():
    plan()
    hours = [one.scheduled_for.hour for one in Maintenance.objects.order_by("scheduled_for")[:5]]
    assert hours == [1, 1, 1, 1, 0]


def test_a_window_is_made_when_its_time_comes_near_and_once():
    plan()
    later = NOON + timedelta(days=14)
    assert series.keep_ahead(at=later) == 2
    assert series.keep_ahead(at=later) == 0
    assert len(starts()) == 14


def test_what_was_moved_or_cancelled_is_not_made_again():
    first = plan()
    post_update(incident=first, status=MaintenanceStatus.CANCELLED, body="Not this time.", by=None, at=NOON)
    moved = Maintenance.objects.get(series_start="2027-03-14T02:00")
    Maintenance.objects.filter(pk=moved.pk).update(scheduled_for=NOON, scheduled_until=NOON + timedelta(hours=1))
    assert series.keep_ahead(at=NOON) == 0


def test_a_window_is_in_its_series_once_whoever_makes_it():
    first = plan()
    twin = Maintenance(
        title="Twin",
        status=MaintenanceStatus.SCHEDULED,
        scheduled_for=NOON,
        scheduled_until=NOON + timedelta(hours=1),
        series=first.series,
        series_start=first.series_start,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_a_start_that_is_left_out_makes_no_window():
    plan(without=[FIRST + timedelta(days=7)])
    assert starts()[:2] == ["2027-03-07T02:00", "2027-03-21T02:00"]


def test_leaving_out_what_would_not_be_is_refused():
    with pytest.raises(ValidationError) as refused:
        plan(without=[FIRST + timedelta(days=8)])
    assert refused.value.message_dict == {"exdate": ["It would not begin on Monday, 2027-03-15 at 02:00 anyway."]}
    assert not Maintenance.objects.exists()


def test_the_same_key_plans_a_series_once():
    values = {"request_key": "k", "components": [a_component()]}
    plan(**values)
    plan(**values, at=NOON + timedelta(minutes=1))
    assert MaintenanceSeries.objects.count() == 1
    assert len(starts()) == 12


def test_the_same_key_with_another_rule_is_refused():
    values = {"request_key": "k", "components": [a_component()]}
    plan(**values)
    with pytest.raises(KeyReused):
        plan("FREQ=DAILY", **values)


def test_a_series_that_ends_cancels_what_has_not_begun_and_writes_once():
    first = plan()
    post_update(incident=first, status=MaintenanceStatus.IN_PROGRESS, body="It begins.", by=None, at=NOON)
    told = Announcement.objects.count()
    cancelled = series.end_series(first.series, body="We are done with it.", by=None, at=NOON)
    assert [one.series_start for one in cancelled] == starts()[1:]
    assert Announcement.objects.count() == told + 1
    first.refresh_from_db()
    assert first.status == MaintenanceStatus.IN_PROGRESS
    assert series.keep_ahead(at=NOON + timedelta(days=30)) == 0


def test_each_window_runs_and_is_reminded_of_as_the_first():
    first = plan(begins_itself=False, tells_end=False)
    others = Maintenance.objects.exclude(pk=first.pk)
    assert set(others.values_list("begins_itself", "tells_end")) == {(False, False)}
    kinds = [set(PlannedStep.objects.open().filter(maintenance=one).values_list("kind", flat=True)) for one in others]
    assert all("reminder" in kind and "begin" not in kind for kind in kinds)


def test_what_a_series_had_planned_for_what_it_cancels_is_left_out():
    first = plan()
    series.end_series(first.series, body="We are done with it.", by=None, at=NOON)
    assert not PlannedStep.objects.open().exists()


def test_a_series_ends_once():
    first = plan()
    series.end_series(first.series, body="We are done with it.", by=None, at=NOON)
    with pytest.raises(ValidationError):
        series.end_series(first.series, body="We are done with it.", by=None, at=NOON)


def test_the_audit_names_who_planned_and_ended_it():
    first = plan()
    series.end_series(first.series, body="We are done with it.", by=None, at=NOON)
    assert set(AuditEvent.objects.values_list("action", flat=True)) >= {"planned series", "ended series"}


def test_what_waits_is_what_has_not_begun():
    first = plan("FREQ=WEEKLY;BYDAY=SU;COUNT=3")
    post_update(incident=first, status=MaintenanceStatus.IN_PROGRESS, body="It begins.", by=None, at=NOON)
    assert [one.series_start for one in series.waiting(first.series)] == ["2027-03-14T02:00", "2027-03-21T02:00"]


def test_a_component_that_goes_leaves_the_windows_without_it():
    gone, stays = a_component(), a_component()
    plan(components=[gone, stays])
    gone.delete()
    assert series.keep_ahead(at=NOON + timedelta(days=7)) == 1
    newest = Maintenance.objects.order_by("-scheduled_for").first()
    assert list(newest.components.all()) == [stays]
