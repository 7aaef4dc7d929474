"""Opening at a prompt: what is noted on the way, whose it is, and an end that is named."""

from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone

from incidents.models import Incident, IncidentType
from statuspage.accounts.roles import LEAD, SUPPORT
from tests.factories import a_component, a_subscriber, a_user, an_open_incident
from tests.incidents.console.conftest import a_template

from .test_incident import OPEN, refusal, run

pytestmark = pytest.mark.django_db
FIXED_BY = "Refunds fail. Expected to be fixed by {{expected_fixed_by}}."
END = "--set expected_fixed_by: You name an end. If it is missed, it is what customers remember."


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(timezone.now().replace(hour=12, minute=0, second=0, microsecond=0), tick=False)


def noted(*arguments) -> list[str]:
    """The lines on stderr of what was published all the same."""
    err = StringIO()
    call_command("incident", *arguments, stdout=StringIO(), stderr=err)
    return err.getvalue().splitlines()


def a_lead(username):
    user = a_user(username)
    user.groups.add(Group.objects.get(name=LEAD))
    return user


def test_an_open_incident_on_the_component_is_noted_and_holds_nobody_up():
    earlier = an_open_incident(a_component("Cards")).incident
    assert noted(*OPEN, "--component", "cards=major_outage") == [
        "--component: Cards has an open incident: “Card payments fail”, Investigating, since 12:00 UTC. "
        f"`manage.py incident update {earlier.public_id}` adds to it."
    ]
    assert Incident.objects.count() == 2


def test_a_dry_run_notes_it_too():
    an_open_incident(a_component("Cards"))
    assert len(noted(*OPEN, "--component", "cards=major_outage", "--dry-run")) == 1
    assert Incident.objects.count() == 1


def test_the_same_line_with_a_key_is_no_other_incident_the_second_time():
    a_component("Cards")
    opening = (*OPEN, "--component", "cards=major_outage", "--key", "one")
    assert [noted(*opening), noted(*opening)] == [[], []]


def test_that_no_component_is_named_is_noted_with_who_hears_it():
    a_component("Cards")
    a_subscriber(everything=False)
    (line,) = noted(*OPEN)
    assert line.startswith("--component: No component is named: the page will say “An incident is open”, ")
    assert line.endswith("Nobody hears it; 1 person who chose components does not.")
    assert Incident.objects.count() == 1


def test_an_update_notes_nothing():
    incident = an_open_incident(a_component("Cards")).incident
    assert noted("update", incident.public_id, "--body", "Found.") == []


def test_type_and_owner_are_named():
    a_lead("ana"), a_lead("ben")
    IncidentType.objects.create(name="Mail")
    run(*OPEN, "--by", "ana", "--owner", "ben", "--type", "mail")
    incident = Incident.objects.get()
    assert (incident.owner.username, incident.created_by.username, incident.type.name) == ("ben", "ana", "Mail")


def test_without_them_it_is_whoevers_who_opens_it_and_of_the_templates_type():
    a_lead("ana")
    template = a_template(investigating="Cards fail.")
    template.type = IncidentType.objects.create(name="Mail")
    template.save()
    run("open", "--template", "cards", "--by", "ana")
    incident = Incident.objects.get()
    assert (incident.owner.username, incident.type.name) == ("ana", "Mail")


def test_an_owner_who_may_not_publish_is_refused():
    a_user("sam").groups.add(Group.objects.get(name=SUPPORT))
    assert refusal(*OPEN, "--owner", "sam") == ["--owner: sam may not publish."]
    assert refusal(*OPEN, "--owner", "nobody") == ["--owner: No member of staff is called nobody."]


def test_an_unknown_type_is_refused_with_those_that_are_meant():
    IncidentType.objects.all().delete()
    assert refusal(*OPEN, "--type", "x") == ["--type: There is no type x. There are: none yet; the admin adds them."]
    IncidentType.objects.create(name="Database")
    IncidentType.objects.create(name="Network")
    assert refusal(*OPEN, "--type", "databse") == ["--type: There is no type databse. Is it Database?"]
    assert refusal(*OPEN, "--type", "zzz\0") == ["--type: There is no type zzz\0. There are: Database, Network."]


def test_an_end_is_doubted_until_somebody_says_anyway():
    opening = (*OPEN[:-1], FIXED_BY, "--set", "expected_fixed_by=3h")
    assert refusal(*opening) == [END, "Nothing is published. Take the end out, or add --anyway to keep it."]
    run(*opening, "--anyway")
    assert Incident.objects.get().updates.get().body == "Refunds fail. Expected to be fixed by 15:00 UTC."


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((), "--set expected_fixed_by: Fill this in, or take {{expected_fixed_by}} out of the text."),
        (
            ("--set", "expected_fixed_by=soon"),
            "--set expected_fixed_by: Write 30m, 2h, or a time like 2026-11-21 14:30.",
        ),
        (
            ("--set", "expected_fixed_by=2020-01-01 10:00"),
            "--set expected_fixed_by: This is past; choose a later time.",
        ),
    ],
)
def test_an_end_that_is_none_is_refused(arguments, line):
    assert refusal(*OPEN[:-1], FIXED_BY, *arguments, "--anyway") == [line]
