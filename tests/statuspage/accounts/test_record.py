"""Log-ins and tries in the audit."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import AuditEvent
from statuspage.accounts import brake, record

from .people import Person, attack, everywhere

pytestmark = pytest.mark.django_db


def test_log_ins_and_tries_are_in_the_audit_without_password_or_unknown_name(lead):
    Person().logs_in()
    Person("203.0.113").tries(password="s3cret")
    Person("203.0.113").tries("my-p4ssword", password="lead")
    rows = [
        (event.by_name, event.action, event.subject, event.detail["network"])
        for event in AuditEvent.objects.order_by("id")
    ]
    assert rows == [
        ("lead", "logged in", "lead", "198.51.100.0/24"),
        ("somebody", "tried to log in as", "lead", "203.0.113.0/24"),
        ("somebody", "tried to log in as", "an unknown name", "203.0.113.0/24"),
    ]
    assert "s3cret" not in str(AuditEvent.objects.values())
    assert "p4ssword" not in str(AuditEvent.objects.values())


def test_a_flood_writes_few_rows_and_each_says_how_many_were_not_written(lead, clock):
    attack(tries=300)
    assert AuditEvent.objects.count() == brake.NAME.at_once
    clock.shift(timedelta(hours=1))
    Person().tries()
    assert AuditEvent.objects.latest("id").detail["not_written"] == 300 - brake.NAME.at_once
    for hour in range(24):
        clock.move_to(timezone.now() + timedelta(hours=1))
        for number, network in zip(range(20), everywhere(), strict=False):
            Person(network).tries(f"name{hour}{number}")
    assert AuditEvent.objects.count() < 24 * 3600 / record._OF_ALL.every
