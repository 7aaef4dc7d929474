"""S05: a walk over every URL, method and role, against a table that denies by default."""

from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver
from django.utils import timezone

from incidents.actions import messages, scheduling
from incidents.actions.recurrence import Recurrence
from incidents.models import Bulletin, ChangeFreeze, ComponentGroup, Incident, IncidentTemplate, Maintenance, Site
from incidents.page import bulletins, history
from statuspage.accounts.roles import LEAD, SUPPORT
from subscribers import links
from subscribers.channels.outbox import files
from subscribers.delivery import fanout, pauses
from subscribers.enums import Channel, RecipientKind
from subscribers.models import (
    AffectedCustomer,
    Confirmation,
    Contact,
    HeldSuppression,
    IncomingMessage,
    Pause,
    Suppression,
)
from tests.factories import a_bulletin, a_component, a_subscriber, a_user, an_open_incident

from .access import ACCESS, ADMIN_METHODS, METHODS, NOBODY, ROLES

REFUSED = {403, 404, 405}
# Django's admin redirects <model>/<id>/ to <model>/<id>/change/, and the table speaks of that.
OLD_ADMIN_ADDRESS = "admin:<path:object_id>/"
UNNAMED = {
    "admin:(?P<url>.*)$": "/admin/nowhere/",
    "api/v2/": "/api/v2/",
    "api/v2/<path:path>": "/api/v2/nowhere.json",
}


def walk(patterns=None, namespace="", arguments=()) -> Iterator[tuple[str, list[str]]]:
    """Name and argument names of every URL; where it has no name, its route."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        names = [*arguments, *pattern.pattern.regex.groupindex]
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from walk(pattern.url_patterns, inner, names)
        else:
            yield f"{namespace}{pattern.name or pattern.pattern}", names


URLS = {name: arguments for name, arguments in walk() if name != OLD_ADMIN_ADDRESS}


def test_every_url_is_in_the_table_and_the_table_names_no_other():
    assert set(URLS) == set(ACCESS)


@pytest.fixture
def house(monkeypatch):
    """One object of everything, so that no address answers 404 for want of one."""
    Site.load()
    Site.objects.update(logo=b"<svg/>", logo_type="image/svg+xml")
    a_user("support").groups.add(Group.objects.get(name=SUPPORT))
    a_user("lead").groups.add(Group.objects.get(name=LEAD))
    User.objects.create_superuser("admin")
    payments = a_component("Card payments", group=ComponentGroup.objects.create(name="Payments"))
    window = {"scheduled_for": timezone.now(), "scheduled_until": timezone.now() + timedelta(hours=1)}
    recurs = Recurrence.of_window(*window.values(), UTC, "FREQ=WEEKLY")
    scheduling.schedule_maintenance(
        title="Move", body="We move.", components=[payments], by=None, at=timezone.now(), recurs=recurs, **window
    )
    monkeypatch.setattr(history, "PER_PART", 1)
    monkeypatch.setattr(bulletins, "PER_PART", 1)
    for _ in range(2):
        a_bulletin(tell=True)
    an_open_incident(at=timezone.now() - timedelta(seconds=1))
    incident = an_open_incident(payments).incident
    # The last of each kind may be deleted: nothing hangs on it.
    a_component("Spare")
    ComponentGroup.objects.create(name="Spare")
    ChangeFreeze.objects.create(name="Christmas", begins_at=timezone.now(), ends_at=timezone.now() + timedelta(days=9))
    IncidentTemplate.objects.create(name="Payments", title="Payments fail")
    customer = a_subscriber()
    AffectedCustomer.objects.create(incident=incident, subscriber=customer, name="Fern")
    suppressed = {"channel": "email", "address": "gone@example.test", "reason": "550"}
    Suppression.objects.create(**suppressed)
    HeldSuppression.objects.create(held_at=timezone.now(), **suppressed)
    IncomingMessage.objects.create(channel="sms", text="When is it over?", came_at=timezone.now())
    fanout.expand(incident.announcements.get())
    return Examples(incident, customer)


class Examples:
    """A value for each argument of an address."""

    def __init__(self, incident: Incident, customer):
        self.incident = incident
        subscription = links.subscription_token(customer)
        confirmation = links.confirmation_token(Confirmation.objects.create(subscriber=customer))
        self.special = {
            ("subscribers:confirm", "token"): confirmation,
            ("support:customer-deliveries", "pk"): customer.pk,
            ("support:told", "pk"): customer.pk,
            ("support:told", "delivery"): customer.deliveries.get().pk,
            ("support:erase-person", "pk"): customer.pk,
            ("support:export-person", "pk"): customer.pk,
            ("deliveries:release", "pk"): a_pause().pk,
            ("console:end-series", "public_id"): Maintenance.objects.earliest("pk").public_id,
            **{
                (f"staff:{act}", "pk"): a_user(act).pk
                for act in ("send-again", "give-role", "deactivate", "reactivate")
            },
        }
        self.values = {
            "public_id": incident.public_id,
            "year": timezone.now().year,
            "code": incident.short_code,
            "month": timezone.now().date().replace(day=1),
            "part": 2,
            "channel": "email",
            "name": a_kept_mail(),
            "token": subscription,
            "pk": AffectedCustomer.objects.get().pk,
            "app_label": "incidents",
            "announcement": incident.announcements.get().public_id,
            "update": incident.updates.get().public_id,
            "content_type_id": ContentType.objects.get_for_model(Incident).pk,
            "id": User.objects.get(username="lead").pk,
        }

    def belongs_to(self, username: str) -> None:
        """What is somebody's own is this one's."""
        person = User.objects.get(username=username)
        for channel in Channel:
            Contact.objects.create(kind=RecipientKind.STAFF, person=person, channel=channel, address="+12025550123")
        words = {"title": "An update is overdue", "body": "You promised one.", "at": timezone.now()}
        self.special["staff:put-away", "pk"] = messages.tell_staff(person=person, key="1", **words).pk

    def address(self, name: str) -> str:
        if name in UNNAMED:
            return UNNAMED[name]
        arguments = URLS[name]
        url = reverse(name, kwargs={argument: self._value(name, argument) for argument in arguments})
        if name == "admin:autocomplete":
            url += "?app_label=incidents&model_name=templatecomponent&field_name=component"
        return url

    def _value(self, name: str, argument: str):
        if (name, argument) in self.special:
            return self.special[name, argument]
        if argument == "object_id":
            return self._newest(name)
        if argument == "public_id" and name.rpartition(":")[2].startswith("bulletin"):
            return Bulletin.objects.first().public_id
        if name.startswith("component"):
            return self.incident.components.get().public_id
        return self.values[argument]

    def _newest(self, name: str) -> int:
        if name == "admin:view_on_site":
            return self.incident.pk
        app, model, _page = name.removeprefix("admin:").split("_")
        return apps.get_model(app, model)._default_manager.order_by("pk").last().pk


def a_pause() -> Pause:
    return pauses.pause(reason="The relay sends twice.", by=None, at=timezone.now(), channel="sms")


def a_kept_mail() -> str:
    mail = EmailMultiAlternatives("Subject", "Text", "a@example.test", ["b@example.test"])
    mail.attach_alternative("<p>Text</p>", "text/html")
    files.EmailBackend().send_messages([mail])
    return files.names()[0]


def outcome(cookies, method: str, url: str) -> str:
    """answered, refused or broken; what the request changed is taken back."""
    client = Client(raise_request_exception=False)
    client.cookies = cookies.copy()
    with transaction.atomic():
        response = client.generic(method, url)
        transaction.set_rollback(True)
    if response.status_code == 500:
        return "broken"
    sent_to_log_in = response.status_code == 302 and response["Location"].startswith(reverse("admin:login"))
    return "refused" if sent_to_log_in or response.status_code in REFUSED else "answered"


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_every_method_is_answered_to_those_in_the_table_and_to_nobody_else(role, house):
    client = Client()
    house.belongs_to("admin" if role == "anonymous" else role)
    if role != "anonymous":
        client.force_login(User.objects.get(username=role))
    wrong = []
    for name in URLS:
        url, allowed = house.address(name), ACCESS.get(name, NOBODY)[role]
        for method in ADMIN_METHODS if name.startswith("admin:") else METHODS:
            came = outcome(client.cookies, method, url)
            if came != ("answered" if method in allowed else "refused"):
                wrong.append(f"{name} {method}: {came}")
    assert not wrong
