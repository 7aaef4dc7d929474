"""How long a link works, who ends it, and what it can do then."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.utils import timezone

from incidents.models import AuditEvent
from statuspage.accounts.roles import LEAD, SUPPORT
from subscribers import links
from subscribers.models import Confirmation, Subscriber
from tests.factories import a_subscriber, a_user

pytestmark = pytest.mark.django_db
CHANGE = {"scope": "everything", "pace": "milestones"}


@pytest.fixture
def subscriber():
    return a_subscriber("ada@example.test")


def page(subscriber, name="") -> str:
    return f"/subscription/{links.subscription_token(subscriber)}/{name}"


def a_confirmation_page(subscriber, **kwargs) -> str:
    confirmation = Confirmation.objects.create(subscriber=subscriber, **kwargs)
    return f"/subscription/{links.confirmation_token(confirmation)}/confirm/"


def test_a_used_confirmation_shows_the_subscription_for_an_hour_and_then_only_that_it_was_used(client, subscriber):
    used_at = timezone.now()
    address = a_confirmation_page(subscriber, confirmed_at=used_at)
    with time_machine.travel(used_at + timedelta(minutes=59), tick=False):
        assert page(subscriber) in client.get(address).text
    with time_machine.travel(used_at + timedelta(minutes=61), tick=False):
        answer = client.post(address, follow=True)
        assert answer.status_code == 200
        assert "This link was used already" in answer.text
        assert "ada@example.test" not in answer.text
        assert links.subscription_token(subscriber) not in answer.text
        assert 'href="/subscribe/"' in answer.text


def test_ending_all_links_asks_first(client, subscriber):
    assert page(subscriber, "end-links/") in client.get(page(subscriber)).text
    assert client.get(page(subscriber, "end-links/")).status_code == 200
    assert Subscriber.objects.get().link_version == 1


def test_ended_links_open_nothing_and_the_answer_holds_no_new_one(client, subscriber):
    unused = a_confirmation_page(subscriber)
    used = a_confirmation_page(subscriber, confirmed_at=timezone.now())
    manage, end = page(subscriber), page(subscriber, "end-links/")
    answer = client.post(end)
    subscriber.refresh_from_db()
    assert links.subscription_token(subscriber) not in answer.text
    assert "Your links are ended" in answer.text
    before = Subscriber.objects.values().get()
    assert [client.get(manage).status_code, client.post(manage, CHANGE).status_code] == [404, 404]
    assert client.post(end).status_code == 404
    client.post(unused)
    assert client.get(unused).status_code == 410
    assert "ada@example.test" not in client.get(used).text
    assert Subscriber.objects.values().get() == before
    assert client.get(page(subscriber)).status_code == 200


def test_a_sign_up_after_it_can_be_confirmed(client, subscriber):
    client.post(page(subscriber, "end-links/"))
    fresh = a_confirmation_page(subscriber)
    assert "Yes, subscribe me" in client.get(fresh).text
    client.post(fresh)
    subscriber.refresh_from_db()
    assert page(subscriber) in client.get(fresh).text


@pytest.mark.parametrize("body", [{"List-Unsubscribe": "One-Click"}, {}])
def test_the_unsubscribe_link_of_a_mail_already_sent_goes_on_ending_it_and_does_nothing_else(client, subscriber, body):
    old = page(subscriber, "unsubscribe/")
    client.post(page(subscriber, "end-links/"))
    asked = client.get(old)
    assert asked.status_code == 200
    assert "ada@example.test" not in asked.text
    assert "/subscription/" not in asked.text.replace(old, "")
    assert client.post(old, body).status_code == (200 if body else 302)
    assert not Subscriber.objects.active().exists()
    over = client.get(old).text
    assert "You are unsubscribed" in over
    assert "ada@example.test" not in over


def test_staff_who_may_end_links_for_whoever_asks(client, subscriber):
    lead = a_user("lead")
    lead.groups.add(Group.objects.get(name=LEAD))
    client.force_login(lead)
    act = {"action": "end_links", "_selected_action": [subscriber.pk]}
    assert client.post("/admin/subscribers/subscriber/", act).status_code == 302
    assert Subscriber.objects.get().link_version == 2
    assert AuditEvent.objects.get(action="ended links").by == lead


def test_support_may_not(client, subscriber):
    support = a_user("support")
    support.groups.add(Group.objects.get(name=SUPPORT))
    client.force_login(support)
    client.post("/admin/subscribers/subscriber/", {"action": "end_links", "_selected_action": [subscriber.pk]})
    assert Subscriber.objects.get().link_version == 1
