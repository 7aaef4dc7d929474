"""What is missing, as the administrator sees it."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from incidents.models import Site
from statuspage.accounts.roles import LEAD
from statuspage.setup.checklist import items
from subscribers.models import Contact
from tests.factories import a_component, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return a_user("ana", is_superuser=True)


def done(user) -> set[str]:
    return {one.title for one in items(user) if one.is_done}


def test_on_an_empty_page_nothing_is_done(admin):
    assert done(admin) == set()


def test_each_is_done_by_doing_it(admin, settings):
    settings.EMAIL_URL = "smtp://relay.example.test"
    settings.SITE_URL, settings.BOUNCE_ADDRESS = "https://status.example.test", "b@example.test"
    a_component()
    Site.load()
    Site.objects.update(name="Larkfield")
    a_user("leo").groups.add(Group.objects.get(name=LEAD))
    Contact.objects.create(
        kind="staff", person=admin, channel="email", address="ana@example.test", verified_at=timezone.now()
    )
    assert done(admin) == {
        "Name and zone of the page",
        "Components",
        "The address of the page",
        "E-mail goes out",
        "E-mail has reached you",
        "Bounces come back to us",
        "A colleague",
        "A communications lead",
    }


def test_an_address_that_is_not_verified_proves_nothing(admin):
    Contact.objects.create(kind="staff", person=admin, channel="email", address="ana@example.test")
    assert "E-mail has reached you" not in done(admin)


def test_home_shows_what_is_left(admin, client):
    client.force_login(admin)
    assert reverse("setup:checklist") in client.get(reverse("admin:index")).content.decode()
    assert 'id="setup-left"' in client.get(reverse("setup:checklist")).content.decode()
