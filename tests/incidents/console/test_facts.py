"""The screen on which what is so of an incident is put right."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertRedirects

from incidents.actions import publishing, scheduling
from incidents.models import Announcement, AuditEvent, Incident, StatusChange
from subscribers.delivery.audience import recipients_of
from subscribers.models import Fanout, Subscription
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.journeys.browsing import Form

pytestmark = pytest.mark.django_db


@pytest.fixture
def payments():
    return a_component("Payments", start_date=(timezone.now() - timedelta(days=30)).date())


@pytest.fixture
def incident(payments):
    found = an_open_incident(payments, at=timezone.now() - timedelta(hours=3)).incident
    at = timezone.now() - timedelta(hours=1)
    publishing.post_update(incident=found, status="resolved", body="Over.", by=None, at=at)
    return Incident.objects.get()


def ago(**span) -> str:
    return (timezone.now() - timedelta(**span)).strftime("%Y-%m-%dT%H:%M")


def typed(person, incident, **changes) -> dict:
    values = Form(person.get("console:facts", incident.public_id).text, {"seen", "title"}).values
    return values | changes


def save(person, incident, **changes):
    return person.post("console:facts", typed(person, incident, **changes), incident.public_id)


def test_what_is_so_stands_in_the_form_and_saving_it_as_it_is_changes_nothing(lead, incident):
    before = list(StatusChange.objects.values_list("at", "status"))
    values = typed(lead, incident)
    assert values["title"] == "Card payments fail"
    assert values["spell-0-status"] == "partial_outage"
    assertRedirects(save(lead, incident), reverse("console:incident", args=[incident.public_id]))
    assert not AuditEvent.objects.filter(action="changed incident").exists()
    assert list(StatusChange.objects.values_list("at", "status")) == before  # to the second


def test_what_would_change_is_said_before_it_is_saved(lead, incident):
    values = typed(lead, incident, title="All payments failed", started_at=ago(hours=5), preview="1")
    answer = lead.post("console:facts", values, incident.public_id)
    assertContains(answer, "<del>Card payments fail</del> <ins>All payments failed</ins>")
    assertContains(answer, "Uptime of 90 days")
    assertContains(answer, "Nobody is written to")
    incident.refresh_from_db()
    assert incident.title == "Card payments fail"
    fragment = lead.post("console:facts", values, incident.public_id, headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    assertContains(fragment, "<ins>All payments failed</ins>")


def test_saving_changes_it_tells_nobody_and_comes_back_to_the_incident(lead, incident):
    told = Announcement.objects.count()
    answer = save(lead, incident, title="All payments failed", started_at=ago(hours=5))
    assertRedirects(answer, reverse("console:incident", args=[incident.public_id]))
    incident.refresh_from_db()
    assert incident.title == "All payments failed"
    assert incident.periods.get().began_at == incident.started_at
    assert Announcement.objects.count() == told
    assert AuditEvent.objects.get(action="changed incident").by == lead.user
    page = lead.client.get(incident.get_absolute_url()).text
    assert "Details corrected" in page


def test_a_line_is_added_and_another_taken_out(lead, incident):
    search = a_component("Search", start_date=(timezone.now() - timedelta(days=30)).date())
    added = {
        "spell-1-component": search.pk,
        "spell-1-status": "major_outage",
        "spell-1-began_at": ago(hours=2),
        "spell-1-ended_at": ago(hours=1, minutes=5),
    }
    save(lead, incident, **added, **{"spell-0-DELETE": "on"})
    assert [(one.component, one.status) for one in incident.periods.all()] == [(search, "major_outage")]
    assert incident.affected.get().component == search


def test_a_refusal_stands_beside_its_field_and_nothing_typed_is_lost(lead, incident):
    answer = save(lead, incident, title="Typed with care", resolved_at=ago(hours=9))
    assert answer.status_code == 422
    assert "It ended before it began." in answer.context["form"].errors["resolved_at"]
    assertContains(answer, 'value="Typed with care"', status_code=422)


def test_a_line_that_is_half_filled_in_says_what_is_missing(lead, incident):
    answer = save(lead, incident, **{"spell-1-status": "major_outage"})
    assert answer.status_code == 422
    assert set(answer.context["form"].lines.errors[1]) == {"component", "began_at"}


def test_of_two_who_edit_the_later_sees_both_and_loses_nothing(lead, colleague, incident):
    mine = typed(lead, incident, title="Mine")
    save(colleague, incident, title="Theirs")
    answer = lead.post("console:facts", mine, incident.public_id)
    assert answer.status_code == 409
    assertContains(answer, "<dt>Title</dt><dd>Theirs</dd>", status_code=409)
    assertContains(answer, 'value="Mine"', status_code=409)
    again = mine | {"seen": answer.context["form"]["seen"].value()}
    assert lead.post("console:facts", again, incident.public_id).status_code == 302
    incident.refresh_from_db()
    assert incident.title == "Mine"


def test_whoever_may_not_publish_cannot_own_it(lead, support, incident):
    assert save(lead, incident, owner=support.user.pk).status_code == 422
    assert save(lead, incident, owner=lead.user.pk).status_code == 302


@pytest.mark.parametrize("owner", ["0", "x", "99999999999999999999"])
def test_an_owner_that_is_none_is_refused(lead, incident, owner):
    assert save(lead, incident, owner=owner).status_code == 422


def test_a_window_is_moved_and_not_edited_here(lead, payments):
    now = timezone.now()
    work = scheduling.schedule_maintenance(
        title="Upgrade",
        body="We upgrade.",
        components=[payments],
        scheduled_for=now + timedelta(hours=1),
        scheduled_until=now + timedelta(hours=2),
        by=None,
        at=now,
    ).incident
    assert lead.get("console:facts", work.public_id).status_code == 404
    assert reverse("console:facts", args=[work.public_id]) not in lead.get("console:incident", work.public_id).text


# --- Told in the same act ---------------------------------------------------------------------------------------------


def test_what_is_told_is_shown_before_it_is_sent_and_then_sent(lead, incident):
    words = {"title": "All payments failed", "body": "All payments failed, not only cards."}
    values = typed(lead, incident, **words)
    seen = lead.post("console:facts", values | {"preview": "1"}, incident.public_id)
    assertContains(seen, "What is told")
    assertContains(seen, 'name="corrects"')
    assert Announcement.objects.count() == 2
    answer = lead.post("console:facts", values, incident.public_id)
    assertRedirects(answer, reverse("console:incident", args=[incident.public_id]))
    told = Announcement.objects.latest("pk")
    assert (told.body, told.title, told.is_late) == (words["body"], words["title"], True)
    assert lead.post("console:facts", values, incident.public_id).status_code == 302  # a second click
    assert Announcement.objects.count() == 3


def test_the_audience_that_is_counted_is_the_one_that_is_told(lead, incident, payments):
    search = a_component("Search", start_date=(timezone.now() - timedelta(days=30)).date())
    for component in (payments, search):
        chosen = a_subscriber(every_update=True, everything=False)
        Subscription.objects.create(subscriber=chosen, component=component)
    values = typed(lead, incident, body="It was Search.", **{"spell-0-component": search.pk})
    preview = lead.post("console:facts", values | {"preview": "1"}, incident.public_id)
    fields = dict(preview.context["told"].audience_fields)
    counted = lead.client.post(reverse("preview:audience"), fields).context
    assert [row["name"] for row in counted["announced"].components] == ["Search"]
    assert counted["total"] == 1
    lead.post("console:facts", values, incident.public_id)
    assert recipients_of(Announcement.objects.latest("pk")).count() == 1


def test_what_was_rolled_up_long_ago_says_that_whom_it_reached_is_not_known(lead, incident):
    end = Announcement.objects.get(status="resolved")
    Fanout.objects.update_or_create(announcement=end, defaults={"rolled_up_at": timezone.now()})
    values = typed(lead, incident, title="All payments failed", body="All of them.", preview="1")
    fields = dict(lead.post("console:facts", values, incident.public_id).context["told"].audience_fields)
    assertContains(lead.client.post(reverse("preview:audience"), fields), "What this corrects went out long ago.")


def test_words_without_a_change_are_refused_and_come_back(lead, incident):
    answer = save(lead, incident, body="Typed with care.")
    assertContains(answer, "so there is nothing to tell", status_code=422)
    assertContains(answer, "Typed with care.", status_code=422)


def test_of_two_who_tell_the_later_sees_both_and_loses_nothing(lead, colleague, incident):
    mine = typed(lead, incident, title="Mine", body="My words.")
    at = timezone.now()
    late = {"status": "resolved", "body": "Their words.", "is_late": True}
    publishing.post_update(incident=incident, **late, by=colleague.user, at=at)
    answer = lead.post("console:facts", mine, incident.public_id)
    assertContains(answer, "published while you wrote", status_code=409)
    assertContains(answer, "Their words.", status_code=409)
    assertContains(answer, "My words.", status_code=409)
    again = mine | {"seen_update": answer.context["form"]["seen_update"].value()}
    assert lead.post("console:facts", again, incident.public_id).status_code == 302


def test_of_what_is_open_there_are_no_words_to_send_along(lead, payments):
    opened = an_open_incident(payments, at=timezone.now() - timedelta(hours=1)).incident
    page = lead.get("console:facts", opened.public_id)
    assert "Tell those who were told" not in page.text
    answer = save(lead, opened, title="All payments fail", body="Sent by somebody else's form.")
    assert answer.status_code == 302
    assert Announcement.objects.count() == 1
