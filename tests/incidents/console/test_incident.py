import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.actions import publishing
from incidents.models import Announcement, Incident, IncidentUpdate, Site
from tests.factories import a_component, an_open_incident
from tests.incidents.console.conftest import a_template, in_minutes

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident():
    return an_open_incident(a_component("Payments")).incident


def close(incident):
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=timezone.now())


def test_the_screen_shows_timeline_links_and_the_form(lead, incident):
    page = lead.get("console:incident", incident.public_id).text
    assert "Some card payments fail." in page
    assert incident.get_absolute_url() in page
    for status in ("investigating", "mitigating", "resolved"):
        assert f'value="{status}"' in page
    assert 'value="monitoring"' not in page


def test_a_state_that_is_not_offered_otherwise_is_offered_while_it_lasts(lead, incident):
    publishing.post_update(incident=incident, status="identified", body="Known.", by=None, at=timezone.now())
    assert 'value="identified"' in lead.get("console:incident", incident.public_id).text


def test_the_whole_life_of_an_incident(lead, incident):
    payments = incident.components.get()
    field = f"component-{payments.public_id}"
    answer = lead.update(incident, status="mitigating", body="We found it.", **{field: "degraded_performance"})
    assert answer["Location"] == reverse("console:incident", args=[incident.public_id])
    payments.refresh_from_db()
    assert payments.status == "degraded_performance"
    lead.update(incident, status="resolved", body="It works again.")
    payments.refresh_from_db()
    incident.refresh_from_db()
    assert (payments.status, incident.status) == ("operational", "resolved")
    assert Announcement.objects.count() == 3
    assert set(incident.updates.values_list("created_by", flat=True)) == {None, lead.user.pk}


def test_the_text_of_the_chosen_step_is_prefilled(lead):
    template = a_template(investigating="Looking.", mitigating="Fixing: {{what_we_are_doing}}")
    incident = an_open_incident(template=template).incident
    form = lead.get("console:incident", incident.public_id, query="?status=mitigating").context["form"]
    assert form["body"].value() == "Fixing: {{what_we_are_doing}}"
    assert form["status"].value() == "mitigating"


def test_another_step_brings_its_text_and_keeps_what_was_typed(lead):
    template = a_template(investigating="Looking: {{what_we_know}}", resolved="Fixed: {{what_we_know}}")
    incident = an_open_incident(template=template).incident
    values = lead.form("console:incident", incident.public_id)
    values |= {"what_we_know": "Typed.", "status": "resolved", "assist": "step"}
    answer = lead.post("console:update", values, incident.public_id)
    form = answer.context["form"]
    assert form["body"].value() == "Fixed: {{what_we_know}}"
    assert form["what_we_know"].value() == "Typed."
    assert Announcement.objects.count() == 1


def test_untouched_words_of_another_step_are_not_published(lead):
    template = a_template(investigating="We are looking.", resolved="It works again.")
    incident = an_open_incident(template=template).incident
    answer = lead.update(incident, status="resolved", body="We are looking.")
    assert "These are the words for Investigating" in answer.text
    assert Announcement.objects.count() == 1


def test_words_whose_approval_was_withdrawn_are_not_offered(lead):
    template = a_template(investigating="Looking.")
    incident = an_open_incident(template=template).incident
    type(template).objects.update(approved_at=None, approved_by="")
    assert lead.get("console:incident", incident.public_id).context["form"]["body"].value() == ""


def test_the_loser_of_two_authors_sees_both_texts_and_may_publish_again(lead, colleague, incident):
    mine = lead.form("console:incident", incident.public_id) | {"body": "My **typed** text."}
    colleague.update(incident, status="mitigating", body="Their *published* text.")
    answer = lead.post("console:update", mine, incident.public_id)
    assert answer.status_code == 409
    assert "Ben published while you wrote" in answer.text
    assert "Their <em>published</em> text." in answer.text
    form = answer.context["form"]
    assert form["body"].value() == "My **typed** text."
    assert incident.updates.count() == 2
    again = mine | {"seen": form["seen"].value()}
    assert lead.post("console:update", again, incident.public_id).status_code == 302
    assert incident.updates.count() == 3


def test_an_update_on_a_resolved_incident_says_so_and_can_be_carried_into_a_new_one(lead, colleague, incident):
    mine = lead.form("console:incident", incident.public_id) | {"body": "One more thing."}
    close(incident)
    answer = lead.post("console:update", mine, incident.public_id)
    assert answer.status_code == 409
    assert "It is closed with that" in answer.text
    late = lead.post("console:update", mine | {"seen": answer.context["form"]["seen"].value()}, incident.public_id)
    assert late.status_code == 422
    assert "is resolved; open a new one" in late.text
    assert "One more thing." in late.text
    carried = lead.post("console:new-incident", mine | {"assist": "carry"}, query="?template=none")
    assert carried.context["form"]["body"].value() == "One more thing."
    assert carried.context["form"].picker.chosen[0].component.name == "Payments"
    assert incident.updates.count() == 2


def test_a_resolved_incident_offers_no_state_and_no_component(lead, incident):
    a_component()
    close(incident)
    page = lead.get("console:incident", incident.public_id).text
    assert 'type="radio" name="status"' not in page
    assert '<select name="component-' not in page
    assert '<a href="?act=reopen#update">open it again</a>' in page
    Site.objects.update(reopen_hours=0)
    assert "open a new incident" in lead.get("console:incident", incident.public_id).text


def test_what_comes_back_is_opened_again_on_its_own_screen(lead, incident):
    close(incident)
    form = lead.get("console:incident", incident.public_id, query="?act=reopen").context["form"]
    assert [value for value, _ in form.fields["status"].choices] == ["investigating", "mitigating"]
    values = lead.form("console:incident", incident.public_id, query="?act=reopen") | {"body": "It is back."}
    lead.post("console:update", values, incident.public_id)
    incident.refresh_from_db()
    assert incident.is_open
    assert Announcement.objects.latest("pk").reopens


def test_a_false_alarm_is_said_by_an_act_of_its_own(lead, incident):
    page = lead.get("console:incident", incident.public_id)
    assert "?act=false-alarm#update" in page.text
    values = lead.form("console:incident", incident.public_id, query="?act=false-alarm")
    assert values["status"] == "resolved"
    lead.post("console:update", values | {"body": "A probe was broken. Payments worked."}, incident.public_id)
    page = lead.get("console:incident", incident.public_id).text
    assert "<strong>False alarm</strong>" in page
    assert "This was a false alarm." in page
    assert "?act=false-alarm" not in page


def test_what_is_internal_is_made_public_by_its_first_public_words(lead):
    hidden = an_open_incident(a_component("Payments"), is_public=False).incident
    values = lead.form("console:incident", hidden.public_id, query="?act=make-public") | {"body": "Payments fail."}
    lead.post("console:update", values, hidden.public_id)
    hidden.refresh_from_db()
    assert hidden.is_public
    assert Announcement.objects.get().body == "Payments fail."


@pytest.mark.parametrize("act", ["nonsense", "reopen", "make-public"])
def test_an_act_that_cannot_be_done_shows_no_form_or_the_ordinary_one(lead, incident, act):
    answer = lead.get("console:incident", incident.public_id, query=f"?act={act}")
    assert answer.status_code == 200
    assert (answer.context["form"] is None) == (act != "nonsense")


def test_the_same_update_sent_twice_is_published_once(lead, incident):
    values = lead.form("console:incident", incident.public_id) | {"body": "Once.", "next_update_at": in_minutes(30)}
    answers = [lead.post("console:update", values, incident.public_id) for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert IncidentUpdate.objects.filter(body="Once.").count() == 1


def test_the_same_key_with_other_words_is_refused_and_the_words_are_kept(lead, incident):
    values = lead.form("console:incident", incident.public_id) | {"body": "Once."}
    lead.post("console:update", values, incident.public_id)
    answer = lead.post("console:update", values | {"body": "Changed."}, incident.public_id)
    assert answer.status_code == 409
    assert "already published" in answer.text
    assert answer.context["form"]["body"].value() == "Changed."
    assert incident.updates.count() == 2


@pytest.mark.parametrize("seen", ["", "000000000000"])
def test_a_form_that_does_not_say_what_was_read_is_refused(lead, incident, seen):
    values = lead.form("console:incident", incident.public_id) | {"body": "B", "seen": seen}
    answer = lead.post("console:update", values, incident.public_id)
    assert answer.status_code == 422
    assert "which update you had read" in answer.text
    assert answer.context["form"]["seen"].value() == incident.updates.get().public_id


def test_a_form_without_a_key_is_refused(lead, incident):
    answer = lead.update(incident, body="B", request_key="")
    assert answer.status_code == 422
    assert incident.updates.count() == 1


def test_a_state_that_cannot_follow_is_refused_beside_it(lead, incident):
    answer = lead.update(incident, body="B", status="completed")
    assert "status" in answer.context["form"].errors


def test_resolving_says_beforehand_what_is_restored_and_what_stays(lead, incident):
    payments, api = incident.components.get(), a_component("API")
    incident.affected.create(component=api, status="major_outage")
    an_open_incident(payments, status="degraded_performance", title="Another trouble")
    page = lead.get("console:incident", incident.public_id, query="?status=resolved").text
    afterwards = page[page.index("Then the components become") :]
    assert "Payments</bdi></strong> Degraded performance, because of Another trouble" in afterwards
    assert "API</bdi></strong> Operational" in afterwards


def test_hostile_names_are_shown_as_text(lead):
    component = a_component("<img src=x onerror=alert(1)>")
    incident = an_open_incident(component, title='"><script>alert(1)</script>', body="<b onclick=x>hi</b>").incident
    page = lead.get("console:incident", incident.public_id).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "onclick=x" not in re.sub("(&|&amp;)lt;b onclick=x", "", page)


def test_a_get_of_the_address_for_updates_goes_to_the_screen(lead, incident):
    assert lead.get("console:update", incident.public_id)["Location"] == reverse(
        "console:incident", args=[incident.public_id]
    )


def words_of(page: str) -> str:
    return page[page.index('<div id="words">') : page.index('<fieldset class="field picker')]


def test_the_swapped_words_are_those_of_a_fresh_page(lead):
    """What htmx takes out of the answer is what the page holds at the same place."""
    template = a_template(investigating="Looking: {{what_we_know}}", resolved="Fixed: {{what_we_are_doing}}")
    incident = an_open_incident(template=template).incident
    values = lead.form("console:incident", incident.public_id) | {"status": "resolved", "assist": "step"}
    swapped = lead.post("console:update", values, incident.public_id, headers={"HX-Request": "true"}).text
    fresh = lead.get("console:incident", incident.public_id, query="?status=resolved").text
    assert words_of(swapped) == words_of(fresh)


def test_next_update_is_kept_and_shown(lead, incident):
    lead.update(incident, body="B", next_update_at=in_minutes(30))
    incident = Incident.objects.get()
    assert timedelta(minutes=28) < incident.next_update_at - timezone.now() < timedelta(minutes=31)
    assert "Next update <span" in lead.get("console:incident", incident.public_id).text
