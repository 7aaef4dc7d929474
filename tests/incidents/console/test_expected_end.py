"""An end that is named: a blank of the words, questioned once, and nothing else."""

import pytest
from django.utils import timezone

from incidents.models import Incident
from tests.factories import an_open_incident
from tests.incidents.console.conftest import a_template, in_minutes

pytestmark = pytest.mark.django_db
BODY = "Refunds fail. Expected to be fixed by {{expected_fixed_by}}."
ASKED = "You name an end. If it is missed, it is what customers remember."


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(timezone.now().replace(hour=12, minute=0, second=0, microsecond=0), tick=False)


@pytest.fixture
def query():
    return f"?template={a_template(investigating=BODY).pk}"


def opened(lead, query, **changes):
    return lead.compose("console:new-incident", query=query, **changes)


def test_an_end_is_questioned_once_and_then_stands_in_the_words_alone(lead, query):
    answer = opened(lead, query, expected_fixed_by=in_minutes(180))
    form = answer.context["form"]
    assert answer.status_code == 422
    assert [doubt.text for doubt in form.doubts] == [ASKED]
    assert "Take the end out, or publish again to keep it." in answer.text
    assert not Incident.objects.exists()
    values = form.data.dict() | {"doubts_read": form.doubts_key}
    assert lead.post("console:new-incident", values, query=query).status_code == 302
    incident = Incident.objects.get()
    assert incident.updates.get().body == "Refunds fail. Expected to be fixed by 15:00 UTC."
    assert (incident.next_update_at, incident.resolved_at) == (None, None)


def test_a_text_that_asks_for_an_end_is_not_published_without_one(lead, query):
    answer = opened(lead, query)
    assert answer.context["form"].errors == {
        "expected_fixed_by": ["Fill this in, or take {{expected_fixed_by}} out of the text."]
    }


def test_a_text_that_does_not_ask_needs_none_and_hides_the_field(lead):
    page = lead.get("console:new-incident", query="?template=none")
    assert not page.context["form"].is_end_asked
    assert opened(lead, "?template=none", title="T", body="B").status_code == 302


@pytest.mark.parametrize(("typed", "said"), [("soon", "Write a date and a time"), ("2020-01-01T10:00", "This is past")])
def test_what_is_no_time_to_come_is_refused_beside_the_field(lead, query, typed, said):
    (message,) = opened(lead, query, expected_fixed_by=typed).context["form"].errors["expected_fixed_by"]
    assert message.startswith(said)


def test_an_update_may_name_one_too(lead):
    incident = an_open_incident().incident
    answer = lead.update(incident, body=BODY, expected_fixed_by=in_minutes(60))
    assert [doubt.text for doubt in answer.context["form"].doubts] == [ASKED]
    values = answer.context["form"].data.dict() | {"doubts_read": answer.context["form"].doubts_key}
    assert lead.post("console:update", values, incident.public_id).status_code == 302
    assert "fixed by 13:00 UTC" in incident.updates.latest("pk").body


def test_it_is_no_promise_of_the_next_update(lead, query):
    answer = opened(lead, query, expected_fixed_by=in_minutes(180), next_update_at=in_minutes(30))
    assert [doubt.text for doubt in answer.context["form"].doubts] == [ASKED]


def test_the_live_preview_says_it_beside_the_field(lead):
    values = {"title": "T", "body": BODY, "status": "investigating", "expected_fixed_by": in_minutes(60)}
    text = lead.post("console:page-preview", values, headers={"HX-Request": "true"}).text
    assert 'id="doubts-expected_fixed_by" hx-swap-oob="innerHTML"' in text
    assert text.count(ASKED) == 2
