"""The first administrator, by the link of the first run."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from incidents.models import AuditEvent
from statuspage.lib import tokens
from statuspage.setup import link
from tests.factories import a_user

pytestmark = pytest.mark.django_db
VALUES = {
    "username": "ana",
    "first_name": "Ana",
    "last_name": "Lima",
    "email": "ana@example.test",
    "password1": "a river of glass",
    "password2": "a river of glass",
}


def path(*, made=timedelta()) -> str:
    """The path of a link that was made `made` ago."""
    url = link.make(at=timezone.now() - made)
    return url.removeprefix(settings.SITE_URL)


def test_whoever_holds_the_link_becomes_the_administrator_and_is_logged_in(client):
    answer = client.post(path(), VALUES)
    assert answer.status_code == 302
    user = User.objects.get()
    assert (user.username, user.is_superuser, user.is_staff, user.email) == ("ana", True, True, "ana@example.test")
    assert client.get(answer["Location"]).status_code == 200


def test_it_stands_in_the_audit(client):
    client.post(path(), VALUES)
    assert AuditEvent.objects.filter(action="set up the page", by=User.objects.get()).count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"password2": "another river"}, "password2"),
        ({"password1": "password", "password2": "password"}, "password2"),
        ({"username": ""}, "username"),
        ({"email": "ana"}, "email"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(client, changes, field):
    answer = client.post(path(), VALUES | changes)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert 'value="Lima"' in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "token",
    [
        lambda: path(made=timedelta(hours=24)),
        lambda: path()[:-3] + "/",
        lambda: "/setup/" + tokens.make("confirm", 2**40) + "/",
    ],
    ids=["a day later", "cut off", "of another purpose"],
)
def test_what_is_no_good_link_says_how_to_get_one(client, token):
    answer = client.get(token())
    assert answer.status_code == 404
    assert "setup_link" in answer.content.decode()


def test_a_user_makes_every_link_void(client):
    address = path()
    a_user()
    assert client.get(address).status_code == 404
    assert client.post(address, VALUES).status_code == 404
    assert User.objects.count() == 1


def test_of_two_who_hold_it_the_first_is_let_in(client, monkeypatch):
    """The second looked while there was nobody, and is asked again under the lock."""
    address, asked = path(), iter([False, True])
    a_user()
    monkeypatch.setattr(link, "is_void", lambda: next(asked))
    answer = client.post(address, VALUES)
    assert answer.status_code == 422
    assert "used this link meanwhile" in answer.content.decode()
    assert User.objects.count() == 1


def test_the_link_is_printed_while_there_is_nobody(capsys):
    call_command("setup_link")
    assert capsys.readouterr().out.startswith(f"{settings.SITE_URL}/setup/")
    a_user()
    with pytest.raises(CommandError, match="createsuperuser"):
        call_command("setup_link")


def test_the_log_in_page_says_that_nobody_can_log_in_yet(client):
    login = reverse("admin:login")
    assert "setup_link" in client.get(login).content.decode()
    a_user()
    assert "setup_link" not in client.get(login).content.decode()
