"""Colleagues are invited, and get a new password: by mail that goes the way of every notice."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.models import AuditEvent, Message
from statuspage.accounts.roles import LEAD
from subscribers.delivery import drain
from subscribers.models import Contact, Delivery
from tests.factories import a_user

pytestmark = pytest.mark.django_db
NEW = "a river of glass"


@pytest.fixture
def admin(client):
    person = a_user("ana", is_superuser=True, first_name="Ana", email="ana@example.test")
    person.set_password("x")
    person.save()
    client.force_login(person)
    return client


def invite(admin, address="leo@example.test", role=LEAD):
    group = Group.objects.get(name=role).pk if role else ""
    values = {"first_name": "Leo", "last_name": "Berg", "address": address, "role": group}
    return admin.post(reverse("staff:people"), values)


def link_in(sink) -> str:
    """The path of the link in the newest mail, which a worker sends."""
    drain.drain("email")
    mail = message_from_bytes(sink.newest, policy=policy.default)
    return re.search(r"/let-in/[\w-]+/", mail.get_body(("plain",)).get_content())[0]


def choose(path: str, client=None, password=NEW):
    return (client or Client()).post(path, {"new_password1": password, "new_password2": password})


def ask(name: str, **kwargs):
    return Client().post(reverse("subscribers:forgotten"), {"name": name}, **kwargs)


def test_an_invited_colleague_chooses_a_password_and_is_in(admin, smtp_sink):
    assert invite(admin).status_code == 302
    leo, path = User.objects.get(username="leo@example.test"), link_in(smtp_sink)
    assert not leo.has_usable_password()
    there = Client()
    assert there.get(path).status_code == 200
    assert choose(path, there).status_code == 302
    assert there.get(reverse("console:board")).status_code == 200
    assert Client().login(username="leo@example.test", password=NEW)


def test_opening_the_link_proves_the_address(admin, smtp_sink):
    invite(admin)
    assert Contact.objects.get().verified_at is None
    choose(link_in(smtp_sink))
    assert Contact.objects.get().verified_at


def test_a_link_works_once(admin, smtp_sink):
    invite(admin)
    path = link_in(smtp_sink)
    choose(path)
    assert choose(path, password="another river").status_code == 404
    assert Client().login(username="leo@example.test", password=NEW)


def test_the_next_link_makes_the_one_before_void(admin, smtp_sink):
    invite(admin)
    first = link_in(smtp_sink)
    admin.post(reverse("staff:send-again", args=[User.objects.get(username="leo@example.test").pk]))
    second = link_in(smtp_sink)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200


@pytest.mark.parametrize(("days", "status"), [(6.9, 200), (7, 404)])
def test_an_invitation_ends_after_a_week(admin, smtp_sink, days, status):
    invite(admin)
    path = link_in(smtp_sink)
    Message.objects.update(send_at=timezone.now() - timedelta(days=days))
    assert Client().get(path).status_code == status


def test_whoever_was_deactivated_meanwhile_is_not_let_in(admin, smtp_sink):
    invite(admin)
    path = link_in(smtp_sink)
    User.objects.filter(username="leo@example.test").update(is_active=False)
    assert Client().get(path).status_code == 404


def test_no_copy_of_the_database_holds_a_link(admin, smtp_sink):
    invite(admin)
    token = link_in(smtp_sink).split("/")[2]
    assert all(token not in f"{one.path} {one.body} {one.body_html}" for one in Message.objects.all())


@pytest.mark.parametrize("address", ["ANA@example.test", "ana", ""])
def test_whoever_is_there_or_is_no_address_is_refused_beside_the_field(admin, address):
    answer = invite(admin, address)
    assert answer.status_code == 422
    assert "address" in answer.context["form"].errors
    assert User.objects.count() == 1


def test_an_invited_administrator_is_one(admin):
    invite(admin, role=None)
    assert User.objects.get(username="leo@example.test").is_superuser


def test_a_forgotten_password_is_set_anew_and_ends_every_session(admin, smtp_sink):
    elsewhere = Client()
    elsewhere.force_login(User.objects.get(username="ana"))
    assert ask("ana").status_code == 200
    assert choose(link_in(smtp_sink)).status_code == 302
    assert elsewhere.get(reverse("admin:index")).status_code == 302
    assert Client().login(username="ana", password=NEW)


def test_the_answer_is_the_same_for_who_is_not_here(admin):
    known, unknown = ask("ana"), ask("nobody")
    assert re.sub(r'value="\w+"', "", known.text) == re.sub(r'value="\w+"', "", unknown.text)
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}, {"email": ""}])
def test_whoever_may_not_log_in_or_has_no_address_is_sent_nothing(admin, change):
    User.objects.filter(username="ana").update(**change)
    ask("ana")
    assert not Delivery.objects.exists()


def test_a_link_goes_to_no_address_that_is_not_proved(admin, smtp_sink):
    """Whoever sits at a screen that was left open could have put their own there."""
    ana = User.objects.get(username="ana")
    Contact.objects.create(kind="staff", person=ana, channel="email", address="other@example.test")
    ask("ana")
    drain.drain("email")
    assert [entry["to"] for entry in smtp_sink.journal.entries()] == ["ana@example.test"]


def test_nobody_floods_a_colleague(admin):
    for _ in range(8):
        ask("ana")
    assert Delivery.objects.count() == 3


def test_a_network_that_asks_on_and_on_is_told_to_wait(admin):
    answers = [ask(f"name{number}") for number in range(12)]
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"]


def test_it_stands_in_the_audit(admin, smtp_sink):
    invite(admin)
    choose(link_in(smtp_sink))
    assert {"invited", "set own password"} <= set(AuditEvent.objects.values_list("action", flat=True))
