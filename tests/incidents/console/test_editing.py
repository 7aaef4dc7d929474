"""The screen on which the words of an update are put right."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.actions import editing, publishing, recalling
from incidents.models import Announcement, IncidentUpdate, Site
from tests.factories import an_open_incident

pytestmark = pytest.mark.django_db
WRONG, RIGHT = "Card paments fail.", "Card payments fail."


@pytest.fixture
def update():
    return an_open_incident(body=WRONG)


def address(update) -> list[str]:
    return [update.incident.public_id, update.public_id]


def edit(who, update, **changes):
    return who.compose("console:edit-update", *address(update), **changes)


def words(update) -> str:
    return IncidentUpdate.objects.get(pk=update.pk).body


def test_the_timeline_leads_to_it_and_shows_the_former_words_afterwards(lead, update):
    page = lead.get("console:incident", *address(update)[:1]).text
    assert reverse("console:edit-update", args=address(update)) in page
    answer = edit(lead, update, body=RIGHT)
    assert answer.status_code == 302
    assert words(update) == RIGHT
    page = lead.get("console:incident", *address(update)[:1]).text
    assert "by Ana; the former words" in page
    assert WRONG in page
    assert Announcement.objects.count() == 1


def test_it_says_how_many_messages_still_go_out_with_the_former_words(lead, update):
    page = lead.get("console:edit-update", *address(update)).text
    reach = reverse("deliveries:reach", args=[update.announcement.public_id]) + "?edit"
    assert reach in page
    assert "still to go out and say the former words" in " ".join(lead.client.get(reach).text.split())


@pytest.mark.parametrize(
    ("shows", "said"), [(False, "the public does not see them"), (True, "stay readable on the page")]
)
def test_it_says_who_will_read_the_former_words(lead, update, shows, said):
    Site.load()
    Site.objects.update(shows_former_words=shows)
    assert said in lead.get("console:edit-update", *address(update)).text


def test_whoever_is_second_sees_both_side_by_side_and_loses_nothing(lead, colleague, update):
    mine = lead.form("console:edit-update", *address(update))
    edit(colleague, update, body="Card payments fail for Visa.")
    answer = lead.post("console:edit-update", mine | {"body": RIGHT}, *address(update))
    assert answer.status_code == 409
    assert words(update) == "Card payments fail for Visa."
    sides = answer.text.partition('class="conflict__sides"')[2].partition("</form>")[0]
    assert "Ben edited this while you wrote." in " ".join(answer.text.split())
    assert sides.index("Card payments fail for Visa.") < sides.index(RIGHT)
    assert answer.context["form"]["body"].value() == RIGHT
    both = {"body": "Card payments fail for Visa and others."}
    again = mine | {name: answer.context["form"][name].value() for name in ("seen", "request_key")} | both
    assert lead.post("console:edit-update", again, *address(update)).status_code == 302
    assert words(update) == both["body"]


def test_a_double_click_edits_once_and_says_done_twice(lead, update):
    form = lead.form("console:edit-update", *address(update)) | {"body": RIGHT}
    assert [lead.post("console:edit-update", form, *address(update)).status_code for _ in range(2)] == [302, 302]
    assert update.revisions.count() == 1


def test_a_form_that_was_sent_before_with_other_words_says_so_and_can_go_out_again(lead, update):
    form = lead.form("console:edit-update", *address(update))
    lead.post("console:edit-update", form | {"body": RIGHT}, *address(update))
    answer = lead.post("console:edit-update", form | {"body": "Other words.", "seen": "1"}, *address(update))
    assert answer.status_code == 409
    assert "already sent, with other words" in answer.text
    assert words(update) == RIGHT


@pytest.mark.parametrize(("body", "said"), [(WRONG, editing.UNCHANGED), ("", "Write what customers should know.")])
def test_a_refused_edit_says_why_beside_the_words(lead, update, body, said):
    answer = edit(lead, update, body=body)
    assert answer.status_code == 422
    assert answer.context["form"].errors["body"] == [said]
    assert answer.context["form"]["body"].value() == body


def test_withdrawn_words_are_refused_with_what_was_typed_and_the_way_on(lead, update):
    form = lead.form("console:edit-update", *address(update))
    recalling.recall(announcement=update.announcement, reason="Wrong.", by=None, at=update.display_at)
    answer = lead.post("console:edit-update", form | {"body": RIGHT}, *address(update))
    assert answer.status_code == 422
    assert "What you typed is below." in answer.text
    assert RIGHT in answer.text
    assert "Edit the words" not in lead.get("console:incident", *address(update)[:1]).text


def test_another_time_than_the_promised_one_is_asked_about_once(lead):
    now = timezone.now()
    update = an_open_incident(at=now, next_update_at=now + timedelta(hours=1))
    body = "We write again within 5 hours."
    answer = edit(lead, update, body=body)
    assert answer.status_code == 422
    assert "an edit changes no time" in " ".join(answer.text.split())
    form = answer.context["form"]
    again = {name: form[name].value() for name in ("body", "seen", "request_key")} | {"doubts_read": form.doubts_key}
    assert lead.post("console:edit-update", again, *address(update)).status_code == 302
    assert words(update) == body


def test_a_preview_shows_the_words_and_writes_nothing(lead, update):
    answer = edit(lead, update, body="**Card** payments fail.", preview="1")
    assert answer.status_code == 200
    assert "<strong>Card</strong> payments fail." in answer.text
    assert words(update) == WRONG


def test_an_update_of_another_incident_is_not_found(lead, update):
    other = publishing.post_update(
        incident=an_open_incident().incident, status="mitigating", body="Words.", by=None, at=update.display_at
    )
    assert lead.get("console:edit-update", update.incident.public_id, other.public_id).status_code == 404
