"""Merging and splitting off at the desk: what is offered, what it says before, and that nothing typed is lost."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.actions import catalogue, merging, publishing
from incidents.models import Announcement, Incident, Site
from subscribers.models import AffectedCustomer
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.incidents.console.conftest import in_minutes

pytestmark = pytest.mark.django_db
CARDS, CHECKOUT = "Card payments fail", "Checkout is down"


@pytest.fixture
def payments():
    return a_component("Payments", position=1)


@pytest.fixture
def shop():
    return a_component("Shop", position=2)


@pytest.fixture
def cards(payments):
    return an_open_incident(payments, title=CARDS).incident


@pytest.fixture
def checkout(shop):
    return an_open_incident(shop, title=CHECKOUT, status="major_outage").incident


def merge_form(lead, checkout, cards, **changes):
    query = f"?into={cards.public_id}"
    return lead.compose("console:merge", checkout.public_id, query=query, **changes)


# --- Merging --------------------------------------------------------------------------------------


def test_the_screen_of_an_incident_offers_it_where_there_is_another(lead, cards, support):
    url = reverse("console:merge", args=[cards.public_id])
    assert url not in lead.get("console:incident", cards.public_id).text
    an_open_incident(title=CHECKOUT)
    assert url in lead.get("console:incident", cards.public_id).text
    assert url not in support.get("console:incident", cards.public_id).text


def test_only_open_incidents_that_the_same_people_read_are_offered(lead, cards, checkout):
    an_open_incident(title="Build is slow", is_public=False)
    over = an_open_incident(title="Search is slow").incident
    publishing.post_update(incident=over, status="resolved", body="Over.", by=None, at=timezone.now())
    page = lead.get("console:merge", checkout.public_id).text
    assert f"?into={cards.public_id}" in page
    assert page.count("?into=") == 1
    catalogue.set_visibility(incident=cards, is_public=False, by=None, at=timezone.now())
    assert "nothing to merge this into" in lead.get("console:merge", checkout.public_id).text


def test_what_will_happen_is_said_and_shown_before(lead, cards, checkout, payments, shop):
    page = lead.get("console:merge", checkout.public_id, query=f"?into={cards.public_id}")
    assert "Its 1 update moves into this timeline" in page.text
    form = page.context["form"]
    assert form["body"].value().startswith(f"“{CHECKOUT}” and this are one incident.")
    document = page.context["document"]
    assert CARDS in document
    assert "Shop" in document
    fields = dict(page.context["audience_fields"])
    assert (fields["incident"], fields["merges"]) == (cards.public_id, checkout.public_id)
    assert fields[f"component-{shop.public_id}"] == "major_outage"


def test_the_preview_of_what_is_typed_shows_both(lead, cards, checkout):
    values = {"incident": cards.public_id, "merges": checkout.public_id, "status": "investigating", "body": "One."}
    answer = lead.post("console:page-preview", values, headers={"HX-Request": "true"})
    assert "Shop" in answer.context["document"]
    assert [one.came_from for one in answer.context["story"].updates] == [None, CHECKOUT, None]


def test_it_is_merged_and_the_lead_sees_the_one_that_goes_on(lead, cards, checkout):
    answer = merge_form(lead, checkout, cards, body="Both are one.", next_update_at=in_minutes(30))
    assert answer["Location"] == reverse("console:incident", args=[cards.public_id])
    checkout.refresh_from_db()
    cards.refresh_from_db()
    assert checkout.merged_into == cards
    assert cards.next_update_at is not None
    assert cards.updates.order_by("-pk").filter(created_by=lead.user).get().body == "Both are one."
    assert (
        f'From “<a href="{reverse("console:incident", args=[checkout.public_id])}"'
        in lead.get("console:incident", cards.public_id).text
    )


def test_a_promise_that_stands_goes_on_unless_the_lead_takes_it_out(lead, cards, checkout):
    lead.update(cards, body="We look.", next_update_at=in_minutes(45))
    cards.refresh_from_db()
    before = cards.next_update_at
    merge_form(lead, checkout, cards)
    cards.refresh_from_db()
    assert cards.next_update_at == before


def test_a_refusal_keeps_what_was_typed(lead, cards, checkout):
    values = lead.form("console:merge", checkout.public_id, query=f"?into={cards.public_id}")
    publishing.post_update(incident=cards, status="resolved", body="Over.", by=None, at=timezone.now())
    answer = lead.post(
        "console:merge", values | {"body": "My long words."}, checkout.public_id, query=f"?into={cards.public_id}"
    )
    assert answer.status_code == 422
    assert "is resolved. Choose an incident that is open" in answer.text
    assert "My long words." in answer.text


def test_a_colleague_who_was_faster_is_shown_beside_it(lead, colleague, cards, checkout):
    values = lead.form("console:merge", checkout.public_id, query=f"?into={cards.public_id}")
    colleague.update(cards, body="Theirs.")
    query = f"?into={cards.public_id}"
    answer = lead.post("console:merge", values | {"body": "Mine."}, checkout.public_id, query=query)
    assert answer.status_code == 409
    assert "Theirs." in answer.text
    assert "Mine." in answer.text
    again = {**values, "body": "Mine.", "seen": answer.context["form"]["seen"].value()}
    assert lead.post("console:merge", again, checkout.public_id, query=query).status_code == 302


def test_a_second_press_merges_nothing_twice(lead, cards, checkout):
    query = f"?into={cards.public_id}"
    values = lead.form("console:merge", checkout.public_id, query=query)
    for _ in range(2):
        assert lead.post("console:merge", values, checkout.public_id, query=query).status_code == 302
    assert Announcement.objects.count() == 3


def test_what_was_merged_says_into_what_and_offers_nothing(lead, cards, checkout):
    merge_form(lead, checkout, cards)
    page = lead.get("console:incident", checkout.public_id)
    assert "This was merged into" in page.text
    assert reverse("console:incident", args=[cards.public_id]) in page.text
    assert page.context["form"] is None
    assert not page.context["acts"]
    for address in ("merge", "split-off"):
        assert reverse(f"console:{address}", args=[checkout.public_id]) not in page.text
        assert lead.get(f"console:{address}", checkout.public_id).status_code == 302


def test_words_of_what_was_merged_are_recalled_on_the_screen_where_they_stand(lead, cards, checkout):
    wrong = Announcement.objects.get(incident=checkout)
    merge_form(lead, checkout, cards)
    url = reverse("console:recall", args=[cards.public_id, wrong.public_id])
    assert url in lead.get("console:incident", cards.public_id).text
    answer = lead.client.post(url, {"reason": "Wrong product"})
    assert answer["Location"].startswith(reverse("console:incident", args=[cards.public_id]))
    assert lead.client.get(answer["Location"]).context["form"].correcting == wrong


@pytest.mark.parametrize("into", ["", "nothing", "a\0b", "x" * 500])
def test_an_address_that_names_nothing_lets_choose(lead, cards, checkout, into):
    assert lead.get("console:merge", checkout.public_id, query="?into=" + into.replace("\0", "%00")).status_code == 200


def test_everybody_who_will_read_it_is_counted_those_linked_to_either_too(lead, cards, checkout, payments):
    subscriber = a_subscriber(everything=False, confirmed_at=None)
    AffectedCustomer.objects.create(incident=checkout, subscriber=subscriber, name="ACME")
    a_subscriber(everything=True, every_update=True)
    page = lead.get("console:merge", checkout.public_id, query=f"?into={cards.public_id}")
    answer = lead.post("preview:audience", dict(page.context["audience_fields"]))
    assert answer.context["total"] == 2


# --- Splitting off --------------------------------------------------------------------------------


@pytest.fixture
def both(payments, shop):
    return an_open_incident(payments, shop, title=CARDS).incident


def split(lead, incident, *components, **changes):
    ticked = {f"component-{one.public_id}": "partial_outage" for one in components}
    return lead.compose("console:split-off", incident.public_id, **ticked, **changes)


def test_it_is_offered_where_one_may_go_and_one_may_stay(lead, cards, both):
    for incident, is_offered in ((cards, False), (both, True)):
        page = lead.get("console:incident", incident.public_id).text
        assert (reverse("console:split-off", args=[incident.public_id]) in page) == is_offered


def test_its_components_are_offered_with_their_states_and_none_is_ticked(lead, both):
    a_component("Search")
    form = lead.get("console:split-off", both.public_id).context["form"]
    ticks = [(row.component.name, state, row.chosen) for row, state in form.ticks]
    assert ticks == [("Payments", "partial_outage", ""), ("Shop", "partial_outage", "")]


def test_the_preview_says_since_when_it_lasts(lead, shop, payments):
    began = timezone.now() - timedelta(hours=2)
    both = an_open_incident(payments, shop, title=CARDS, at=began).incident
    values = {"splits": both.public_id, "title": "T", "body": "B", f"component-{shop.public_id}": "partial_outage"}
    answer = lead.post("console:page-preview", values, headers={"HX-Request": "true"})
    assert answer.context["story"].started_at == began
    assert [one.name for one in answer.context["story"].affected] == ["Shop"]


def test_what_is_ticked_becomes_an_incident_of_its_own(lead, both, shop):
    answer = split(lead, both, shop, title="The shop is slow", body="The shop has another cause.", severity="P4")
    new = Incident.objects.exclude(pk=both.pk).get()
    assert answer["Location"] == reverse("console:incident", args=[new.public_id])
    assert (new.title, new.severity, new.follows) == ("The shop is slow", "P4", both)
    assert list(new.components.all()) == [shop]
    assert "was split off from this" in lead.get("console:incident", both.public_id).text
    assert "Split off from" in lead.get("console:incident", new.public_id).text


def test_each_refusal_stands_beside_its_field_and_what_was_typed_stays(lead, both, payments, shop):
    answer = split(lead, both, payments, shop, title="", body="My long words.")
    assert answer.status_code == 422
    assert "Say in one line what is wrong." in answer.text
    assert "My long words." in answer.text
    answer = split(lead, both, payments, shop, title="All", body="My long words.")
    assert "One at least must stay" in str(answer.context["form"].errors["components"])
    assert "My long words." in answer.text
    assert "Choose what has" in str(split(lead, both, title="T", body="B").context["form"].errors["components"])


def test_the_words_come_back_where_the_incident_is_over_meanwhile(lead, both, shop):
    values = lead.form("console:split-off", both.public_id)
    publishing.post_update(incident=both, status="resolved", body="Over.", by=None, at=timezone.now())
    values |= {f"component-{shop.public_id}": "partial_outage", "title": "The shop", "body": "My long words."}
    answer = lead.post("console:split-off", values, both.public_id)
    assert answer.status_code == 422
    assert "nothing of it goes on" in answer.text
    assert "My long words." in answer.text


def test_a_colleague_who_was_faster_is_shown_before_it_is_split(lead, colleague, both, shop):
    values = lead.form("console:split-off", both.public_id)
    colleague.update(both, body="Theirs.")
    values |= {f"component-{shop.public_id}": "partial_outage", "title": "The shop", "body": "Mine."}
    answer = lead.post("console:split-off", values, both.public_id)
    assert answer.status_code == 409
    assert "Theirs." in answer.text
    again = values | {"seen": answer.context["form"]["seen"].value()}
    assert lead.post("console:split-off", again, both.public_id).status_code == 302


def test_a_form_without_the_update_that_was_read_is_refused(lead, both, shop):
    answer = split(lead, both, shop, title="The shop", body="Mine.", seen="")
    assert answer.status_code == 422
    assert "which update you had read" in answer.text


def test_a_hidden_part_is_announced_to_nobody(lead, payments, shop):
    hidden = an_open_incident(payments, shop, is_public=False).incident
    page = lead.get("console:split-off", hidden.public_id)
    a_subscriber()
    assert lead.post("preview:audience", dict(page.context["audience_fields"])).context["total"] == 0
    assert "no subscriber is written to" in page.text
    split(lead, hidden, shop, title="The shop", body="Only us.")
    assert not Announcement.objects.exists()


def test_the_default_words_speak_the_language_of_the_site(cards):
    Site.load()
    Site.objects.update(language="de")
    assert "dieser Vorfall gehören zusammen" in merging.default_body(cards)
