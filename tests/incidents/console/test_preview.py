import pytest

from incidents.actions.catalogue import Afterwards, after_closing
from incidents.enums import ComponentStatus
from incidents.models import Announcement, Incident
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.incidents.console.conftest import INVESTIGATING, in_minutes

pytestmark = pytest.mark.django_db


def preview(lead, **values):
    return lead.post("console:page-preview", values, headers={"HX-Request": "true"})


def test_it_shows_the_incident_as_the_public_will_read_it(lead):
    payments, hidden = a_component("Payments"), a_component("Ledger", is_public=False)
    answer = preview(
        lead,
        title="Cards <fail>",
        status="investigating",
        severity="P2",
        body=INVESTIGATING,
        what_we_know="One issuer is **slow**.",
        next_update_at=in_minutes(30),
        **{f"component-{payments.public_id}": "major_outage", f"component-{hidden.public_id}": "major_outage"},
    )
    document = answer.context["document"]
    assert "Cards &lt;fail&gt;" in document
    assert "One issuer is <strong>slow</strong>." in document
    assert "[What we are doing]" in document
    assert "Payments" in document
    assert "Ledger" not in document
    assert "&lt;!doctype html&gt;" in answer.text
    assert not Incident.objects.exists()


def test_it_shows_an_update_on_top_of_what_was_said(lead):
    incident = an_open_incident(a_component("Payments")).incident
    answer = preview(lead, incident=incident.public_id, status="mitigating", body="We found it.")
    document = answer.context["document"]
    assert document.index("We found it.") < document.index("Some card payments fail.")
    assert "1 earlier update" in document
    assert Announcement.objects.count() == 1


def test_it_hands_the_filled_words_to_the_audience_preview(lead):
    answer = preview(
        lead, title="T", status="investigating", body="We: {{what_we_are_doing}}", what_we_are_doing="Work."
    )
    fields = dict(answer.context["audience_fields"])
    assert fields["body"] == "We: Work."
    assert (fields["kind"], fields["severity"], fields["impact"]) == ("incident", "P3", "minor")


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"title": "a\0b", "body": "\x0b", "severity": "P9", "status": "gone", "next_update_at": "x"},
        {"body": "[" * 25_000},
        {"body": "x" * 100_000},
        {"scheduled_for": "", "scheduled_until": "x"},
        {"component-000000000000": "major_outage"},
    ],
)
def test_it_takes_whatever_is_half_written(lead, values):
    assert preview(lead, **values).status_code == 200


def test_of_an_unknown_incident_there_is_none(lead):
    assert preview(lead, incident="000000000000").status_code == 404


def test_without_a_script_it_is_a_page_of_its_own(lead):
    answer = lead.post("console:page-preview", {"title": "T", "body": "B", "status": "investigating"})
    assert "<title>Preview" in answer.text
    assert "nothing is published yet" in answer.text
    assert lead.get("console:page-preview").status_code == 302


def test_a_maintenance_is_shown_once_its_window_is_known(lead):
    values = {"title": "Upgrade", "body": "We upgrade.", "scheduled_for": in_minutes(60), "scheduled_until": ""}
    assert "Say when it begins and ends" in preview(lead, **values).text
    assert "Upgrade" in preview(lead, **values | {"scheduled_until": in_minutes(90)}).context["document"]


def test_what_closing_does_to_each_component_is_known_beforehand():
    held, own, free = a_component("Held"), a_component("Own", own_status="partial_outage"), a_component("Free")
    incident = an_open_incident(held, own, free, status=ComponentStatus.MAJOR_OUTAGE).incident
    an_open_incident(held, status=ComponentStatus.DEGRADED_PERFORMANCE, title="Other")
    assert after_closing(incident) == [
        Afterwards(held, ComponentStatus.DEGRADED_PERFORMANCE, "Other"),
        Afterwards(own, ComponentStatus.PARTIAL_OUTAGE, "its own state, set apart from incidents"),
        Afterwards(free, ComponentStatus.OPERATIONAL, ""),
    ]


def test_a_hidden_incident_says_that_neither_page_nor_anybody_hears_of_it(lead):
    a_subscriber()
    incident = an_open_incident(a_component("Payments"), is_public=False).incident
    answer = preview(lead, incident=incident.public_id, status="mitigating", body="We found it.")
    assert "the public page does not show this, and no subscriber is written to" in answer.text
    fields = dict(answer.context["audience_fields"])
    heard = lead.post("preview:audience", fields, headers={"HX-Request": "true"})
    assert heard.context["total"] == 0
    assert "The incident is hidden from the public." in heard.text
    assert "As text" not in heard.text  # no mail that nobody gets
    screen = lead.get("console:incident", incident.public_id).text
    assert "The page does not change" in screen
    assert "Notices go out" not in screen
    saved = lead.update(incident, body="We found it.", status="mitigating")
    page = lead.client.get(saved.url).text
    assert "no subscriber is written to" in page
    assert "The page shows it now" not in page
    assert not Announcement.objects.exists()


def test_a_public_incident_shows_who_hears_and_the_samples(lead):
    a_subscriber()
    incident = an_open_incident().incident
    answer = preview(lead, incident=incident.public_id, status="mitigating", body="We found it.")
    assert "no subscriber is written to" not in answer.text
    heard = lead.post("preview:audience", dict(answer.context["audience_fields"]))
    assert "As text" in heard.text
