"""Every day that is named anywhere is a day of the page's zone: around midnights and clock changes, from the zones that
are the farthest ahead, behind and between the hours; and when the page's zone is another one later."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from incidents.actions import catalogue, history, publishing
from incidents.actions.history import PastIncident, PastUpdate
from incidents.enums import ComponentStatus, Impact, IncidentStatus, MaintenanceStatus, Severity
from incidents.models import Announcement, Component, Site
from incidents.page import calendar
from incidents.page import component as component_page
from incidents.page import history as history_page
from incidents.page import incident as incident_page
from incidents.uptime import by_day
from statuspage.demo import seeding
from subscribers.delivery import fanout, retention
from subscribers.enums import DeliveryState
from subscribers.models import Delivery
from tests.factories import a_component, a_subscriber, an_open_incident

ZONES = [
    "UTC",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "America/Asuncion",
    "Africa/Cairo",  # its clocks change at midnight
    "America/Havana",
]
BEGIN = date(2025, 1, 1)
LASTED = timedelta(minutes=10)
# The same instants each time, so that a failure is there again; a simpler one would tell no more, and takes minutes.
steady = settings(derandomize=True, max_examples=30, phases=[Phase.explicit, Phase.generate])


@cache
def changes_of(zone: str) -> tuple[datetime, ...]:
    """The instants, to the half hour, at which the clocks of `zone` changed within two years."""
    halves = [datetime.combine(BEGIN, time(), UTC) + timedelta(minutes=30 * number) for number in range(2 * 24 * 730)]
    offsets = [at.astimezone(ZoneInfo(zone)).utcoffset() for at in halves]
    return tuple(at for at, before, after in zip(halves[1:], offsets, offsets[1:], strict=False) if before != after)


def midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


@st.composite
def moments(draw):
    """A zone and an instant near one of its midnights, months' ends or clock changes."""
    zone = draw(st.sampled_from(ZONES))
    month_ends = [date(2025 + number // 12, number % 12 + 1, 1) for number in range(1, 23)]
    days = st.one_of(st.sampled_from(month_ends), st.integers(0, 700).map(lambda days: BEGIN + timedelta(days=days)))
    edges = days.map(lambda day: midnight(day, zone))
    if changes_of(zone):
        edges = st.one_of(edges, st.sampled_from(changes_of(zone)))
    return zone, draw(edges) + timedelta(minutes=draw(st.integers(-75, 75)))


def days_of(begin: datetime, end: datetime, zone: str) -> list[date]:
    """The zone's days from `begin` to `end`, oldest first, found minute by minute."""
    minutes = range(int((end - begin).total_seconds() // 60))
    days = ((begin + timedelta(minutes=number)).astimezone(ZoneInfo(zone)).date() for number in minutes)
    return sorted(set(days))


def speak(zone: str) -> None:
    Site.load()
    Site.objects.update(time_zone=zone)


def an_outage(at: datetime, **kwargs) -> PastIncident:
    values = {
        "title": "Search is down",
        "severity": Severity.P1,
        "impact": Impact.CRITICAL,
        "started_at": at,
        "resolved_at": at + LASTED,
        "updates": [
            PastUpdate(at=at, status=IncidentStatus.INVESTIGATING, body="We look."),
            PastUpdate(at=at + LASTED, status=IncidentStatus.RESOLVED, body="Over."),
        ],
        "components": {"Search": ComponentStatus.MAJOR_OUTAGE},
    }
    return PastIncident(**values | kwargs)


def assert_its_days_are(incident, days: list[date], *, at: datetime) -> None:
    """What every page says of an outage of "Search" that lasted LASTED."""
    component = Component.objects.get()
    page = component_page.build(component.public_id, at=at)
    assert [day.date for day in reversed(page.troubled)] == days
    assert sum((trouble.lasted for day in page.troubled for trouble in day.troubles), timedelta()) == LASTED
    assert all([one.public_id for one in day.mentions] == [incident.public_id] for day in page.troubled)
    month = days[0].replace(day=1)
    assert incident_page.build(incident.public_id, at=at).month == month
    filed = history_page.build(month, at=at)
    assert [story.public_id for story in filed.stories] == [incident.public_id]
    assert [one.first_day for year in filed.years for one in year.months] == [month]
    (drawn,) = page.strip.troubled
    assert drawn.path == f"M{(days[0] - page.first_day).days} 10h{len(days)}"


@pytest.mark.parametrize("zone", ZONES)
def test_every_day_of_a_year_is_as_long_as_its_zone_makes_it(zone):
    now = midnight(date(2026, 12, 31), zone) + timedelta(hours=25)
    days = by_day([], since=midnight(BEGIN, zone), now=now, zone=ZoneInfo(zone), count=400)
    for day in days[:-1]:
        ends = midnight(day.date + timedelta(days=1), zone)
        assert timedelta(seconds=day.seconds) == ends - midnight(day.date, zone)
        assert day.date == midnight(day.date, zone).astimezone(ZoneInfo(zone)).date()


class TestDays(TestCase):
    @steady
    @given(moments())
    @example(("Europe/Berlin", datetime(2025, 3, 31, 21, 50, tzinfo=UTC)))  # over at a month's midnight
    def test_history_uptime_first_day_and_mentions_name_the_days_of_the_zone(self, where_and_when):
        zone, at = where_and_when
        speak(zone)
        incident = history.keep(an_outage(at))
        days = days_of(at, at + LASTED, zone)
        assert Component.objects.get().start_date == days[0]
        assert_its_days_are(incident, days, at=at + timedelta(days=3))

    @steady
    @given(moments(), st.sampled_from(ZONES))
    def test_with_another_zone_later_the_days_are_that_zones_and_no_trouble_is_lost(self, where_and_when, later):
        zone, at = where_and_when
        speak(zone)
        incident = history.keep(an_outage(at))
        site = Site.load()
        site.time_zone = later
        catalogue.save_entry(entry=site, changed=["time_zone"], by=None, at=at + timedelta(days=1))
        assert_its_days_are(incident, days_of(at, at + LASTED, later), at=at + timedelta(days=3))

    @steady
    @given(moments())
    def test_the_calendar_names_the_instant_itself(self, where_and_when):
        zone, at = where_and_when
        speak(zone)
        updates = [
            PastUpdate(at=at, status=MaintenanceStatus.IN_PROGRESS, body="We begin."),
            PastUpdate(at=at + LASTED, status=MaintenanceStatus.COMPLETED, body="Done."),
        ]
        work = {"updates": updates, "impact": Impact.MAINTENANCE, "window": (at, at + LASTED)}
        history.keep(an_outage(at, **work))
        written = calendar.build(at=at + timedelta(days=3)).decode()
        begins, ends = (re.search(rf"^{name}:(\S+)", written, re.MULTILINE)[1] for name in ("DTSTART", "DTEND"))
        assert (begins, ends) == tuple(f"{moment:%Y%m%dT%H%M%SZ}" for moment in (at, at + LASTED))


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ZONES)
def test_what_is_kept_for_days_is_kept_for_so_many_times_24_hours_in_every_zone(zone, settings):
    """Folding dates nothing by day: neither a clock change within the time nor the zone moves its end."""
    settings.DELIVERY_RETENTION_DAYS = 90
    speak(zone)
    a_subscriber()
    incident = an_open_incident().incident
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=timezone.now())
    for announcement in incident.announcements.all():
        fanout.expand(announcement)
    Delivery.objects.update(state=DeliveryState.SENT)
    published = midnight(date(2026, 9, 1), zone)  # the clocks of most zones change within the next 90 days
    Announcement.objects.update(created_at=published)
    end = published + timedelta(days=90)
    with timezone.override(ZoneInfo(zone)):
        assert retention.roll_up(end - timedelta(seconds=1)).deliveries == 0
        assert retention.roll_up(end).deliveries == 2


@pytest.mark.django_db
def test_a_first_day_that_somebody_typed_stays_where_no_trouble_is_before_it():
    speak("UTC")
    component = a_component(start_date=date(2026, 3, 1))
    site = Site.load()
    site.time_zone = "Pacific/Pago_Pago"
    catalogue.save_entry(entry=site, changed=["time_zone"], by=None, at=timezone.now())
    component.refresh_from_db()
    assert component.start_date == date(2026, 3, 1)


@pytest.mark.django_db
def test_the_demo_is_the_same_wherever_it_is_sown():
    at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    seeding.seed(password="x", at=at.astimezone(ZoneInfo("Pacific/Kiritimati")))  # there it is the 22nd
    assert set(Component.objects.values_list("start_date", flat=True)) == {date(2025, 11, 21)}
    assert history_page.build(None, at=at).first_day == date(2026, 11, 1)
