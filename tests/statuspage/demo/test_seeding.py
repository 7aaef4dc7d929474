from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import TestCase
from django.utils import timezone

from incidents.actions.wording import validate_filled
from incidents.models import (
    Announcement,
    Component,
    Incident,
    IncidentTemplate,
    IncidentUpdate,
    Maintenance,
    StatusChange,
)
from statuspage.demo import seeding
from statuspage.lib import text
from subscribers.delivery.audience import recipients_of
from subscribers.enums import Channel
from subscribers.models import AffectedCustomer, Delivery, Subscriber
from tests.factories import a_component

pytestmark = pytest.mark.django_db
PASSWORD = "long-enough-for-anyone"


class TestTheDemo(TestCase):
    """Seeded once for all that only look."""

    @classmethod
    def setUpTestData(cls):
        call_command("seed_demo", password=PASSWORD, verbosity=0)

    def test_the_page_has_trouble_a_past_and_plans(self):
        assert set(Component.objects.exclude(status="operational").values_list("name", "status")) == {
            ("Card processing", "partial_outage"),
            ("Reporting", "degraded_performance"),
        }
        assert sorted(Incident.objects.open().values_list("severity", "status")) == [
            ("P2", "mitigating"),
            ("P4", "investigating"),
        ]
        assert Incident.objects.exclude(resolved_at=None).count() >= 12
        assert sorted(Maintenance.objects.values_list("status", flat=True)) == ["completed", "completed", "scheduled"]
        assert 20 <= Component.objects.public().count() <= 30

    def test_all_times_are_past_and_all_promises_in_the_future(self):
        now = timezone.now()
        assert not IncidentUpdate.objects.filter(display_at__gt=now).exists()
        assert not StatusChange.objects.filter(at__gt=now).exists()
        assert StatusChange.objects.first().at > now - timedelta(days=91)
        assert all(incident.next_update_at > now for incident in Incident.objects.open())
        assert Maintenance.objects.upcoming().get().scheduled_for > now + timedelta(days=2)

    def test_only_what_is_going_on_was_announced(self):
        announced = set(Announcement.objects.values_list("incident_id", flat=True))
        assert announced == set(Incident.all_kinds.open().values_list("pk", flat=True))

    def test_the_latest_word_waits_for_the_workers_and_the_earlier_ones_are_in_the_outbox(self):
        latest, *earlier = Announcement.objects.all()
        assert not latest.deliveries.exists()
        assert recipients_of(latest).count() > 15
        for announcement in earlier:
            assert announcement.deliveries.exclude(state="sent").count() == 0
            assert announcement.deliveries.count() > 15
        assert any((settings.DATA_DIR / "outbox").iterdir())

    def test_no_text_holds_an_unfilled_blank_or_anything_else_that_could_not_be_sent(self):
        for body in IncidentUpdate.objects.values_list("body", flat=True):
            text.validate_text(body)
            validate_filled(body)
        for title in Incident.all_kinds.values_list("title", flat=True):
            text.validate_line(title)

    def test_every_approved_template_leads_from_investigating_to_resolved(self):
        approved = IncidentTemplate.objects.approved()
        assert approved.count() >= 6
        for template in approved:
            steps = set(template.steps.values_list("status", flat=True))
            assert steps >= {"investigating", "mitigating", "resolved"}
            assert template.affected.exists()
        assert IncidentTemplate.objects.exclude(pk__in=approved).exists()

    def test_nobody_real_can_be_written_to(self):
        for channel, address in Subscriber.objects.values_list("channel", "address"):
            fictional = address.endswith(".example") or address.startswith(("+467017406", "+120255501", "+614915701"))
            assert fictional, (channel, address)

    def test_people_subscribe_on_every_channel_in_every_way(self):
        assert {channel: Subscriber.objects.filter(channel=channel).exists() for channel in Channel} == dict.fromkeys(
            Channel, True
        )
        assert 35 <= Subscriber.objects.count() <= 60
        assert Subscriber.objects.filter(everything=False, subscriptions__isnull=True).count() == 0
        assert Subscriber.objects.filter(confirmed_at=None, linked_incidents=None).exists()

    def test_support_has_linked_customers_to_the_open_incident(self):
        assert AffectedCustomer.objects.filter(incident__severity="P2", linked_by__username="support").count() >= 5

    def test_the_three_log_ins_have_their_roles(self):
        def user(name):
            return authenticate(username=name, password=PASSWORD)

        assert user("lead").has_perm("incidents.publish")
        assert user("support").has_perm("subscribers.link_customers")
        assert not user("support").has_perm("incidents.publish")
        assert user("admin").is_superuser

    def test_a_second_time_changes_nothing(self):
        before = Incident.all_kinds.count(), Delivery.objects.count()
        call_command("seed_demo", password="another", stdout=StringIO())
        assert (Incident.all_kinds.count(), Delivery.objects.count()) == before


def test_a_database_in_use_is_left_alone(capsys):
    a_component("Ours")
    call_command("seed_demo", password="x")
    assert "in use already" in capsys.readouterr().out
    assert Component.objects.get().name == "Ours"


def test_without_a_password_it_says_how_to_give_one():
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        call_command("seed_demo")
    assert seeding.is_fresh()


@pytest.mark.parametrize("moment", [datetime(2026, 3, 1, 0, 0, tzinfo=UTC), datetime(2028, 2, 29, 23, 59, tzinfo=UTC)])
def test_it_tells_a_story_in_order_at_any_time_of_day(moment):
    seeding.seed(password="x", at=moment)
    for incident in Incident.all_kinds.all():
        times = list(incident.updates.order_by("pk").values_list("display_at", flat=True))
        assert times == sorted(times)
        assert times[-1] <= moment
    assert not StatusChange.objects.filter(at__gt=moment).exists()
