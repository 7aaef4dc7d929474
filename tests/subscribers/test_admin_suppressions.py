"""Suppressions are lifted, and held ones decided on, by a person who may, and it is written down who."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils import timezone

from incidents.models import AuditEvent
from statuspage.roles import LEAD
from subscribers.models import HeldSuppression, Suppression
from tests.factories import a_user

pytestmark = pytest.mark.django_db
VALUES = {"channel": "email", "address": "reader@example.test", "reason": "550 5.1.1", "witness": "report"}


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
    board = reverse("support:operations")
    assert "held-suppressions" not in client.get(board).content.decode()
    HeldSuppression.objects.create(held_at=timezone.now(), **VALUES)
    assert "1 address reported" in client.get(board).content.decode()
