"""What tests of the delivery do to the ledger. Time passes by moving `visible_at` back."""

import os

from django.db.models.functions import Now
from django.utils import timezone

from incidents.actions import publishing
from incidents.enums import IncidentStatus, Severity
from incidents.models import Announcement
from subscribers.delivery import fanout, ledger
from subscribers.delivery.journal import Journal, Mark
from subscribers.models import Breaker, Delivery
from tests.factories import a_component, a_subscriber, an_open_incident


def announced(*subscribers, channel="email", severity=Severity.P1, **kwargs) -> Announcement:
    """An announcement with its deliveries, to these addresses."""
    for address in subscribers:
        a_subscriber(address, channel=channel)
    announcement = an_open_incident(a_component(), severity=severity, **kwargs).announcement
    fanout.expand(announcement)
    return announcement


def updated(announcement, status=IncidentStatus.MITIGATING) -> Announcement:
    values = {"incident": announcement.incident, "status": status, "body": "We found the cause."}
    update = publishing.post_update(by=None, at=timezone.now(), **values)
    fanout.expand(update.announcement)
    return update.announcement


def time_passes() -> None:
    Breaker.objects.update(open_until=Now())
    Delivery.objects.waiting().update(visible_at=Now())


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def the_worker_dies(*marks: Mark, channel="email") -> None:
    """As a kill leaves it: claimed, and of each row, in their order, what this machine noted."""
    claim = ledger.claim(channel, 10)
    rows = claim.fresh + claim.suspect
    journal = Journal(claim.token, [row.pk for row in rows])
    for row, mark in zip(rows, marks, strict=False):
        if mark == Mark.BEGUN:
            journal.begun(row.pk)
        elif mark != Mark.NOT_BEGUN:
            journal.ended(row.pk, was_taken=mark == Mark.TAKEN)
    os.close(journal._file)  # the kernel gives the lock back


def the_machine_dies(channel="email") -> None:
    """Claimed, and nobody left who knows how far it got."""
    ledger.claim(channel, 10)
