"""What is asked once of whoever opens an incident, and what is proposed meanwhile."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.actions import publishing, scheduling
from incidents.models import Announcement, Component, Incident, IncidentUpdate
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.incidents.console.conftest import a_template, in_minutes

pytestmark = pytest.mark.django_db
WITHOUT = "?template=none"
SAID = {"title": "Refunds fail", "body": "Refunds fail since 10:00."}


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(timezone.now().replace(hour=12, minute=0, second=0, microsecond=0), tick=False)


@pytest.fixture
def cards():
    return a_component("Card processing")


@pytest.fixture
def incident(cards):
    return an_open_incident(cards, at=timezone.now() - timedelta(minutes=55)).incident


def on(component, state="major_outage") -> dict[str, str]:
    return {f"component-{component.public_id}": state}


def open_with(lead, **changes):
    return lead.compose("console:new-incident", query=WITHOUT, **SAID | changes)


def again(lead, answer, **changes):
    form = answer.context["form"]
    assert f'name="doubts_read" value="{form.doubts_key}"' in answer.text
    return lead.post(
        "console:new-incident", form.data.dict() | {"doubts_read": form.doubts_key} | changes, query=WITHOUT
    )


def live(lead, **values) -> str:
    at = reverse("console:new-incident") + WITHOUT
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{at}"}
    return lead.post("console:page-preview", {"title": "", "body": ""} | values, headers=headers).text


def doubts(answer) -> list[str]:
    return [doubt.text for doubt in answer.context["form"].doubts]


OPEN_ONE = "Card processing has an open incident: “Card payments fail”, Investigating, since 11:05 UTC."


class TestOnAComponentThatHasOne:
    def test_the_open_incident_is_shown_once_and_then_left_to_the_lead(self, lead, cards, incident):
        answer = open_with(lead, **on(cards))
        assert answer.status_code == 422
        assert doubts(answer) == [OPEN_ONE]
        assert "Update that one instead, or publish again to open another." in answer.text
        assert SAID["body"] in answer.text
        assert Announcement.objects.count() == 1
        assert again(lead, answer).status_code == 302
        assert Incident.objects.count() == 2

    def test_it_is_shown_as_soon_as_the_component_is_chosen(self, lead, cards, incident):
        text = live(lead, **on(cards))
        assert OPEN_ONE in text
        assert 'id="doubts-components" hx-swap-oob="innerHTML"' in text
        assert reverse("console:update", args=[incident.public_id]) in text
        assert OPEN_ONE not in live(lead)

    def test_a_template_shows_it_before_anything_is_typed(self, lead, cards, incident):
        template = a_template(components={cards: "partial_outage"})
        assert OPEN_ONE in lead.get("console:new-incident", query=f"?template={template.pk}").text

    def test_updating_that_one_instead_takes_the_typed_words_along(self, lead, cards, incident):
        answer = open_with(lead, next_update_at=in_minutes(30), **on(cards))
        values = answer.context["form"].data.dict() | {"assist": "carry"}
        carried = lead.post("console:update", values, incident.public_id)
        form = carried.context["form"]
        assert carried.status_code == 200
        assert form["body"].value() == SAID["body"]
        assert form.typed("next_update_at") == timezone.now() + timedelta(minutes=30)
        assert form.picker.states_chosen() == {cards: "major_outage"}
        assert Announcement.objects.count() == 1
        published = lead.update(incident, **{name: form[name].value() for name in ("body", "status", "seen")})
        assert published.status_code == 302
        assert incident.updates.count() == 2

    def test_the_carried_form_has_read_the_timeline_that_stands_below_it(self, lead, cards, incident):
        values = {**SAID, **on(cards), "status": "investigating", "request_key": "k", "assist": "carry"}
        form = lead.post("console:update", values, incident.public_id).context["form"]
        assert form["seen"].value() == incident.updates.get().public_id

    def test_hidden_ones_count_for_staff(self, lead, cards):
        an_open_incident(cards, title="CI is down", is_public=False)
        (said,) = doubts(open_with(lead, **on(cards)))
        assert said.startswith("Card processing has an open incident: “CI is down” (hidden from the public), ")

    @pytest.fixture
    def work(self, cards):
        """Planned yesterday, from 11:00 to 14:00 today; not begun."""
        begins = timezone.now() - timedelta(hours=1)
        window = {"scheduled_for": begins, "scheduled_until": begins + timedelta(hours=3)}
        return scheduling.schedule_maintenance(
            title="Move", body="We move.", components=[cards], by=None, at=begins - timedelta(days=1), **window
        ).incident

    def test_planned_work_is_no_reason_to_ask(self, lead, cards, work):
        assert open_with(lead, **on(cards)).status_code == 302

    def test_work_under_way_is_named(self, lead, cards, work):
        publishing.post_update(incident=work, status="in_progress", body="We begin.", by=None, at=timezone.now())
        answer = open_with(lead, **on(cards))
        day = f"{timezone.now().day} {timezone.now():%b %Y}"
        said = f"Card processing is under maintenance by “Move”, In progress, {day}, 11:00 to 14:00 UTC."
        assert doubts(answer) == [said]
        values = answer.context["form"].data.dict() | {"assist": "carry"}
        carried = lead.post("console:update", values, work.public_id).context["form"]
        assert carried["status"].value() == "verifying"  # no step of an incident
        assert carried["body"].value() == SAID["body"]

    def test_one_incident_on_several_components_is_named_once(self, lead, cards):
        others = [a_component(name) for name in ("A", "B", "C", "D")]
        an_open_incident(cards, *others)
        chosen = {name: value for one in (cards, *others) for name, value in on(one).items()}
        (said,) = doubts(open_with(lead, **chosen))
        assert said.startswith("Card processing, A, B and 2 more have an open incident: ")

    def test_what_is_over_or_elsewhere_is_none(self, lead, cards, incident):
        publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=timezone.now())
        an_open_incident(a_component("Bank"))
        assert open_with(lead, **on(cards)).status_code == 302

    def test_a_double_click_leads_twice_to_what_it_published(self, lead, cards):
        values = lead.form("console:new-incident", query=WITHOUT) | SAID | on(cards)
        first, second = (lead.post("console:new-incident", values, query=WITHOUT) for _ in range(2))
        assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
        assert Announcement.objects.count() == 1

    def test_one_that_was_opened_meanwhile_is_shown(self, lead, cards):
        values = lead.form("console:new-incident", query=WITHOUT) | SAID | on(cards)
        an_open_incident(cards)
        assert lead.post("console:new-incident", values, query=WITHOUT).status_code == 422

    def test_a_component_that_went_away_meanwhile_is_said_and_nothing_is_lost(self, lead, cards):
        values = lead.form("console:new-incident", query=WITHOUT) | SAID | on(cards)
        Component.objects.all().delete()
        answer = lead.post("console:new-incident", values, query=WITHOUT)
        assert "does not exist any more" in answer.text
        assert SAID["body"] in answer.text

    def test_a_hostile_title_is_shown_as_it_is_written(self, lead, cards):
        an_open_incident(cards, title="<script>alert(1)</script> {{ x }}")
        text = open_with(lead, **on(cards)).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ x }}" in text


class TestWithoutAComponent:
    @pytest.fixture(autouse=True)
    def readers(self, cards):
        a_subscriber()
        a_subscriber()
        a_subscriber(everything=False)

    def test_it_asks_once_and_says_who_hears_it(self, lead):
        answer = open_with(lead)
        assert answer.status_code == 422
        (said,) = doubts(answer)
        assert said.startswith("No component is named: the page will say “An incident is open”, and nobody who chose")
        assert "2 people hear it; 1 person who chose components does not." in answer.text
        assert "Choose what is affected, or publish again to leave it so." in answer.text
        a_subscriber()  # another number is no other question
        assert again(lead, answer).status_code == 302

    def test_who_has_only_begun_to_write_is_not_asked(self, lead):
        assert "No component is named" not in lead.get("console:new-incident", query=WITHOUT).text
        assert "No component is named" not in live(lead, **SAID)

    def test_once_asked_it_stands_until_one_is_chosen(self, lead, cards):
        read = {"doubts_read": open_with(lead).context["form"].doubts_key}
        assert "No component is named" in live(lead, **SAID | read)
        assert "No component is named" not in live(lead, **SAID | read | on(cards))

    def test_one_that_the_public_does_not_see_is_as_good_as_none(self, lead):
        (said,) = doubts(open_with(lead, **on(a_component("Inside", is_public=False))))
        assert said.startswith("Only private components are named: the page will say ")

    def test_a_page_without_components_is_not_asked(self, lead):
        Component.objects.all().delete()
        assert open_with(lead).status_code == 302


class TestSimilarOnes:
    @pytest.fixture
    def past(self, cards):
        at = timezone.now() - timedelta(days=30)
        update = an_open_incident(cards, title="Refunds failed", body="Some *refunds* fail.", at=at)
        ended = at + timedelta(hours=1, minutes=52)
        publishing.post_update(incident=update.incident, status="resolved", body="It is over.", by=None, at=ended)
        return update

    def test_they_are_shown_while_writing_with_what_was_said_and_how_long_it_took(self, lead, past):
        text = live(lead, title="Refunds fail")
        assert 'id="similar" hx-swap-oob="outerHTML"' in text
        assert "lasted 1 h 52 min" in text
        assert text.index("Some <em>refunds</em> fail.") < text.index("It is over.")
        assert reverse("console:incident", args=[past.incident.public_id]) in text

    def test_what_is_shown_already_is_not_sent_again(self, lead, past):
        text = live(lead, title="Refunds fail")
        shown = text.partition('name="similar_shown" value="')[2].partition('"')[0]
        assert shown
        assert 'id="similar"' not in live(lead, title="Refunds fail", similar_shown=shown)
        assert 'id="similar"' in live(lead, title="Something else", similar_shown=shown)

    def test_the_words_of_the_chosen_state_are_taken_where_none_are_written(self, lead, past):
        values = lead.form("console:new-incident", query=WITHOUT) | {"title": "Refunds fail", "body": " "}
        assist = {"assist": f"said-{past.public_id}"}
        page = lead.post("console:new-incident", values | {"status": "investigating"}, query=WITHOUT)
        assert f'value="said-{past.public_id}"' in page.text
        taken = lead.post("console:new-incident", values | assist, query=WITHOUT).context["form"]
        assert (taken["body"].value(), taken["title"].value()) == ("Some *refunds* fail.", "Refunds fail")
        kept = lead.post("console:new-incident", values | {"body": "Mine."} | assist, query=WITHOUT).context["form"]
        assert kept["body"].value() == "Mine."
        assert not IncidentUpdate.objects.exclude(incident=past.incident).exists()

    @pytest.mark.parametrize("asked", ["said-", "said-\0", "said-nothing", "said-" + "x" * 10_000])
    def test_words_that_there_are_not_change_nothing(self, lead, asked):
        values = lead.form("console:new-incident", query=WITHOUT) | {"title": "T", "assist": asked}
        form = lead.post("console:new-incident", values, query=WITHOUT).context["form"]
        assert (form["title"].value(), form["body"].value() or "") == ("T", "")

    def test_an_update_of_an_incident_and_a_maintenance_propose_none(self, lead, past, incident):
        assert 'id="similar"' not in lead.get("console:incident", incident.public_id).text
        assert 'id="similar"' not in lead.get("console:new-maintenance").text
        window = {"scheduled_for": in_minutes(60), "scheduled_until": in_minutes(90)}
        assert 'id="similar"' not in live(lead, title="Refunds fail", **window)
