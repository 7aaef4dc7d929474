from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.actions import recalling
from incidents.models import Announcement, Recall, Site
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def wrong():
    return an_open_incident(body="All payments fail.").announcement


def recalled(announcement):
    recalling.recall(announcement=announcement, reason="Not all of them.", by=None, at=announcement.published_at)
    return announcement


def address(announcement) -> list[str]:
    return [announcement.incident.public_id, announcement.public_id]


def test_each_announcement_of_the_timeline_can_be_recalled(lead, wrong):
    page = lead.get("console:incident", wrong.incident.public_id).text
    assert f"/recall/{wrong.public_id}/" in page


def test_it_shows_the_words_and_how_many_have_them_before_it_recalls(lead, wrong):
    page = lead.get("console:recall", *address(wrong)).text
    assert "All payments fail." in page
    assert f"/admin/support/announcements/{wrong.public_id}/reach/" in page
    assert not Recall.objects.exists()


def test_a_recall_leads_to_the_correction_over_the_recalled_words(lead, wrong):
    answer = lead.post("console:recall", {"reason": "Not all of them."}, *address(wrong), follow=True)
    assert (wrong.recall.by, wrong.recall.reason) == (lead.user, "Not all of them.")
    assert "This is a correction" in answer.text
    assert answer.context["form"].initial["body"] == "All payments fail."


def test_a_recalled_end_says_that_the_page_stays_calm_and_what_to_do(lead, wrong):
    lead.update(wrong.incident, status="resolved", body="It is over.")
    over = Announcement.objects.latest("pk")
    answer = lead.post("console:recall", {"reason": "It is not."}, *address(over), follow=True)
    assert "The page still says “Resolved”" in answer.text
    assert "If it is not over, open it again here." in answer.text
    assert answer.context["form"].initial["corrects"] == over.public_id


def promised(minutes):
    at = timezone.now().replace(second=0, microsecond=0)
    return at + timedelta(minutes=minutes)


def test_a_correction_carries_the_promise_and_the_components_along(lead):
    due, component = promised(60), a_component("Cards")
    wrong = recalled(an_open_incident(component, next_update_at=due).announcement)
    form = lead.form("console:incident", wrong.incident.public_id, query=f"?corrects={wrong.public_id}")
    lead.post("console:update", form | {"body": "Only refunds fail."}, wrong.incident.public_id)
    right = Announcement.objects.latest("pk")
    assert right.corrects == wrong
    for name in ("title", "status", "severity", "impact", "components", "next_update_at"):
        assert getattr(right, name) == getattr(wrong, name), name


def test_a_promise_that_is_past_is_asked_for_again_and_not_dropped(lead):
    wrong = recalled(an_open_incident(next_update_at=promised(-5)).announcement)
    form = lead.form("console:incident", wrong.incident.public_id, query=f"?corrects={wrong.public_id}")
    answer = lead.post("console:update", form | {"body": "Only refunds fail."}, wrong.incident.public_id)
    assert "This is past; choose a later time." in answer.text
    assert Announcement.objects.count() == 1


def test_a_correction_in_a_new_incident_begins_with_all_that_was_said(lead):
    component = a_component("Cards")
    opened = an_open_incident(component, impact="critical")
    lead.update(opened.incident, status="resolved", body="It is over.")
    wrong = recalled(opened.announcement)
    query = f"?template=none&corrects={wrong.public_id}"
    form = lead.form("console:new-incident", query=query)
    lead.post("console:new-incident", form | {"body": "It is not over."}, query=query)
    right = Announcement.objects.latest("pk")
    assert right.corrects == wrong
    for name in ("title", "status", "severity", "impact", "components"):
        assert getattr(right, name) == getattr(wrong, name), name


def test_a_recall_without_a_reason_is_refused_beside_the_field(lead, wrong):
    answer = lead.post("console:recall", {"reason": " "}, *address(wrong))
    assert answer.status_code == 422
    assert "Say in a few words why" in answer.text
    assert not Recall.objects.exists()


def test_what_is_recalled_already_is_not_asked_for_again(lead, wrong):
    answer = lead.post("console:recall", {"reason": "Again."}, *address(recalled(wrong)), follow=True)
    assert "recalled already" in answer.text
    assert wrong.recall.reason == "Not all of them."


def test_a_correction_is_published_as_one(lead, wrong):
    query = f"?corrects={recalled(wrong).public_id}"
    form = lead.form("console:incident", wrong.incident.public_id, query=query)
    lead.post("console:update", form | {"body": "Only refunds fail."}, wrong.incident.public_id)
    right = Announcement.objects.latest("pk")
    assert (right.corrects, right.body) == (wrong, "Only refunds fail.")


def test_an_ordinary_update_corrects_nothing(lead, wrong):
    recalled(wrong)
    lead.update(wrong.incident, body="We go on.")
    assert Announcement.objects.latest("pk").corrects is None


def test_the_timeline_says_what_was_recalled_and_offers_the_correction_once(lead, wrong):
    recalled(wrong)
    page = lead.get("console:incident", wrong.incident.public_id).text
    assert "Not all of them." in page
    assert "Publish a correction" in page
    query = f"?corrects={wrong.public_id}"
    form = lead.form("console:incident", wrong.incident.public_id, query=query)
    lead.post("console:update", form | {"body": "Only refunds fail."}, wrong.incident.public_id)
    assert "Publish a correction" not in lead.get("console:incident", wrong.incident.public_id).text


def test_a_form_that_corrects_what_is_not_recalled_is_refused_and_keeps_what_was_typed(lead, wrong):
    form = lead.form("console:incident", wrong.incident.public_id) | {"body": "Typed.", "corrects": wrong.public_id}
    answer = lead.post("console:update", form, wrong.incident.public_id)
    assert answer.status_code == 422
    assert "Recall it first" in answer.text
    assert "Typed." in answer.text


@pytest.mark.parametrize("query", ["?corrects=000000000000", "?corrects=%00", "?corrects=" + "x" * 500])
def test_an_address_that_names_nothing_recalled_shows_the_ordinary_form(lead, wrong, query):
    answer = lead.get("console:incident", wrong.incident.public_id, query=query)
    assert answer.status_code == 200
    assert "This is a correction" not in answer.text


def test_an_end_that_was_wrong_is_corrected_by_opening_the_incident_again(lead, wrong):
    lead.update(wrong.incident, status="resolved", body="All is well.")
    last = recalled(Announcement.objects.latest("pk"))
    assert reverse("console:recall", args=address(last)) in lead.get("console:incident", address(last)[0]).text
    there = lead.get("console:recall", *address(last))["Location"]
    assert there == reverse("console:incident", args=[last.incident.public_id]) + (
        f"?corrects={last.public_id}&act=reopen#update"
    )
    form = lead.form("console:incident", last.incident.public_id, query="?" + there.partition("?")[2])
    lead.post("console:update", form | {"body": "It still fails."}, last.incident.public_id)
    right = Announcement.objects.latest("pk")
    assert (right.corrects, right.reopens, right.incident) == (last, True, last.incident)


def test_what_closed_an_incident_long_ago_is_corrected_by_a_new_one(lead, wrong):
    lead.update(wrong.incident, status="resolved", body="All is well.")
    last = recalled(Announcement.objects.latest("pk"))
    Site.objects.update(reopen_hours=0)
    query = f"?template=none&corrects={last.public_id}"
    there = lead.get("console:recall", *address(last))["Location"]
    assert there == reverse("console:new-incident") + f"?corrects={last.public_id}&template=none"
    form = lead.form("console:new-incident", query=query)
    assert form["body"] == "All is well."
    lead.post("console:new-incident", form | {"body": "It is back."}, query=query)
    assert Announcement.objects.latest("pk").corrects == last


def test_an_announcement_of_another_incident_is_not_found(lead, wrong):
    other = an_open_incident().incident
    assert lead.get("console:recall", other.public_id, wrong.public_id).status_code == 404


def test_support_cannot_recall(support, wrong):
    assert support.get("console:recall", *address(wrong)).status_code == 403
    assert support.post("console:recall", {"reason": "x"}, *address(wrong)).status_code == 403
    assert "/recall/" not in support.get("console:incident", wrong.incident.public_id).text


def corrected(lead, wrong, **changes):
    """The announcement of a correction, published in the incident of `wrong`."""
    form = lead.form("console:incident", wrong.incident.public_id, query=f"?corrects={wrong.public_id}")
    lead.post("console:update", form | {"body": "Only refunds fail."} | changes, wrong.incident.public_id)
    return Announcement.objects.latest("pk")


def test_the_timeline_leads_from_a_correction_to_what_it_corrects_and_back(lead, wrong):
    right = corrected(lead, recalled(wrong))
    page = lead.get("console:incident", wrong.incident.public_id).text
    for one in (wrong, right):
        assert (
            f'<a href="#update-{one.update.public_id}"><time datetime="{one.published_at:%Y-%m-%dT%H:%M:%SZ}"' in page
        )


def test_a_correction_in_another_incident_is_linked_with_its_title(lead, wrong):
    lead.update(wrong.incident, status="resolved", body="All is well.")
    last = recalled(Announcement.objects.latest("pk"))
    query = f"?template=none&corrects={last.public_id}"
    form = lead.form("console:new-incident", query=query)
    lead.post("console:new-incident", form | {"title": "It is back", "body": "It is back."}, query=query)
    right = Announcement.objects.latest("pk")
    for here, there in ((last, right), (right, last)):
        page = lead.get("console:incident", here.incident.public_id).text
        assert f'{there.incident.public_id}/#update-{there.update.public_id}"' in page
        assert f"in “<bdi>{there.title}</bdi>”" in page


def test_a_recalled_promise_is_said_not_to_count(lead):
    wrong = recalled(an_open_incident(next_update_at=promised(60)).announcement)
    assert "recalled, so it does not count" in lead.get("console:incident", wrong.incident.public_id).text


def test_the_timeline_asks_as_many_queries_for_ten_corrections_as_for_two(lead, wrong, django_assert_max_num_queries):
    right = corrected(lead, recalled(wrong))
    right = corrected(lead, recalled(right))
    with django_assert_max_num_queries(100) as asked:
        lead.get("console:incident", wrong.incident.public_id)
    few = len(asked)  # before the next request empties the log
    for number in range(8):
        right = corrected(lead, recalled(right), body=f"{number}.")
    with django_assert_max_num_queries(few):
        lead.get("console:incident", wrong.incident.public_id)


def test_the_preview_of_a_correction_shows_the_mark_as_page_mail_and_sms_will(lead, wrong):
    query = f"?corrects={recalled(wrong).public_id}"
    answer = lead.get("console:incident", wrong.incident.public_id, query=query)
    assert "Correction of <time" in answer.context["document"]
    fields = dict(answer.context["audience_fields"])
    shown = lead.post("preview:audience", fields, headers={"HX-Request": "true"}).context["samples"]
    messages = {one.channel.value: one.message for one in shown}
    assert messages["email"].subject.startswith("Correction: ")
    assert "this replaces our message of" in messages["email"].text
    assert "Correction of " in messages["sms"].text
    ordinary = lead.get("console:incident", wrong.incident.public_id)
    assert "Correction of" not in ordinary.context["document"]
