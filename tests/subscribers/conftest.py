"""Staff at their desks."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from statuspage.accounts.roles import LEAD, SUPPORT
from tests.factories import a_component, a_user, an_open_incident


def _client(role: str | None) -> Client:
    user = a_user()
    if role:
        user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def support(db):
    return _client(SUPPORT)


@pytest.fixture
def lead(db):
    return _client(LEAD)


@pytest.fixture
def clerk(db):
    """Staff without a role."""
    return _client(None)


@pytest.fixture
def payments(db):
    return a_component("Payments")


@pytest.fixture
def incident(payments):
    return an_open_incident(payments).incident
