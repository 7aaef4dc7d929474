"""A component that is made private under those who subscribed to it: the lead is told, they lose nothing and no name
leaks."""

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.actions import catalogue, publishing
from incidents.models import Component
from subscribers import links
from subscribers.addresses import Address
from subscribers.delivery.audience import recipients_of
from subscribers.enums import Channel
from subscribers.models import Delivery, Subscription
from subscribers.people import exporting
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.statuspage.canaries import canary

pytestmark = pytest.mark.django_db
ALONE = "has subscribed to this alone and will hear nothing more"


def a_reader_of(*components, **fields):
    subscriber = a_subscriber(everything=False, **fields)
    Subscription.objects.bulk_create(Subscription(subscriber=subscriber, component=one) for one in components)
    return subscriber


def show(component, is_public=True):
    component.is_public = is_public
    catalogue.save_entry(entry=component, changed=["is_public"], by=None, at=timezone.now())


def a_secret() -> Component:
    """Public when it was chosen, private by now; its words occur nowhere else."""
    return a_component(canary(), description=canary())


def words_of(component) -> tuple[str, ...]:
    return component.name, component.description, component.public_id


def manage(subscriber) -> str:
    return reverse("subscribers:manage", args=[links.subscription_token(subscriber)])


def chosen_by(subscriber) -> set[Component]:
    subscriber.refresh_from_db()
    return set(subscriber.components.all())


def change_url(component) -> str:
    return reverse("admin:incidents_component_change", args=[component.pk])


def run(client, action, *components):
    data = {"action": action, "_selected_action": [component.pk for component in components]}
    return client.post(reverse("admin:incidents_component_changelist"), data, follow=True).text


class TestTheLead:
    @pytest.mark.parametrize(
        ("alone", "others", "words"),
        [
            (1, 0, f"While it is private, 1 person {ALONE}. We do not tell them."),
            (3, 0, "3 people have subscribed to this alone and will hear nothing more."),
            (0, 2, "2 people have subscribed to it among others and will hear nothing of it."),
            (1, 2, f"1 person {ALONE} and 2 people have subscribed to it among others"),
        ],
    )
    def test_reads_beside_the_box_whom_it_leaves_unheard(self, admin_client, alone, others, words):
        component, other, private = a_component(), a_component(), a_component(is_public=False)
        for _ in range(alone):
            a_reader_of(component, private)
        for _ in range(others):
            a_reader_of(component, other)
        a_subscriber()
        a_reader_of(component, unsubscribed_at=timezone.now())
        assert words in admin_client.get(change_url(component)).text

    def test_reads_nothing_where_nobody_waits(self, admin_client):
        component = a_component()
        a_subscriber()
        assert "While it is private" not in admin_client.get(change_url(component)).text

    def test_is_told_again_once_it_is_done_on_its_page(self, admin_client):
        component = a_component("Search")
        a_reader_of(component)
        data = {"name": "Search", "position": 0, "own_status": "operational"}
        page = admin_client.post(change_url(component), data, follow=True).text
        assert f"“Search” is private. While it is private, 1 person {ALONE}" in page
        assert not Component.objects.public().exists()

    def test_is_told_again_once_it_is_done_in_the_list(self, admin_client):
        wanted, unwanted = a_component("Search"), a_component("Mail")
        a_reader_of(wanted)
        page = run(admin_client, "make_private", wanted, unwanted)
        assert f"“Search” is private. While it is private, 1 person {ALONE}" in page
        assert "“Mail” is private" not in page
        assert "“Search” is private" not in run(admin_client, "show", wanted, unwanted)


class TestTheSubscriber:
    def test_keeps_the_choice_hears_nothing_meanwhile_and_hears_again(self):
        component = a_component()
        reader = a_reader_of(component)
        show(component, is_public=False)
        hidden = an_open_incident(component)
        assert reader not in recipients_of(hidden.announcement)
        assert not Delivery.objects.exists()
        show(component)
        publishing.post_update(
            incident=hidden.incident, status="resolved", body="It works.", by=None, at=timezone.now()
        )
        assert reader in recipients_of(hidden.incident.announcements.latest("pk"))

    def test_reads_the_truth_and_no_name(self, client):
        secret, shown = a_secret(), a_component("Payments")
        only, also = a_reader_of(secret), a_reader_of(secret, shown)
        show(secret, is_public=False)
        for reader, hears_nothing in ((only, True), (also, False)):
            page = client.get(manage(reader)).text
            assert ("You hear nothing at present" in page) == hears_nothing
            assert "Keep 1 more component that I chose" in page
            assert not [word for word in words_of(secret) if word in page]

    def test_reads_nothing_of_it_without_such_a_choice(self, client):
        secret = a_secret()
        show(secret, is_public=False)
        page = client.get(manage(a_reader_of(a_component("Payments")))).text
        assert "Not on this page at present" not in page
        assert "You hear nothing at present" not in page

    def test_changes_something_else_and_loses_nothing(self, client):
        secret, shown, other = a_secret(), a_component("Payments"), a_component("Search")
        reader = a_reader_of(secret, shown)
        show(secret, is_public=False)
        answer = client.post(
            manage(reader), {"scope": "chosen", "components": [other.public_id], "kept": "1", "pace": "milestones"}
        )
        assert answer.status_code == 302
        assert chosen_by(reader) == {secret, other}

    def test_changes_the_pace_with_nothing_else_chosen(self, client):
        secret = a_secret()
        reader = a_reader_of(secret)
        show(secret, is_public=False)
        assert client.post(manage(reader), {"scope": "chosen", "kept": "1", "pace": "milestones"}).status_code == 302
        assert chosen_by(reader) == {secret}
        assert not reader.every_update

    def test_lets_it_go_by_taking_the_tick_away(self, client):
        secret, shown = a_secret(), a_component("Payments")
        reader = a_reader_of(secret, shown)
        show(secret, is_public=False)
        client.post(manage(reader), {"scope": "chosen", "components": [shown.public_id], "pace": "every"})
        assert chosen_by(reader) == {shown}

    def test_is_refused_a_choice_of_nothing_and_the_answer_holds_no_name(self, client):
        secret = a_secret()
        reader = a_reader_of(secret)
        show(secret, is_public=False)
        answer = client.post(manage(reader), {"scope": "chosen", "pace": "every"})
        assert answer.status_code == 422
        assert "Choose at least one component" in answer.text
        assert not [word for word in words_of(secret) if word in answer.text]
        assert chosen_by(reader) == {secret}

    def test_saves_a_page_that_was_opened_before_it_was_hidden(self, client):
        secret, shown = a_secret(), a_component("Payments")
        reader = a_reader_of(secret, shown)
        show(secret, is_public=False)
        names = [secret.public_id, shown.public_id]
        assert client.post(manage(reader), {"scope": "chosen", "components": names, "pace": "every"}).status_code == 302
        assert chosen_by(reader) == {secret, shown}

    def test_cannot_choose_what_is_hidden_and_was_not_theirs(self, client):
        secret, shown = a_secret(), a_component("Payments")
        show(secret, is_public=False)
        reader = a_reader_of(shown)
        values = {"scope": "chosen", "components": [secret.public_id], "kept": "1", "pace": "every"}
        answer = client.post(manage(reader), values)
        assert answer.status_code == 422
        assert not [word for word in words_of(secret) if word in answer.text]
        assert chosen_by(reader) == {shown}

    def test_gets_no_hidden_name_in_the_export_of_what_we_know(self):
        secret = a_secret()
        reader = a_reader_of(secret, a_component("Payments"))
        show(secret, is_public=False)
        told = exporting.export(Address(Channel.EMAIL, reader.address), by=None, at=timezone.now())
        assert told["subscription"]["hears_of"] == ["a component that is not public now", "Payments"]
