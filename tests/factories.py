"""Objects for tests, each with sensible values; say only what the test is about."""

from itertools import count

from django.contrib.auth import get_user_model
from django.utils import timezone

from incidents.actions import bulletins, publishing
from incidents.enums import ComponentStatus, Severity
from incidents.models import Bulletin, Component, IncidentUpdate
from subscribers.channels.message import MergeText, OutgoingMessage, RenderedNotice
from subscribers.models import Subscriber

_number = count(1)


def a_user(username=None, **kwargs):
    return get_user_model().objects.create_user(username or f"user{next(_number)}", is_staff=True, **kwargs)


def a_component(name=None, **kwargs) -> Component:
    return Component.objects.create(name=name or f"Component {next(_number)}", **kwargs)


def a_subscriber(address=None, *, channel="email", **kwargs) -> Subscriber:
    number = next(_number)
    default = f"reader{number}@example.test" if channel == "email" else f"+4915112{number:06d}"
    kwargs.setdefault("confirmed_at", timezone.now())
    return Subscriber.objects.create(channel=channel, address=address or default, **kwargs)


def an_open_incident(*components: Component, status=ComponentStatus.PARTIAL_OUTAGE, **kwargs) -> IncidentUpdate:
    """Opened through the action, so announced too; returns its first update."""
    values = {
        "title": "Card payments fail",
        "severity": Severity.P2,
        "body": "Some card payments fail. We are looking into it.",
        "components": dict.fromkeys(components, status),
        "by": None,
        "at": timezone.now(),
    }
    return publishing.open_incident(**values | kwargs)


def a_bulletin(title="We close on Christmas day", **kwargs) -> Bulletin:
    values = {"body": "Our support is back on 27 December.", "by": None, "at": timezone.now()}
    return bulletins.publish(title=title, **values | kwargs)


def a_message(delivery_id: int, to: str, text: str, subject="", html="", headers=None) -> OutgoingMessage:
    """As a channel gets it, the same for everybody."""
    stencils = {name: MergeText((value,)) for name, value in (headers or {}).items()}
    notice = RenderedNotice(lambda recipient: {}, MergeText((text,)), subject, MergeText((html,)), stencils)
    return OutgoingMessage(delivery_id, to, notice, {})
