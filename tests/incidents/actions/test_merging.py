"""Merging: what was told of two goes on as one, at both addresses, and nothing is counted twice or lost."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from incidents.actions import catalogue, merging, publishing, recalling, scheduling
from incidents.actions.errors import Conflict, KeyReused
from incidents.actions.following import acts
from incidents.enums import Act
from incidents.models import Announcement, AuditEvent, Component, Incident, IncidentUpdate, StatePeriod, StatusChange
from incidents.page import component as component_page
from incidents.page import feeds, history, overview, sitemap, statuspage_v2, update_feeds
from incidents.page import incident as incident_page
from tests.factories import a_component, an_open_incident

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CARDS, CHECKOUT = "Card payments fail", "Checkout is *down*"


def minute(number):
    return NOON + timedelta(minutes=number)


def post(incident, status, at, act=Act.UPDATE, **draft):
    incident.refresh_from_db()
    return publishing.post_update(
        incident=incident, status=status, body=f"Said at {at}.", act=act, by=None, at=minute(at), **draft
    )


def merge(incident, into, at=30, **kwargs):
    incident.refresh_from_db()
    into.refresh_from_db()
    update = merging.merge(incident=incident, into=into, body="Both are one.", by=None, at=minute(at), **kwargs)
    incident.refresh_from_db()
    into.refresh_from_db()
    return update


def told_of_components():
    rows = StatusChange.objects.order_by("component_id", "at", "id")
    return [(row.component.name, (row.at - NOON) // timedelta(minutes=1), row.status) for row in rows]


@pytest.fixture
def payments(db):
    return a_component("Payments", start_date=NOON.date())


@pytest.fixture
def shop(db):
    return a_component("Shop", start_date=NOON.date())


@pytest.fixture
def cards(payments, checkout):
    return an_open_incident(payments, title=CARDS, at=minute(10)).incident


@pytest.fixture
def checkout(payments, shop):
    return an_open_incident(payments, shop, title=CHECKOUT, status="major_outage", at=minute(0)).incident


# --- What becomes of the two ----------------------------------------------------------------------


def test_its_updates_go_on_in_the_other_in_the_order_of_their_times_and_say_where_they_come_from(cards, checkout):
    post(checkout, "identified", 20)
    merge(checkout, cards)
    story = incident_page.build(cards.public_id, at=minute(40)).story
    assert [(update.label, update.came_from) for update in story.updates] == [
        ("Investigating", None),
        ("Identified", CHECKOUT),
        ("Investigating", None),
        ("Investigating", CHECKOUT),
    ]
    assert story.updates[0].html == "<p>Both are one.</p>"
    assert cards.started_at == minute(0)


def test_it_is_over_with_one_word_of_ours_that_nobody_is_sent(cards, checkout):
    merge(checkout, cards)
    assert (checkout.status, checkout.resolved_at, checkout.merged_into) == ("resolved", minute(30), cards)
    last = checkout.updates.get()
    assert last.body == f"Merged into “{CARDS}”: {cards.get_public_url()}"
    assert f'<a href="{cards.get_public_url()}"' in last.body_html
    assert not hasattr(last, "announcement")
    assert acts(checkout, at=minute(31)) == []


def test_its_promise_is_none_any_more(cards, checkout):
    post(checkout, "identified", 5, next_update_at=minute(60))
    merge(checkout, cards, next_update_at=minute(50))
    assert (checkout.next_update_at, cards.next_update_at) == (None, minute(50))


def test_its_components_come_along_with_their_states_of_two_the_worse(cards, checkout, payments, shop):
    post(cards, "identified", 12, components={shop: "degraded_performance"})
    update = merge(checkout, cards)
    assert dict(cards.affected.values_list("component__name", "status")) == {
        "Payments": "major_outage",
        "Shop": "major_outage",
    }
    assert update.announcement.component_names == ["Payments", "Shop"]
    assert set(Component.objects.values_list("status", flat=True)) == {"major_outage"}


def test_no_component_is_said_to_have_become_what_it_was_before(cards, checkout):
    update = merge(checkout, cards)
    assert [(one["old_status"], one["new_status"]) for one in update.affected_components] == [
        ("major_outage", "major_outage")
    ] * 2


@pytest.mark.parametrize("closes", [False, True])
def test_uptime_counts_the_same_before_and_after(cards, checkout, payments, shop, closes):
    post(checkout, "identified", 15, components={payments: "degraded_performance"})
    post(cards, "identified", 20, components={payments: "operational"})
    if closes:
        post(checkout, "resolved", 25)
    before = told_of_components()
    merge(checkout, cards)
    assert told_of_components() == before
    assert not StatePeriod.objects.filter(incident=checkout).exists()
    assert not StatusChange.objects.filter(incident=checkout).exists()
    for incident in (cards, checkout):  # what is told anew says the same
        catalogue.retell_all_of(incident)
    assert told_of_components() == before
    post(cards, "resolved", 40)
    assert set(Component.objects.values_list("status", flat=True)) == {"operational"}


def test_what_was_over_stays_over_when_it_was_and_holds_nothing_down(cards, checkout, shop):
    post(checkout, "resolved", 20)
    update = merge(checkout, cards)
    assert checkout.resolved_at == minute(20)
    assert dict(cards.affected.values_list("component__name", "status"))["Shop"] == "operational"
    assert update.announcement.component_names == ["Payments", "Shop"]


def test_both_stand_in_the_audit(cards, checkout):
    merge(checkout, cards)
    merged = AuditEvent.objects.filter(action="merged").values_list("subject_id", "detail")
    assert dict(merged) == {
        checkout.public_id: {"into": cards.public_id},
        cards.public_id: {"merged": checkout.public_id},
    }


def test_what_was_merged_into_it_before_goes_along(cards, checkout, shop):
    other = an_open_incident(shop, title="Shop is slow", at=minute(5)).incident
    merge(other, checkout, 20)
    merge(checkout, cards, 30)
    other.refresh_from_db()
    assert other.merged_into == cards
    came_from = set(cards.updates.values_list("merged_from__title", flat=True))
    assert came_from == {None, CHECKOUT, "Shop is slow"}


def test_words_of_it_are_recalled_and_corrected_where_they_are_told_now(cards, checkout):
    wrong = Announcement.objects.get(incident=checkout)
    merge(checkout, cards, next_update_at=minute(60))
    recalling.recall(announcement=wrong, reason="Wrong product", by=None, at=minute(31))
    cards.refresh_from_db()
    assert cards.next_update_at == minute(60)
    right = post(cards, "identified", 32, corrects=wrong)
    assert right.announcement.corrects == wrong


# --- Where it is read -----------------------------------------------------------------------------


def test_both_addresses_and_the_short_ones_show_the_one_page(cards, checkout, client):
    merge(checkout, cards)
    for url in (cards.get_absolute_url(), checkout.get_absolute_url(), checkout.get_short_url()):
        answer = client.get(url)
        assert answer.status_code == 200
        assert f'rel="canonical" href="{cards.get_public_url()}"' in answer.text
        assert "Both are one." in answer.text
        assert f'rel="alternate" href="{checkout.get_public_url()}"' in answer.text  # so that an export has it too
    assert "From “<bdi>Checkout is *down*</bdi>”" in client.get(cards.get_absolute_url()).text


def test_it_is_in_no_list_of_the_page(cards, checkout, shop):
    merge(checkout, cards)
    post(cards, "resolved", 50)
    page = overview.build(at=minute(60))
    assert [entry.story.pk for day in page.days for entry in day.incidents] == [cards.pk]
    assert [story.pk for story in history.build(None, at=minute(60)).stories] == [cards.pk]
    assert checkout.public_id not in sitemap.xml(at=minute(100))
    assert checkout.public_id not in repr(component_page.build(shop.public_id, at=minute(60)))


def test_clients_of_the_api_see_its_end_and_the_whole_story_in_the_other(cards, checkout):
    merge(checkout, cards)
    by_id = {row["id"]: row for row in statuspage_v2.incidents()["incidents"]}
    gone, goes_on = by_id[checkout.public_id], by_id[cards.public_id]
    assert gone["status"] == "resolved"
    assert [row["body"] for row in gone["incident_updates"]] == [f"Merged into “{CARDS}”: {cards.get_public_url()}"]
    assert [row["body"] for row in goes_on["incident_updates"]] == [
        "Both are one.",
        "Some card payments fail. We are looking into it.",
        f"From “{CHECKOUT}”: Some card payments fail. We are looking into it.",
    ]
    assert {row["incident_id"] for row in goes_on["incident_updates"]} == {cards.public_id}
    assert all(row["deliver_notifications"] for row in goes_on["incident_updates"])
    assert [row["id"] for row in statuspage_v2.summary()["incidents"]] == [cards.public_id]


def test_the_feeds_say_where_it_went(cards, checkout):
    merge(checkout, cards)
    entries = update_feeds.atom(at=minute(100)).split("<entry>")[1:]
    [last] = [entry for entry in entries if "Merged into" in entry]
    assert f'href="{cards.get_public_url()}#update-' in last
    assert sum("(From" in entry or "From “Checkout" in entry for entry in entries) == 1
    [gone] = [entry for entry in feeds.atom(at=minute(40)).split("<entry>") if f"<title>{CHECKOUT}</title>" in entry]
    assert cards.get_public_url() in gone


def test_hiding_the_one_hides_what_was_merged_into_it_for_that_names_it(cards, checkout):
    merge(checkout, cards)
    with pytest.raises(ValidationError, match="Show or hide that"):
        catalogue.set_visibility(incident=checkout, is_public=False, by=None, at=minute(31))
    catalogue.set_visibility(incident=cards, is_public=False, by=None, at=minute(32))
    assert not Incident.objects.public().exists()
    assert "Card payments" not in update_feeds.atom(at=minute(100))
    cards.refresh_from_db()
    catalogue.set_visibility(incident=cards, is_public=True, by=None, at=minute(33))
    assert Incident.objects.public().count() == 2


def test_what_was_internal_from_the_first_stays_so_where_the_one_becomes_public(payments, shop):
    one = an_open_incident(payments, is_public=False, title="Build is slow", at=NOON).incident
    other = an_open_incident(shop, is_public=False, title="Secret name", at=minute(1)).incident
    merge(other, one)
    assert not Announcement.objects.exists()
    post(one, "identified", 40, Act.MAKE_PUBLIC)
    for is_public in (False, True):
        one.refresh_from_db()
        catalogue.set_visibility(incident=one, is_public=is_public, by=None, at=minute(41))
    shown = repr(statuspage_v2.incidents()) + repr(incident_page.build(one.public_id, at=minute(50)))
    assert "Build is slow" in shown
    assert "Secret name" not in shown + update_feeds.atom(at=minute(100)) + feeds.atom(at=minute(50))


# --- What is refused ------------------------------------------------------------------------------


def refused(incident, into, words):
    before = list(IncidentUpdate.objects.values_list("pk", "incident"))
    with pytest.raises(ValidationError, match=words):
        merge(incident, into)
    with pytest.raises(ValidationError, match=words):
        merging.rehearse(incident=incident, into=into, body="Both are one.", by=None, at=minute(30))
    assert list(IncidentUpdate.objects.values_list("pk", "incident")) == before


def test_it_is_not_merged_with_itself(cards):
    refused(cards, cards, "with itself")


def test_a_maintenance_is_merged_neither_way(cards, payments):
    work = scheduling.schedule_maintenance(
        title="Upgrade",
        body="We upgrade.",
        components=[payments],
        scheduled_for=minute(10),
        scheduled_until=minute(20),
        by=None,
        at=NOON,
    ).incident
    refused(cards, work, "is a maintenance")
    refused(work, cards, "cannot be merged")


@pytest.mark.parametrize("way", [1, -1])
def test_what_is_hidden_is_not_merged_with_what_is_public(cards, payments, way):
    hidden = an_open_incident(payments, title="Build is slow", is_public=False, at=NOON).incident
    refused(*(cards, hidden)[::way], "“Build is slow” is hidden from the public and “Card payments fail” is not")


def test_what_was_merged_is_merged_no_more(cards, checkout, shop):
    other = an_open_incident(shop, at=NOON).incident
    merge(checkout, cards)
    refused(checkout, other, "already")
    refused(other, checkout, "Merge into that")
    assert merging.candidates(checkout).count() == 0


def test_what_is_over_takes_nothing_in(cards, checkout):
    post(cards, "resolved", 20)
    refused(checkout, cards, "is resolved. Choose an incident that is open")
    assert list(merging.candidates(checkout)) == []
    assert list(merging.candidates(cards)) == [checkout]


def test_a_false_alarm_has_nothing_to_go_on_with(cards, checkout):
    post(checkout, "resolved", 20, Act.FALSE_ALARM)
    refused(checkout, cards, "false alarm")


def test_who_did_not_read_the_newest_update_of_the_one_is_told(cards, checkout):
    seen = cards.updates.get()
    post(cards, "identified", 20)
    with pytest.raises(Conflict):
        merge(checkout, cards, seen=seen)
    assert checkout.updates.count() == 1


def test_the_same_key_merges_once_and_for_nothing_else(cards, checkout, shop):
    first = merge(checkout, cards, request_key="k")
    assert merge(checkout, cards, 31, request_key="k") == first
    assert Announcement.objects.filter(incident=cards).count() == 2
    with pytest.raises(KeyReused):
        merge(an_open_incident(shop, at=NOON).incident, cards, 31, request_key="k")


def test_a_rehearsal_says_what_would_be_said_and_writes_nothing(cards, checkout):
    update = merging.rehearse(incident=checkout, into=cards, body="Both are one.", by=None, at=minute(30))
    assert update.announcement.component_names == ["Payments", "Shop"]
    assert IncidentUpdate.objects.count() == 2
    assert checkout.updates.exists()


def test_the_words_where_the_lead_has_none_name_the_other_as_it_is_written(checkout, cards):
    assert merging.default_body(checkout).startswith("“Checkout is \\*down\\*” and this are one incident.")


@pytest.mark.django_db(transaction=True)
def test_each_into_the_other_at_once_is_done_once_and_refused_once():
    for _ in range(20):
        pair = [an_open_incident(a_component(), title=name, at=NOON).incident for name in (CARDS, CHECKOUT)]
        start, answers = threading.Barrier(2), []

        def both(incident, into, start=start, answers=answers):
            start.wait(30)
            try:
                merging.merge(incident=incident, into=into, body="Both are one.", by=None, at=minute(30))
                answers.append("merged")
            except ValidationError as error:
                answers.extend(error.messages)
            finally:
                connection.close()

        threads = [threading.Thread(target=both, args=order) for order in (pair, pair[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        refusals = [answer for answer in answers if answer != "merged"]
        assert len(answers) == 2
        assert len(refusals) == 1
        assert "merged into" in refusals[0]
        [gone] = [one for one in Incident.objects.filter(pk__in=[one.pk for one in pair]) if one.merged_into_id]
        assert gone.updates.count() == 1
        assert gone.merged_into.updates.count() == 3
