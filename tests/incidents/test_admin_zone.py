"""Django's admin speaks of times and days as the page does."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from incidents.models import Site
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)  # the 22nd, 07:30 in Tokyo


@pytest.fixture
def as_admin(client):
    Site.load()
    Site.objects.update(time_zone="Asia/Tokyo")
    client.force_login(User.objects.create_superuser("head"))
    return client


def test_lists_and_pages_show_the_times_of_the_pages_zone(as_admin):
    incident = an_open_incident(at=LATE).incident
    assert "22 Nov 2026, 07:30 JST" in as_admin.get(reverse("admin:incidents_incident_changelist")).text
    page = as_admin.get(reverse("admin:incidents_incident_change", args=[incident.pk])).text
    assert "Nov. 22, 2026, 7:30 a.m." in page


@pytest.mark.parametrize(("day", "found"), [(21, 0), (22, 1)])
def test_lists_are_narrowed_by_the_pages_days(as_admin, day, found):
    an_open_incident(at=LATE)
    asked = {"started_at__year": 2026, "started_at__month": 11, "started_at__day": day}
    answer = as_admin.get(reverse("admin:incidents_incident_changelist"), asked)
    assert answer.context["cl"].result_count == found


def test_today_is_the_pages_day(as_admin):
    """What Django's script reckons "Today" from."""
    page = as_admin.get(reverse("admin:incidents_component_change", args=[a_component().pk])).text
    assert 'data-admin-utc-offset="32400"' in page


def test_nothing_after_it_speaks_that_zone(as_admin):
    as_admin.get(reverse("admin:index"))
    assert timezone.get_current_timezone_name() == "UTC"
