import json

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from subscribers.delivery import fanout
from subscribers.models import ErasedAddress, Subscriber, Suppression
from tests.factories import a_subscriber, a_user, an_open_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    ada = a_subscriber("ada@example.test")
    fanout.expand(an_open_incident().announcement)
    return ada


@pytest.fixture
def officer(client):
    """Who may erase, and nothing else."""
    user = a_user("officer")
    user.user_permissions.add(Permission.objects.get(codename="erase_subscriber"))
    client.force_login(user)
    return client


def address(name, subscriber):
    return reverse(f"support:{name}", args=[subscriber.pk])


def test_erasing_asks_first_and_says_what_goes(officer, ada):
    page = officer.get(address("erase-person", ada)).text
    assert "ada@example.test" in page
    assert "the record of 1 message, which stays as a number alone" in page
    assert Subscriber.objects.exists()
    answer = officer.post(address("erase-person", ada), follow=True)
    assert "Erased" in answer.text
    assert not Subscriber.objects.exists()
    assert not ErasedAddress.objects.exists()


def test_never_again_keeps_the_hash(officer, ada):
    officer.post(address("erase-person", ada), {"never_again": "1"})
    assert ErasedAddress.objects.get().why == "asked"


@pytest.mark.parametrize("suppressed", [True, False])
def test_it_says_that_a_hash_stays(officer, ada, suppressed):
    if suppressed:
        Suppression.objects.create(channel="email", address=ada.address, reason="550")
    else:
        Subscriber.objects.update(unsubscribed_at=timezone.now())
    assert "a keyed hash of it stays" in officer.get(address("erase-person", ada)).text


def test_an_export_is_a_file_that_nobody_stores(officer, ada):
    answer = officer.post(address("export-person", ada))
    assert json.loads(answer.content)["address"] == "ada@example.test"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]


def test_the_admin_offers_it_to_those_who_may(client, ada):
    reader = a_user("reader")
    reader.user_permissions.add(Permission.objects.get(codename="view_subscriber"))
    client.force_login(reader)
    page = reverse("admin:subscribers_subscriber_change", args=[ada.pk])
    assert "by the link in a message to this address" in client.get(page).text
    assert address("erase-person", ada) not in client.get(page).text
    reader.user_permissions.add(Permission.objects.get(codename="erase_subscriber"))
    assert address("erase-person", ada) in client.get(page).text


def test_support_sees_where_the_consent_comes_from(client, ada):
    Subscriber.objects.update(consent="shop checkout")
    client.force_login(a_user(is_superuser=True))
    page = client.get(reverse("support:customer-deliveries", args=[ada.pk])).text
    assert "imported: shop checkout" in page
    assert address("erase-person", ada) in page
