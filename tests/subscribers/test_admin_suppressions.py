"""Suppressions are lifted, and held ones decided on, by a person who may, and it is written down who."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import timezone

from incidents.models import AuditEvent
from statuspage.accounts.roles import LEAD
from subscribers.admin import suppressions as admin
from subscribers.delivery import suppression_review
from subscribers.models import HeldSuppression, Suppression
from tests.factories import a_user

pytestmark = pytest.mark.django_db
VALUES = {"channel": "email", "address": "reader@example.test", "reason": "550 5.1.1", "source": "report"}


@pytest.fixture
def lead(client):
    lead = a_user("lena")
    lead.groups.add(Group.objects.get(name=LEAD))
    client.force_login(lead)
    return lead


@pytest.fixture
def onlooker(client):
    user = a_user()
    user.user_permissions.set(Permission.objects.filter(codename__in=("view_suppression", "view_heldsuppression")))
    client.force_login(user)
    return user


def choose(client, action, thing):
    address = reverse(f"admin:subscribers_{thing._meta.model_name}_changelist")
    return client.post(address, {"action": action, "_selected_action": [thing.pk]}, follow=True)


def test_the_lead_lifts_a_suppression(client, lead):
    response = choose(client, "lift", Suppression.objects.create(**VALUES))
    assert "1 lifted" in response.content.decode()
    assert not Suppression.objects.exists()
    event = AuditEvent.objects.get(action="lifted suppression")
    assert (event.by, event.subject) == (lead, "reader@example.test: 550 5.1.1")


def test_whoever_only_looks_lifts_nothing(client, onlooker):
    for action, model in (("lift", Suppression), ("accept", HeldSuppression), ("dismiss", HeldSuppression)):
        extra = {"held_at": timezone.now()} if model is HeldSuppression else {}
        thing = model.objects.create(**VALUES, **extra)
        choose(client, action, thing)
        assert model.objects.filter(pk=thing.pk).exists()
        thing.delete()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(("action", "suppressed"), [("accept", True), ("dismiss", False)])
def test_the_lead_decides_on_what_is_held(client, lead, action, suppressed):
    choose(client, action, HeldSuppression.objects.create(held_at=timezone.now(), **VALUES))
    assert not HeldSuppression.objects.exists()
    assert Suppression.objects.filter(address="reader@example.test").exists() == suppressed
    assert AuditEvent.objects.get().by == lead


def test_the_board_says_that_somebody_has_to_decide(client, lead):
    board = reverse("deliveries:board")
    assert "held-suppressions" not in client.get(board).content.decode()
    HeldSuppression.objects.create(held_at=timezone.now(), **VALUES)
    assert "1 address reported" in client.get(board).content.decode()


def shown(client, **query) -> set[str]:
    page = client.get(reverse("admin:subscribers_suppression_changelist"), query)
    return {row.address for row in page.context["cl"].result_list}


def test_the_list_is_narrowed_to_the_reasons_that_a_review_names(client, lead):
    reasons = {"one@example.test": "550 5.1.1 <one@example.test> User unknown"}
    reasons |= {f"r{n}@example.test": f"550 Sender verify failed for r{n}@example.test" for n in range(3)}
    for address, reason in reasons.items():
        Suppression.objects.create(channel="email", address=address, reason=reason)
    Suppression.objects.create(channel="sms", address="+4915112345678", reason="no such number (30005)")
    page = client.get(reverse("admin:subscribers_suppression_changelist")).text
    assert "sender verify failed for …, today: we are refused (doubtful) (3)" in page
    assert "SMS: no such number" in page
    by_words = {group.words: group.id for group in suppression_review.groups()}
    (refused,) = [found for words, found in by_words.items() if "sender verify" in words]
    assert shown(client, group=refused) == {"r0@example.test", "r1@example.test", "r2@example.test"}
    (dead,) = [found for words, found in by_words.items() if "no such number" in words]
    assert shown(client, group=dead) == {"+4915112345678"}
    assert shown(client, group="lifted") == set()
    assert len(shown(client)) == 5


def test_a_chosen_reason_is_shown_however_rare_it_is(client, lead, monkeypatch):
    monkeypatch.setattr(admin.Reason, "most", 1)
    for number, reason in enumerate(("no such number (30005)", "no such number (30005)", "a landline (30006)")):
        Suppression.objects.create(channel="sms", address=f"+491511234567{number}", reason=reason)
    common, rare = suppression_review.groups()
    page = client.get(reverse("admin:subscribers_suppression_changelist"), {"group": rare.id}).text
    assert f"?group={common.id}" in page
    assert "SMS: a landline" in page
    assert shown(client, group=rare.id) == {"+4915112345672"}
