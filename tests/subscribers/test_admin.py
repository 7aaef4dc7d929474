import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone

from statuspage.accounts.roles import SUPPORT
from subscribers.delivery import fanout
from subscribers.models import Delivery, Subscriber, Suppression
from tests.factories import a_subscriber, a_user, an_open_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_admin(client):
    client.force_login(User.objects.create_superuser("head"))
    return client


def listed(client, model, **query) -> set:
    address = reverse(f"admin:subscribers_{model._meta.model_name}_changelist")
    return {str(thing) for thing in client.get(address, query).context["cl"].queryset}


def test_subscribers_are_found_by_address_channel_and_consent(as_admin):
    a_subscriber("anna@example.test")
    a_subscriber("+46701740605", channel="sms")
    a_subscriber("asked@example.test", confirmed_at=None)
    a_subscriber("left@example.test", unsubscribed_at=timezone.now())
    assert listed(as_admin, Subscriber, q="anna@") == {"anna@example.test"}
    assert listed(as_admin, Subscriber, channel__exact="sms") == {"+46701740605"}
    assert listed(as_admin, Subscriber, consent="active") == {"anna@example.test", "+46701740605"}
    assert listed(as_admin, Subscriber, consent="asked") == {"asked@example.test"}
    assert listed(as_admin, Subscriber, consent="ended") == {"left@example.test"}


def test_what_an_address_was_sent_is_one_click_away(as_admin):
    anna = a_subscriber("anna@example.test")
    a_subscriber("ben@example.test")
    announcement = an_open_incident().announcement
    fanout.expand(announcement)
    page = as_admin.get(reverse("admin:subscribers_subscriber_change", args=[anna.pk])).content.decode()
    assert reverse("admin:subscribers_delivery_changelist", query={"subscriber__id__exact": anna.pk}) in page
    assert listed(as_admin, Delivery, subscriber__id__exact=anna.pk) == {f"{announcement} to anna@example.test"}
    assert listed(as_admin, Delivery, q="ben@") == {f"{announcement} to ben@example.test"}


def test_suppressed_addresses_are_found_with_their_reason(as_admin):
    Suppression.objects.create(channel="email", address="gone@example.test", reason="550 no such mailbox")
    assert listed(as_admin, Suppression, q="gone@") == {"gone@example.test: 550 no such mailbox"}


@pytest.mark.parametrize("model", [Subscriber, Suppression, Delivery])
def test_support_sees_no_list_of_addresses(client, model):
    support = a_user()
    support.groups.add(Group.objects.get(name=SUPPORT))
    client.force_login(support)
    assert client.get(reverse(f"admin:subscribers_{model._meta.model_name}_changelist")).status_code == 403
