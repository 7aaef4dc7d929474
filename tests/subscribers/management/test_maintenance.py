"""Planned work at a prompt, by the rules of the console."""

from io import StringIO

import pytest
from django.core.management import call_command

from incidents.models import AuditEvent, Incident, IncidentUpdate, Maintenance, MaintenanceSeries, Site
from statuspage.lib import local_time
from tests.factories import a_component, a_subscriber

pytestmark = pytest.mark.django_db
PLAN = ("--title", "Database upgrade", "--body", "We upgrade the database.")
WINDOW = ("--from", "2090-03-07T02:00", "--until", "2090-03-07T04:00")


def run(*arguments) -> str:
    out = StringIO()
    call_command("maintenance", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def refusal(*arguments) -> list[str]:
    """The lines on stderr; nothing was written and the exit code is 1."""
    before = IncidentUpdate.objects.count()
    err = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("maintenance", *arguments, stdout=StringIO(), stderr=err)
    assert end.value.code == 1
    assert IncidentUpdate.objects.count() == before
    return err.getvalue().splitlines()


@pytest.fixture
def planned():
    a_component("Database")
    run("plan", *PLAN, *WINDOW, "--component", "Database")
    return Maintenance.objects.get()


def test_it_plans_and_says_id_address_and_who_hears_it():
    a_component("Database")
    a_subscriber()
    said = run("plan", *PLAN, *WINDOW, "--component", "database")
    planned = Maintenance.objects.get()
    assert f"Maintenance:  {planned.public_id}" in said
    assert f"Address:      {planned.get_public_url()}" in said
    assert "Window:       7 Mar 2090, 02:00 to 04:00 UTC" in said
    assert "Goes to:      1 person by e-mail" in said
    assert AuditEvent.objects.get(action="published").by_name == "command line"
    assert planned.components.get().status == "operational"


def test_times_are_those_of_the_zone_that_is_named():
    run("plan", *PLAN, *WINDOW, "--zone", "Asia/Kolkata")
    assert local_time.as_typed(Maintenance.objects.get().scheduled_for, local_time.UTC) == "2090-03-06T20:30"


def test_a_dry_run_says_all_and_writes_nothing(planned):
    before = IncidentUpdate.objects.count()
    said = run("plan", *PLAN, *WINDOW, "--dry-run")
    assert "Would say:    [Scheduled] Database upgrade" in said
    for act, words in (("start", "has begun"), ("cancel", "will not take place")):
        assert words in run(act, planned.public_id, "--dry-run")
    moved = run("move", planned.public_id, "--from", "2090-03-08T02:00", "--until", "2090-03-08T04:00", "--dry-run")
    assert "[Moved]" in moved
    assert "Window:       8 Mar 2090, 02:00 to 04:00 UTC" in moved
    assert IncidentUpdate.objects.count() == before


def test_moved_started_extended_and_ended(planned):
    public_id = planned.public_id
    run("move", public_id, "--from", "2090-03-08T02:00", "--until", "2090-03-08T04:00")
    run("start", public_id)
    run("extend", public_id, "--until", "2090-03-08T05:00")
    run("end", public_id, "--body", "Done.", "--quiet")
    said = [one.status_label for one in planned.updates.order_by("pk")]
    assert said == ["Scheduled", "Moved", "In progress", "Extended", "Completed"]
    assert planned.announcements.count() == 4
    planned.refresh_from_db()
    assert (planned.status, str(planned.scheduled_until)[:16]) == ("completed", "2090-03-08 05:00")


def test_the_same_key_moves_once(planned):
    for _ in range(2):
        run("extend", planned.public_id, "--until", "2090-03-07T05:00", "--key", "k")
    assert IncidentUpdate.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "2090-03-07T05:00"), "--until: The window must end after it begins."),
        (("--until", "2090-03-06T05:00"), "--until: The window must end after it begins."),
        (("--until", "2092-03-06T05:00"), "--until: This window lasts a year or longer."),
        (("--until", "2090-05-06T05:00"), "--until: This window lasts 60 days."),
        ((), "--until: This is its window already."),
        (("--from", "2020-03-06T05:00", "--until", "2020-03-06T06:00"), "--until: This is past;"),
        (("--until", "soon"), "--until: Write 30m, 2h, or a time"),
    ],
)
def test_what_cannot_be_is_refused_by_the_option_that_mends_it(planned, arguments, said):
    assert refusal("move", planned.public_id, *arguments)[0].startswith(said)


def test_the_hour_that_comes_twice_is_asked_back():
    Site.load()
    Site.objects.update(time_zone="Europe/Berlin")
    said = refusal("plan", *PLAN, "--from", "2027-10-31T02:30", "--until", "2027-10-31T05:00")
    assert said[0].startswith("--from: 02:30 comes twice that night.")


def test_neither_an_incident_nor_what_is_over_is_moved(planned):
    run("cancel", planned.public_id)
    assert refusal("start", planned.public_id) == ["This maintenance is cancelled; open a new one to say more."]
    incident = Incident.all_kinds.create(title="Mail fails")
    assert refusal("start", incident.public_id) == ["This is an incident: see manage.py incident."]


def test_it_plans_a_series():
    run("plan", *PLAN, *WINDOW, "--rrule", "FREQ=WEEKLY;COUNT=5", "--exdate", "2090-03-14T02:00")
    assert MaintenanceSeries.objects.get().without == ["2090-03-14T02:00"]
    assert Maintenance.objects.get().series_start == "2090-03-07T02:00"


def test_a_dry_run_of_a_series_plans_none():
    said = run("plan", *PLAN, *WINDOW, "--rrule", "FREQ=WEEKLY", "--dry-run")
    assert "this was a dry run" in said
    assert not MaintenanceSeries.objects.exists()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--rrule", "weekly"), "--rrule: Say how often, such as FREQ=WEEKLY;BYDAY=SU, each part once."),
        (("--rrule", "FREQ=WEEKLY", "--exdate", "x"), "--exdate: “x” is no start; write it like 2027-12-26 02:00."),
        (
            ("--rrule", "FREQ=WEEKLY", "--exdate", "2090-03-15T02:00"),
            "--exdate: It would not begin on Wednesday, 2090-03-15 at 02:00 anyway.",
        ),
    ],
)
def test_what_is_wrong_of_a_series_names_its_option(options, line):
    assert refusal("plan", *PLAN, *WINDOW, *options, "--dry-run") == [line]
