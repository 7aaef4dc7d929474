"""Planned work that runs itself: what is due is done once, and told once, with its true time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.actions import publishing, running, scheduling
from incidents.enums import Act, ComponentStatus, MaintenanceStatus, MessageKind, StepKind
from incidents.models import Announcement, AuditEvent, Message, PlannedStep, Site
from tests.factories import a_component, a_user, an_open_incident
from tests.planned import a_window

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def status_of(row):
    row.refresh_from_db()
    return row.status


def told(maintenance):
    return list(maintenance.announcements.order_by("pk").values_list("status", flat=True))


def test_it_begins_and_ends_by_itself_and_says_so_once_each():
    database = a_component()
    maintenance = a_window(database, begins=-MINUTE, lasts=HOUR)
    assert running.run_due() == 1
    assert (status_of(maintenance), status_of(database)) == ("in_progress", ComponentStatus.UNDER_MAINTENANCE)
    assert running.run_due() == 0
    PlannedStep.objects.filter(kind=StepKind.END).update(due_at=timezone.now() - MINUTE)
    assert running.run_due() == 1
    assert (status_of(maintenance), status_of(database)) == ("completed", ComponentStatus.OPERATIONAL)
    assert told(maintenance) == ["scheduled", "in_progress", "completed"]
    by = AuditEvent.objects.filter(action__in=["started", "ended"]).values_list("by_name", flat=True)
    assert list(by) == ["automatically"] * 2


def test_at_its_end_components_are_as_everything_else_that_is_open_says():
    database = a_component()
    maintenance = a_window(database, begins=-2 * HOUR, lasts=HOUR)
    an_open_incident(database, status=ComponentStatus.MAJOR_OUTAGE)
    running.run_due()
    assert (status_of(maintenance), status_of(database)) == ("completed", ComponentStatus.MAJOR_OUTAGE)


def test_ten_minutes_late_it_is_told_once_with_the_true_time():
    maintenance = a_window(a_component(), begins=-10 * MINUTE, lasts=HOUR)
    running.run_due()
    begun = maintenance.announcements.get(status="in_progress")
    assert begun.published_at == maintenance.scheduled_for
    assert begun.is_backdated


def test_a_window_that_passed_while_nothing_ran_is_told_by_one_word_with_both_true_times():
    maintenance = a_window(a_component(), begins=-3 * HOUR, lasts=HOUR)
    running.run_due()
    assert told(maintenance) == ["scheduled", "completed"]
    shown = dict(maintenance.updates.values_list("status", "display_at"))
    assert (shown["in_progress"], shown["completed"]) == maintenance.window
    assert "took place" in maintenance.announcements.get(status="completed").body
    assert status_of(maintenance) == "completed"


def test_what_was_said_since_is_not_overtaken_by_an_earlier_time():
    maintenance = a_window(a_component(), begins=-10 * MINUTE, lasts=HOUR)
    note = {"status": "scheduled", "body": "It begins a little later.", "by": None}
    publishing.post_update(incident=maintenance, at=timezone.now() - 5 * MINUTE, **note)
    running.run_due()
    assert status_of(maintenance) == "in_progress"
    assert maintenance.updates.newest_first().first().status == "in_progress"


def test_what_somebody_began_and_ended_by_hand_does_not_do_so_again():
    maintenance = a_window(a_component(), begins=-MINUTE, lasts=HOUR)
    scheduling.act_on(maintenance=maintenance, act=Act.START, by=None, at=timezone.now())
    scheduling.act_on(maintenance=maintenance, act=Act.END, by=None, at=timezone.now())
    PlannedStep.objects.exclude(kind=StepKind.REMINDER).update(due_at=timezone.now() - MINUTE)
    assert running.run_due() == 0
    assert told(maintenance) == ["scheduled", "in_progress", "completed"]


def test_the_state_and_the_notice_are_two_switches():
    maintenance = a_window(a_component(), begins=-MINUTE, lasts=HOUR, tells_begin=False)
    running.run_due()
    assert status_of(maintenance) == "in_progress"
    assert told(maintenance) == ["scheduled"]


def test_by_hand_nothing_begins_and_at_the_end_its_owner_is_asked_once():
    owner = a_user(is_superuser=True)
    maintenance = a_window(
        a_component(), begins=-2 * HOUR, lasts=HOUR, begins_itself=False, ends_itself=False, by=owner
    )
    for _ in range(2):
        running.run_due()
    assert status_of(maintenance) == MaintenanceStatus.SCHEDULED
    asked = Message.objects.get(kind=MessageKind.STAFF_MESSAGE)
    assert asked.person == owner
    assert "nobody has said that it began" in asked.body


def test_an_overrun_asks_its_owner_and_is_put_off_only_where_the_site_says_so():
    owner = a_user(is_superuser=True)
    about = {"begins": -2 * HOUR, "lasts": HOUR, "ends_itself": False, "by": owner}
    asking = a_window(a_component(), **about)
    running.run_due()
    assert (status_of(asking), told(asking)) == ("in_progress", ["scheduled", "in_progress"])
    Site.load()
    Site.objects.update(extends_itself_minutes=30)
    extending = a_window(a_component(), **about)
    until = extending.scheduled_until
    running.run_due()
    extending.refresh_from_db()
    assert timezone.now() < extending.scheduled_until
    assert (extending.scheduled_until - until) % (30 * MINUTE) == timedelta(0)
    assert extending.announcements.order_by("pk").last().window_change == "extended"
    assert Message.objects.filter(kind=MessageKind.STAFF_MESSAGE, person=owner).count() == 2


def test_what_is_internal_tells_staff_alone():
    colleague = a_user(is_superuser=True)
    maintenance = a_window(a_component(), begins=-MINUTE, lasts=HOUR, is_public=False)
    running.run_due()
    assert status_of(maintenance) == "in_progress"
    assert not Announcement.objects.exists()
    assert Message.objects.filter(person=colleague).count() == 2


def test_one_whose_step_fails_does_not_hold_up_the_others(monkeypatch):
    broken, whole = (a_window(a_component(), begins=-MINUTE, lasts=HOUR) for _ in range(2))
    publish = running.publish

    def fails_once(incident, draft, **kwargs):
        if incident.pk == broken.pk:
            raise ValueError("as planned by this test")
        return publish(incident, draft, **kwargs)

    monkeypatch.setattr(running, "publish", fails_once)
    assert running.run_due() == 1
    assert (status_of(broken), status_of(whole)) == ("scheduled", "in_progress")
    monkeypatch.undo()
    assert running.run_due() == 1
    assert status_of(broken) == "in_progress"
