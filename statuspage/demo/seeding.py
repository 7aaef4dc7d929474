"""Writes the demo of subscribers/demo into an empty database. The past goes in unannounced; the open incidents are
published as the lead would, so that there is something to read in the outbox."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from django.contrib.auth.models import Group, User
from django.db import transaction

from incidents.actions import history, publishing, scheduling, templates
from incidents.actions.history import PastIncident, PastUpdate
from incidents.enums import ComponentStatus, Impact, MaintenanceStatus, Severity
from incidents.models import Component, ComponentGroup, Incident, IncidentTemplate, IncidentUpdate, Site
from subscribers import offering
from subscribers.addresses import normalise
from subscribers.delivery import drain, fanout
from subscribers.enums import Channel
from subscribers.models import Delivery, Subscriber, Subscription, Suppression
from subscribers.support import linking

from . import catalogue, past, present
from .templates import TEMPLATES

_YEAR = timedelta(days=365)


def is_fresh() -> bool:
    """Whether nobody has put anything into this database yet."""
    return not any(
        model._default_manager.exists() for model in (User, Component, Incident, IncidentTemplate, Subscriber)
    )


@transaction.atomic
def seed(*, password: str, at: datetime) -> None:
    """Everything or nothing; the caller has asked `is_fresh`. `password` is that of all three log-ins."""
    now = at.astimezone(UTC).replace(second=0, microsecond=0)  # the demo's page and all its words are in UTC
    staff = _staff(password)
    components = _catalogue(now)
    _templates(components, by=staff["admin"], at=now - timedelta(days=75))
    for incident in _past(now):
        history.keep(incident)
    _subscribers(components, now)
    published = _publish(components, staff, now)
    _deliver_all_but_the_latest(published)


def _staff(password: str) -> dict[str, User]:
    staff = {}
    for username, (first, last, role) in catalogue.STAFF.items():
        make = User.objects.create_user if role else User.objects.create_superuser
        email = f"{first}.{last}@larkfield.example".lower()
        user = make(username, email, password, first_name=first, last_name=last, is_staff=True)
        if role:
            user.groups.add(Group.objects.get(name=role))
        staff[username] = user
    return staff


def _catalogue(now: datetime) -> dict[str, Component]:
    Site.objects.update_or_create(pk=1, defaults=catalogue.SITE)
    components = {}
    for position, (name, members) in enumerate(catalogue.GROUPS.items(), start=1):
        group = ComponentGroup.objects.create(name=name, position=position)
        private = catalogue.PRIVATE.get(name, {})
        for place, (member, description) in enumerate((members | private).items(), start=1):
            components[member] = Component.objects.create(
                name=member,
                description=description,
                group=group,
                position=place,
                is_public=member not in private,
                start_date=(now - _YEAR).date(),
                created_at=now - _YEAR,
            )
    return components


def _templates(components: dict[str, Component], *, by: User, at: datetime) -> None:
    for position, words in enumerate(TEMPLATES, start=1):
        template = IncidentTemplate.objects.create(
            name=words.name, title=words.title, severity=words.severity, position=position
        )
        for step, body in words.steps.items():
            template.steps.create(status=step, body=body)
        for name, status in words.components.items():
            template.affected.create(component=components[name], status=status)
        if words.is_approved:
            templates.approve(template=template, by=by, at=at)


def _past(now: datetime) -> Iterator[PastIncident]:
    """Oldest first, as they happened."""
    told = [_past_incident(row, now) for row in past.INCIDENTS] + [_past_works(row, now) for row in past.WORKS]
    yield from sorted(told, key=lambda incident: incident.started_at)


def _past_incident(row: past.Past, now: datetime) -> PastIncident:
    began = _moment(now, row.days, row.clock)
    updates = _updates(began, row.story)
    return PastIncident(
        title=row.title,
        severity=row.severity,
        impact=row.impact or row.severity.suggested_impact,
        started_at=began,
        resolved_at=updates[-1].at,
        updates=updates,
        components=row.components,
        downtime=(began + timedelta(minutes=row.down[0]), began + timedelta(minutes=row.down[1])) if row.down else None,
    )


def _past_works(row: past.Works, now: datetime) -> PastIncident:
    began = _moment(now, row.days, row.clock)
    announced_at = began - timedelta(days=row.notice, hours=-9)
    announcement = PastUpdate(at=announced_at, status=MaintenanceStatus.SCHEDULED, body=row.announcement)
    return PastIncident(
        title=row.title,
        severity=Severity.P4,
        impact=Impact.MAINTENANCE,
        started_at=announced_at,
        resolved_at=began + timedelta(minutes=row.minutes),
        updates=[announcement, *_updates(began, row.story)],
        components=dict.fromkeys(row.components, ComponentStatus.UNDER_MAINTENANCE),
        window=(began, began + timedelta(minutes=row.minutes)),
    )


def _updates(began: datetime, story) -> list[PastUpdate]:
    return [
        PastUpdate(at=began + timedelta(minutes=minutes), status=status, body=body) for minutes, status, body in story
    ]


def _moment(now: datetime, days: int, clock: str) -> datetime:
    return datetime.combine(now.date() - timedelta(days=days), time.fromisoformat(clock), UTC)


def _subscribers(components: dict[str, Component], now: datetime) -> None:
    for number, person in enumerate(catalogue.SUBSCRIBERS):
        asked_at = now - timedelta(days=300 - 7 * number, minutes=37 * number)
        subscriber = Subscriber.objects.create(
            **normalise(person.address)._asdict(),
            everything=not person.components,
            every_update=not person.milestones,
            confirmed_at=None if person.state == "asked" else asked_at + timedelta(minutes=4),
            unsubscribed_at=now - timedelta(days=12) if person.state == "left" else None,
            created_at=asked_at,
        )
        Subscription.objects.bulk_create(
            Subscription(subscriber=subscriber, component=components[name]) for name in person.components
        )
        if person.state == "bounced":
            Suppression.objects.create(
                channel=subscriber.channel,
                address=subscriber.address,
                reason="550 5.1.1 The mailbox does not exist",
                created_at=now - timedelta(days=11),
            )


def _publish(components: dict[str, Component], staff: dict[str, User], now: datetime) -> list[IncidentUpdate]:
    """All that is going on, in the order in which it was said."""
    by = staff["lead"]
    planned = present.maintenance(now)
    published = [
        scheduling.schedule_maintenance(
            title=planned.title,
            body=planned.body,
            components=[components[name] for name in planned.components],
            scheduled_for=planned.begin,
            scheduled_until=planned.end,
            by=by,
            at=planned.announced_at,
        )
    ]
    for story in present.open_incidents(now):
        published += _tell(story, components, by)
    _link_customers(published[-1].incident, by=staff["support"], at=now - timedelta(minutes=20))
    return published


def _tell(story: present.Open, components: dict[str, Component], by: User) -> Iterator[IncidentUpdate]:
    template = IncidentTemplate.objects.filter(name=story.template).first()
    first, *others = story.steps
    opened = publishing.open_incident(
        title=story.title,
        severity=story.severity,
        impact=story.impact,
        template=template,
        components={components[name]: status for name, status in story.components.items()},
        status=first.status,
        body=_body(first, template),
        next_update_at=first.next_update_at,
        by=by,
        at=first.at,
    )
    yield opened
    for step in others:
        yield publishing.post_update(
            incident=opened.incident,
            status=step.status,
            body=_body(step, template),
            next_update_at=step.next_update_at,
            by=by,
            at=step.at,
        )


def _body(step: present.Step, template: IncidentTemplate | None) -> str:
    if template is None:
        return step.body
    return templates.fill(template.steps.get(status=step.status).body, step.blanks)


def _link_customers(incident: Incident, *, by: User, at: datetime) -> None:
    for customer in catalogue.CUSTOMERS:
        linking.link_customer(
            incident=incident,
            name=customer.name,
            contact=customer.contact,
            reference=customer.reference,
            ticket_url=catalogue.TICKET_URL + customer.ticket if customer.ticket else "",
            by=by,
            at=at,
        )


def _deliver_all_but_the_latest(published: list[IncidentUpdate]) -> None:
    """Into the outbox, as happened when they were published: together, the newer would make the older superfluous.

    The latest is left to the workers, and so is everything where mail really goes out.
    """
    if not offering.is_trial():
        return
    for update in published[:-1]:
        fanout.expand(update.announcement)
        for channel in Channel:
            while drain.drain(channel):
                pass
        sent = Delivery.objects.filter(announcement=update.announcement, sent_at__isnull=False)
        sent.update(created_at=update.display_at, sent_at=update.display_at + timedelta(seconds=3))
