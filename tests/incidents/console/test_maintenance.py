import pytest

from incidents.models import Announcement, Maintenance
from tests.factories import a_component
from tests.incidents.console.conftest import in_minutes

pytestmark = pytest.mark.django_db
WORDS = {"title": "Database upgrade", "body": "We upgrade our database."}


@pytest.fixture
def database():
    return a_component("Database")


def scheduled(lead, component, **changes):
    window = {"scheduled_for": in_minutes(60), "scheduled_until": in_minutes(120)}
    chosen = {f"component-{component.public_id}": "under_maintenance"}
    return lead.compose("console:new-maintenance", **WORDS | window | chosen | changes)


def test_scheduling_announces_the_window_and_leaves_the_components_alone(lead, database):
    answer = scheduled(lead, database)
    assert answer.status_code == 302
    maintenance = Maintenance.objects.get()
    assert maintenance.components.get() == database
    database.refresh_from_db()
    assert database.status == "operational"
    assert Announcement.objects.get().scheduled_for == maintenance.scheduled_for


def test_every_step_of_its_life_is_taken_on_its_screen(lead, database):
    scheduled(lead, database)
    maintenance = Maintenance.objects.get()
    first = lead.get("console:incident", maintenance.public_id).context["form"]
    assert first["status"].value() == "scheduled"  # a note begins nothing
    begun = lead.compose("console:incident", maintenance.public_id, query="?act=start", to="console:update")
    assert begun.status_code == 302
    for status, component in (
        ("in_progress", "under_maintenance"),
        ("verifying", "under_maintenance"),
        ("completed", "operational"),
    ):
        assert lead.update(maintenance, status=status, body=f"Now {status}.").status_code == 302
        database.refresh_from_db()
        assert database.status == component
    assert Announcement.objects.count() == 5


def test_it_can_be_cancelled(lead, database):
    scheduled(lead, database)
    maintenance = Maintenance.objects.get()
    page = lead.get("console:incident", maintenance.public_id, query="?act=cancel").text
    assert "No component changes its state" in page
    words = {"body": "We do it another day."}
    lead.compose("console:incident", maintenance.public_id, query="?act=cancel", to="console:update", **words)
    maintenance.refresh_from_db()
    assert maintenance.status == "cancelled"


@pytest.mark.parametrize(
    ("field", "minutes", "message"),
    [
        ("scheduled_until", 30, "must end after it begins"),
        ("scheduled_until", -5, "past"),
        ("scheduled_for", 180, "must end"),
    ],
)
def test_a_window_that_cannot_be_is_refused_and_kept(lead, database, field, minutes, message):
    answer = scheduled(lead, database, **{field: in_minutes(minutes)})
    assert answer.status_code == 422
    assert message in answer.context["form"].errors["scheduled_until"][0]
    assert answer.context["form"]["body"].value() == WORDS["body"]
    assert answer.context["form"].picker.chosen[0].component == database


def test_a_window_is_asked_for(lead, database):
    answer = scheduled(lead, database, scheduled_for="", scheduled_until="tomorrow")
    assert set(answer.context["form"].errors) == {"scheduled_for", "scheduled_until"}
    assert "tomorrow" in answer.text


def test_sent_twice_it_is_scheduled_once(lead, database):
    values = lead.form("console:new-maintenance") | WORDS
    values |= {"scheduled_for": in_minutes(60), "scheduled_until": in_minutes(120)}
    answers = [lead.post("console:new-maintenance", values) for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Maintenance.objects.count() == 1
