"""On the form: when it happened, whether it is sent, and a word after the end."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.models import Announcement, Incident, IncidentUpdate
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.incidents.console.conftest import in_minutes

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident() -> Incident:
    return an_open_incident(a_component("Cards"), at=timezone.now() - timedelta(hours=2)).incident


@pytest.fixture
def over(lead, incident) -> Incident:
    lead.update(incident, status="resolved", body="It is over.")
    return Incident.objects.get()


def newest_written() -> IncidentUpdate:
    return IncidentUpdate.objects.latest("pk")


def preview(lead, form) -> str:
    return " ".join(lead.post("console:page-preview", form).text.split())


def audience(lead, page) -> str:
    """What the compose screen's count of recipients says, asked as the page asks it."""
    fields = dict(page.context["audience_fields"])
    answer = lead.client.post(reverse("preview:audience"), fields, headers={"HX-Request": "true"})
    return " ".join(answer.text.split())


def test_an_update_is_sent_unless_the_tick_is_taken_away(lead, incident):
    form = lead.form("console:incident", incident.public_id)
    assert form["tells"] == "yes"
    lead.update(incident, body="Told.")
    assert Announcement.objects.filter(update=newest_written()).exists()
    unticked = {
        name: value for name, value in lead.form("console:incident", incident.public_id).items() if name != "tells"
    }
    answer = lead.post("console:update", unticked | {"body": "Quietly said."}, incident.public_id, follow=True)
    assert newest_written().body == "Quietly said."
    assert not Announcement.objects.filter(update=newest_written()).exists()
    assert "Nobody is written to." in answer.text


def test_without_the_tick_the_count_is_nobody_and_the_note_says_so(lead, incident):
    a_subscriber()
    form = lead.form("console:incident", incident.public_id) | {"body": "Words."}
    page = lead.post("console:page-preview", form)
    assert 'data-audience="1"' in audience(lead, page)
    del form["tells"]
    counted = audience(lead, lead.post("console:page-preview", form))
    assert 'data-audience="0"' in counted
    assert "You chose not to send it" in counted
    assert "sample" not in counted


def test_a_refused_form_keeps_the_tick_and_the_time_as_they_were(lead, incident):
    form = lead.form("console:incident", incident.public_id) | {"body": "", "display_at": in_minutes(-30)}
    del form["tells"]
    answer = lead.post("console:update", form, incident.public_id)
    assert answer.status_code == 422
    assert not answer.context["form"].tells
    assert 'name="tells" value="yes">' in answer.text
    assert f'value="{form["display_at"]}"' in answer.text
    assert '<details class="fold more" open>' in answer.text


def test_an_update_about_an_earlier_time_stands_there(lead, incident):
    lead.update(incident, status="mitigating", body="We know more.")
    lead.update(incident, status="investigating", body="Visa was first.", display_at=in_minutes(-30))
    bodies = [update.body for update in incident.updates.newest_first()]
    assert bodies[:2] == ["We know more.", "Visa was first."]
    assert Incident.objects.get().status == "mitigating"


def test_the_preview_says_that_an_older_word_moves_nothing_and_shows_it_in_its_place(lead, incident):
    lead.update(incident, status="mitigating", body="We know more.")
    older = {"body": "Visa was first.", "status": "investigating", "display_at": in_minutes(-30)}
    form = lead.form("console:incident", incident.public_id) | older
    shown = preview(lead, form)
    assert "Something newer was said" in shown
    assert shown.index("We know more.") < shown.index("Visa was first.")
    assert "Something newer was said" not in preview(lead, form | {"display_at": ""})
    assert "At " in audience(lead, lead.post("console:page-preview", form))


@pytest.mark.parametrize(("minutes", "said"), [(30, "in the future"), (-600, "before it began")])
def test_a_time_that_cannot_be_is_refused_beside_the_field(lead, incident, minutes, said):
    answer = lead.update(incident, body="Words.", display_at=in_minutes(minutes))
    assert answer.status_code == 422
    assert said in answer.context["form"].errors["display_at"][0]
    assert IncidentUpdate.objects.count() == 1


def test_what_is_over_offers_a_word_after_its_end_folded(lead, support, over):
    page = lead.get("console:incident", over.public_id).text
    assert '<details class="panel panel--update fold" id="update">' in page
    assert "A word after the end" in page
    assert "open it again" in page
    assert "A word after the end" not in support.get("console:incident", over.public_id).text


def test_a_word_after_the_end_is_published_and_moves_nothing(lead, over, client):
    lead.update(over, body="The report is here.")
    said = newest_written()
    assert (said.body, said.is_late, said.status) == ("The report is here.", True, "resolved")
    assert Incident.objects.get().resolved_at == over.resolved_at
    assert said.announcement.is_late
    page = client.get(over.get_absolute_url()).text
    assert "<strong>Follow-up</strong>" in page
    assert "The report is here." in page


def test_a_word_after_the_end_can_stay_unsent(lead, over):
    form = lead.form("console:incident", over.public_id) | {"body": "The report is here."}
    del form["tells"]
    lead.post("console:update", form, over.public_id)
    assert newest_written().is_late
    assert not Announcement.objects.filter(update=newest_written()).exists()


def test_its_preview_names_no_component_that_would_change(lead, over):
    form = lead.form("console:incident", over.public_id) | {"body": "The report is here."}
    shown = preview(lead, form)
    assert "The report is here." in shown
    assert "Follow-up" in shown
    assert "components become" not in shown
    assert "No component changes" not in shown


def test_two_words_after_the_end_at_once_are_a_conflict_and_nothing_is_lost(lead, colleague, over):
    mine = lead.form("console:incident", over.public_id) | {"body": "The report is here."}
    colleague.update(over, body="We pay back the fees.")
    answer = lead.post("console:update", mine, over.public_id)
    assert answer.status_code == 409
    assert "We pay back the fees." in answer.text
    assert answer.context["form"]["body"].value() == "The report is here."
    assert "then publish again" in answer.text
    again = mine | {"seen": answer.context["form"]["seen"].value()}
    assert lead.post("console:update", again, over.public_id).status_code == 302


def test_a_word_after_the_end_that_is_dated_before_it_is_refused_beside_the_field(lead, over):
    answer = lead.update(over, body="Words.", display_at=in_minutes(-60))
    assert answer.status_code == 422
    assert "It was over at" in answer.context["form"].errors["display_at"][0]
    assert '<details class="panel panel--update fold" id="update" open>' in answer.text


def test_a_double_click_says_it_once(lead, over):
    form = lead.form("console:incident", over.public_id) | {"body": "The report is here."}
    assert [lead.post("console:update", form, over.public_id).status_code for _ in range(2)] == [302, 302]
    assert IncidentUpdate.objects.filter(is_late=True).count() == 1


def test_a_recalled_word_after_the_end_is_corrected_by_another_one(lead, over):
    lead.update(over, body="The report is here: wrong address.")
    wrong = newest_written().announcement
    answer = lead.post("console:recall", {"reason": "Wrong."}, over.public_id, wrong.public_id, follow=True)
    assert answer.context["form"].correcting == wrong
    assert '<details class="panel panel--update fold" id="update" open>' in answer.text
    assert "If it is not over" not in answer.text
    form = lead.form("console:incident", over.public_id, query=f"?corrects={wrong.public_id}")
    assert form["body"] == "The report is here: wrong address."
    lead.post("console:update", form | {"body": "The report is here."}, over.public_id)
    right = newest_written()
    assert (right.is_late, right.announcement.corrects) == (True, wrong)
    assert Incident.objects.get().resolved_at == over.resolved_at
