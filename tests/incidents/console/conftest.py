"""A lead at her desk, and forms that are sent as they came but for what is said."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.actions.templates import approve
from incidents.models import IncidentTemplate, TemplateComponent, TemplateStep
from statuspage.accounts.roles import LEAD, SUPPORT
from tests.factories import a_user
from tests.journeys.browsing import Form

INVESTIGATING = (
    "Card payments fail. {{what_we_know}} We are on it: {{what_we_are_doing}} Next word by {{next_update_by}}."
)


class GatewayClient:
    """A logged-in member of staff."""

    def __init__(self, user):
        self.user = user
        self.client = Client()
        self.client.force_login(user)

    def get(self, name, *args, query="", **kwargs):
        return self.client.get(reverse(name, args=args) + query, **kwargs)

    def form(self, name, *args, query="") -> dict:
        """The compose form's values as the browser got them."""
        values = Form(self.get(name, *args, query=query).text, {"request_key", "body"}).values
        return {name: value.removeprefix("\n") for name, value in values.items()}  # as every browser does

    def post(self, name, values, *args, query="", **kwargs):
        return self.client.post(reverse(name, args=args) + query, values, **kwargs)

    def compose(self, name, *args, query="", to=None, **changes):
        """Open a form, change it and publish it."""
        return self.post(to or name, self.form(name, *args, query=query) | changes, *args, query=query)

    def update(self, incident, **changes):
        return self.compose("console:incident", incident.public_id, to="console:update", **changes)


def _member(role, **kwargs):
    user = a_user(**kwargs)
    user.groups.add(Group.objects.get(name=role))
    return GatewayClient(user)


@pytest.fixture
def lead(db):
    return _member(LEAD, first_name="Ana")


@pytest.fixture
def colleague(db):
    return _member(LEAD, first_name="Ben")


@pytest.fixture
def support(db):
    return _member(SUPPORT)


def in_minutes(minutes) -> str:
    """What a person types into a date and time field; the tests' page is in UTC."""
    return (timezone.now() + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")


def a_template(*, components=None, approved=True, **steps) -> IncidentTemplate:
    template = IncidentTemplate.objects.create(name="Cards", title="Card payments fail", severity="P1")
    for status, body in (steps or {"investigating": INVESTIGATING}).items():
        TemplateStep.objects.create(template=template, status=status, body=body)
    for component, status in (components or {}).items():
        TemplateComponent.objects.create(template=template, component=component, status=status)
    return approve(template=template, by=a_user(), at=timezone.now()) if approved else template
