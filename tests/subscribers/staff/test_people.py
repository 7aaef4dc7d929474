"""The administrator's screen of people: roles, and the end of an account."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from statuspage.accounts.roles import LEAD, SUPPORT
from subscribers.staff import people
from tests.factories import a_user

pytestmark = pytest.mark.django_db


def an_administrator(name: str) -> User:
    person = a_user(name, is_superuser=True)
    person.set_password("x")
    person.save()
    return person


@pytest.fixture
def admin(client):
    client.force_login(an_administrator("ana"))
    return client


def a_lead() -> User:
    person = a_user("leo")
    person.groups.add(Group.objects.get(name=LEAD))
    return person


def test_a_lost_role_holds_from_the_next_click(admin):
    leo, theirs = a_lead(), Client()
    theirs.force_login(leo)
    board = reverse("console:board")
    assert theirs.get(board).status_code == 200
    admin.post(reverse("staff:give-role", args=[leo.pk]), {"role": Group.objects.get(name=SUPPORT).pk})
    assert theirs.get(board).status_code == 403


def test_an_ended_account_ends_its_sessions_at_once_and_can_be_given_back(admin):
    leo, theirs = a_lead(), Client()
    theirs.force_login(leo)
    admin.post(reverse("staff:deactivate", args=[leo.pk]))
    assert theirs.get(reverse("console:board")).status_code == 302
    admin.post(reverse("staff:reactivate", args=[leo.pk]))
    theirs.force_login(leo)
    assert theirs.get(reverse("console:board")).status_code == 200


def test_the_last_administrator_stays(admin):
    ana = User.objects.get(username="ana")
    for name, values in (("deactivate", {}), ("give-role", {"role": Group.objects.get(name=LEAD).pk})):
        page = admin.post(reverse(f"staff:{name}", args=[ana.pk]), values, follow=True)
        assert "last administrator" in page.content.decode()
    ana.refresh_from_db()
    assert ana.is_active
    assert ana.is_superuser


def test_whoever_was_only_invited_does_not_count_as_one(admin):
    invited = a_user("ben", is_superuser=True)
    invited.set_unusable_password()
    invited.save()
    with pytest.raises(ValidationError):
        people.deactivate(person=User.objects.get(username="ana"), by=None, at=timezone.now())


def test_of_two_administrators_who_remove_each_other_one_stays(admin):
    ana, ben = User.objects.get(username="ana"), an_administrator("ben")
    people.deactivate(person=ben, by=ana, at=timezone.now())
    with pytest.raises(ValidationError):
        people.deactivate(person=ana, by=ben, at=timezone.now())


def test_everybody_stands_on_the_screen_with_what_they_are(admin):
    an_administrator("ben")
    a_lead()
    page = admin.get(reverse("staff:people")).content.decode()
    assert "leo" in page
    assert "never logged in" in page
    assert "invited, not here yet" in page
