"""What the previews show is what publishing freezes, field by field."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from incidents.actions import publishing, recalling, scheduling
from incidents.models import Announcement, Incident
from incidents.page.incident_views import build_views, public_codes
from tests.factories import a_component, an_open_incident
from tests.incidents.console.conftest import INVESTIGATING, a_template, in_minutes

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=20)
# Which row it is, and when it was written; everything else is said.
OF_THE_ROW = {"id", "public_id", "update", "incident", "created_at"}
WORDS = "Some card payments **fail**.\r\n\r\nWe look into it."
FILLED = {"what_we_know": "Visa fails.", "what_we_are_doing": "We changed the provider."}


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


@pytest.fixture
def parts():
    """A public component, another one that comes first on the page, and one that nobody may know of."""
    payments, ledger = a_component("Payments", position=2), a_component("Ledger", is_public=False, position=3)
    return {"payments": payments, "search": a_component("Search", position=1), "ledger": ledger}


def affecting(**states):
    return {f"component-{component.public_id}": state for component, state in states.values()}


def chosen(parts, **states):
    return affecting(**{name: (parts[name], state) for name, state in states.items()})


def as_a_browser_sends(fields):
    return {name: value.replace("\n", "\r\n") for name, value in fields}


class Screen:
    """A screen with a form that publishes: what it previews, and what it publishes then."""

    def __init__(self, lead, name, *args, query="", to=None):
        self.lead, self.name, self.args, self.query, self.to = lead, name, args, query, to

    def values(self, **changes):
        found = self.lead.form(self.name, *self.args, query=self.query)
        return {name: value for name, value in found.items() if name != "assist"} | changes

    def preview(self, values):
        """The announcement of the audience's preview and the story of the page's."""
        about = {"incident": self.args[0]} if self.name == "console:incident" else {}
        page = self.lead.post("console:page-preview", values | about, headers=HTMX)
        heard = self.lead.post("preview:audience", as_a_browser_sends(page.context["audience_fields"]), headers=HTMX)
        return heard.context["announced"], page.context["story"]

    def publish(self, values):
        answer = self.lead.post(self.to or self.name, values, *self.args, query=self.query)
        assert answer.status_code == 302, answer.text
        incident = Incident.all_kinds.with_timeline().get(public_id=answer.url.rstrip("/").split("/")[-1])
        [story] = build_views([incident], codes=public_codes(), at=timezone.now())
        return incident, story


def updating(lead, incident, query=""):
    return Screen(lead, "console:incident", incident.public_id, query=query, to="console:update")


def planned(parts):
    return scheduling.schedule_maintenance(
        title="Upgrade",
        body="We upgrade.",
        components=[parts["payments"], parts["ledger"]],
        scheduled_for=NOON + timedelta(hours=1),
        scheduled_until=NOON + timedelta(hours=2),
        by=None,
        at=NOON,
    ).incident


def recalled(update) -> Announcement:
    recalling.recall(announcement=update.announcement, reason="Wrong.", by=None, at=NOON)
    return update.announcement


def a_new_incident(lead, parts):
    screen = Screen(lead, "console:new-incident", query="?template=none")
    states = chosen(parts, payments="partial_outage", search="major_outage", ledger="major_outage")
    return screen, {"title": "T", "severity": "P1", "body": WORDS, "next_update_at": in_minutes(30)} | states


def a_new_incident_from_a_template(lead, parts):
    template = a_template(components={parts["payments"]: "major_outage"}, investigating=INVESTIGATING)
    screen = Screen(lead, "console:new-incident", query=f"?template={template.pk}")
    return screen, FILLED | {"next_update_at": in_minutes(30), "impact": "minor"}


def an_update(lead, parts):
    incident = an_open_incident(parts["payments"], parts["ledger"], at=NOON).incident
    states = chosen(parts, payments="operational", search="degraded_performance", ledger="major_outage")
    return updating(lead, incident), {"status": "mitigating", "body": WORDS, "next_update_at": in_minutes(60)} | states


def an_update_with_a_template(lead, parts):
    template = a_template(investigating=INVESTIGATING, mitigating="{{what_we_know}} {{next_update_by}}")
    incident = an_open_incident(parts["payments"], template=template, at=NOON).incident
    body = "{{what_we_know}}\n{{next_update_by}}"
    return updating(lead, incident), FILLED | {
        "status": "mitigating",
        "body": body,
        "next_update_at": in_minutes(60),
    }


def an_update_that_names_no_component(lead, parts):
    incident = an_open_incident(parts["search"], parts["payments"], at=NOON).incident
    return updating(lead, incident), {"status": "investigating", "body": WORDS}


def an_end(lead, parts):
    """It promises nothing, though the form still holds a time."""
    incident = an_open_incident(parts["payments"], parts["ledger"], at=NOON, next_update_at=LATER).incident
    return updating(lead, incident), {"status": "resolved", "body": "It is over.", "next_update_at": in_minutes(30)}


def an_update_of_a_hidden_incident(lead, parts):
    incident = an_open_incident(parts["payments"], is_public=False, at=NOON).incident
    return updating(lead, incident), {"status": "mitigating", "body": WORDS}


def the_first_words_for_the_public(lead, parts):
    incident = an_open_incident(parts["payments"], is_public=False, at=NOON).incident
    return updating(lead, incident, "?act=make-public"), {"status": "mitigating", "body": WORDS}


def an_opening_again(lead, parts):
    incident = an_open_incident(parts["payments"], at=NOON).incident
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=NOON + timedelta(minutes=5))
    return updating(lead, incident, "?act=reopen"), {"body": WORDS} | chosen(parts, search="major_outage")


def a_false_alarm(lead, parts):
    incident = an_open_incident(parts["payments"], at=NOON).incident
    return updating(lead, incident, "?act=false-alarm"), {"body": "A probe was broken."}


def a_maintenance(lead, parts):
    states = chosen(parts, payments="under_maintenance", ledger="under_maintenance")
    window = {"scheduled_for": in_minutes(60), "scheduled_until": in_minutes(120)}
    return Screen(lead, "console:new-maintenance"), {"title": "Upgrade", "body": WORDS} | window | states


def the_beginning_of_a_maintenance(lead, parts):
    return updating(lead, planned(parts), query="?act=start"), {"body": WORDS}


def the_end_of_a_maintenance(lead, parts):
    incident = planned(parts)
    publishing.post_update(incident=incident, status="in_progress", body="We begin.", by=None, at=NOON)
    return updating(lead, incident), {"status": "completed", "body": "Done."}


def a_maintenance_called_off(lead, parts):
    return updating(lead, planned(parts), query="?act=cancel"), {"body": "Another day."}


def a_maintenance_moved(lead, parts):
    window = {"scheduled_for": in_minutes(180), "scheduled_until": in_minutes(240)}
    return updating(lead, planned(parts), query="?act=move"), window


def a_correction(lead, parts):
    wrong = recalled(an_open_incident(parts["payments"], at=NOON, next_update_at=LATER + timedelta(hours=1)))
    screen = updating(lead, wrong.incident, query=f"?corrects={wrong.public_id}")
    return screen, {"body": "Only refunds fail."}


def a_correction_of_an_end(lead, parts):
    incident = an_open_incident(parts["payments"], impact="critical", at=NOON).incident
    over = publishing.post_update(incident=incident, status="resolved", body="It is over.", by=None, at=NOON)
    query = f"?corrects={recalled(over).public_id}&template=none"
    return Screen(lead, "console:new-incident", query=query), {"body": "It is not over."}


def a_merge(lead, parts):
    began = NOON - timedelta(minutes=9)
    both = (parts["search"], parts["ledger"])
    gone = an_open_incident(*both, status="major_outage", title="Search is down", at=began).incident
    into = an_open_incident(parts["payments"], at=NOON, next_update_at=LATER + timedelta(hours=1)).incident
    return Screen(lead, "console:merge", gone.public_id, query=f"?into={into.public_id}"), {"body": WORDS}


def a_split(lead, parts):
    whole = an_open_incident(parts["payments"], parts["search"], at=NOON).incident
    states = chosen(parts, search="partial_outage")
    return Screen(lead, "console:split-off", whole.public_id), {"title": "T", "body": WORDS, "severity": "P4"} | states


CASES = [
    a_new_incident,
    a_new_incident_from_a_template,
    an_update,
    an_update_with_a_template,
    an_update_that_names_no_component,
    an_end,
    an_update_of_a_hidden_incident,
    the_first_words_for_the_public,
    an_opening_again,
    a_false_alarm,
    a_maintenance,
    the_beginning_of_a_maintenance,
    the_end_of_a_maintenance,
    a_maintenance_called_off,
    a_maintenance_moved,
    a_correction,
    a_correction_of_an_end,
    a_merge,
    a_split,
]


@pytest.fixture(params=CASES, ids=lambda case: case.__name__)
def case(request, lead, parts, clock):
    made = request.param(lead, parts)
    clock.move_to(LATER, tick=False)
    return made


def frozen(announcement):
    names = [field.name for field in Announcement._meta.concrete_fields if field.name not in OF_THE_ROW]
    return {name: getattr(announcement, name) for name in names}


def test_the_audience_is_shown_what_will_be_announced(case):
    screen, changes = case
    values = screen.values(**changes)
    previewed, _ = screen.preview(values)
    incident, _ = screen.publish(values)
    announced = incident.announcements.filter(published_at=LATER).first()
    if not incident.is_public:
        assert announced is None
        assert not previewed.incident.is_public
        return
    assert frozen(previewed) == frozen(announced)
    assert previewed.incident.is_public


def test_the_page_shows_what_was_previewed(case):
    screen, changes = case
    values = screen.values(**changes)
    _, previewed = screen.preview(values)
    incident, shown = screen.publish(values)
    if not incident.is_public:
        assert shown.updates == ()  # what is said of it stays internal, also where it is shown later
        return
    latest = replace(previewed.updates[0], public_id=shown.updates[0].public_id)
    row = {"pk": shown.pk, "public_id": shown.public_id, "url": shown.url}
    assert replace(previewed, **row, updates=(latest, *previewed.updates[1:])) == shown
