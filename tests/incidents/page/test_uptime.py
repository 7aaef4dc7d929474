from datetime import UTC, date, datetime, timedelta

import pytest

from incidents.actions import catalogue, publishing, scheduling
from incidents.enums import ComponentStatus, IncidentStatus, MaintenanceStatus
from incidents.models import Component, Site, StatusChange
from incidents.page import mentions, uptime
from incidents.page.incident_views import brand
from incidents.uptime import Calendar
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LONG_AGO = date(2020, 1, 1)
TODAY, YESTERDAY = NOON.date(), NOON.date() - timedelta(days=1)


def of(component: Component, *, at=NOON) -> uptime.Uptime:
    ((_, found),) = uptime.build(Component.objects.filter(pk=component.pk), brand(), at=at)
    return found


def mentioned(component: Component, *, at=NOON) -> dict[int, list[str]]:
    """The titles by the number of the day."""
    found = mentions.by_day(component, Calendar(now=at, zone=brand().zone), at=at)
    return {index: [mention.title for mention in of_the_day] for index, of_the_day in found.items()}


def ago(**kwargs):
    return NOON - timedelta(**kwargs)


def resolve(incident, *, at):
    publishing.post_update(incident=incident, status=IncidentStatus.RESOLVED, body="Over.", by=None, at=at)


def test_a_component_that_never_failed_has_ninety_calm_bars():
    found = of(a_component(start_date=LONG_AGO))
    assert len(found.days) == 90
    assert (found.days[0].date, found.days[-1].date) == (TODAY - timedelta(days=89), TODAY)
    assert {day.status for day in found.days} == {ComponentStatus.OPERATIONAL}
    assert (found.percent, found.shown) == (100, "100")


def test_a_day_tells_how_bad_how_long_and_what_it_was():
    payments = a_component(start_date=LONG_AGO)
    incident = an_open_incident(payments, status=ComponentStatus.MAJOR_OUTAGE, at=ago(days=1, hours=2)).incident
    publishing.post_update(
        incident=incident,
        status=IncidentStatus.MITIGATING,
        body="Better.",
        by=None,
        at=ago(days=1, hours=1),
        components={payments: ComponentStatus.PARTIAL_OUTAGE},
    )
    resolve(incident, at=ago(days=1))
    found = of(payments)
    day = found.days[-2]
    assert (day.date, day.status) == (YESTERDAY, ComponentStatus.MAJOR_OUTAGE)
    hours = {status: seconds / 3600 for status, seconds in day.by_status.items()}
    assert hours == {
        ComponentStatus.OPERATIONAL: 22,
        ComponentStatus.MAJOR_OUTAGE: 1,
        ComponentStatus.PARTIAL_OUTAGE: 1,
    }
    assert mentioned(payments) == {88: ["Card payments fail"]}
    assert found.percent == pytest.approx(100 * (1 - 1.3 / (89 * 24 + 12)))
    assert found.shown == "99.93"


def test_an_incident_is_told_on_every_day_that_it_lasted_up_to_now():
    payments = a_component(start_date=LONG_AGO)
    an_open_incident(payments, status=ComponentStatus.DEGRADED_PERFORMANCE, at=ago(days=2))
    assert list(mentioned(payments)) == [87, 88, 89]


def test_days_before_the_component_existed_have_no_state():
    young = of(a_component(start_date=YESTERDAY))
    assert [day.status for day in young.days[-3:]] == [None, ComponentStatus.OPERATIONAL, ComponentStatus.OPERATIONAL]
    assert young.unborn == 88
    unborn = of(a_component(start_date=NOON.date() + timedelta(days=1)))
    assert (unborn.percent, unborn.shown, unborn.days[-1].status) == (None, "", None)


def test_a_state_from_before_the_first_day_goes_on():
    payments = a_component(start_date=LONG_AGO)
    StatusChange.objects.create(component=payments, status="operational", at=ago(days=300))
    StatusChange.objects.create(component=payments, status="major_outage", at=ago(days=200))
    assert of(payments).percent == 0
    catalogue.set_own_status(component=payments, status=ComponentStatus.OPERATIONAL, by=None, at=NOON)
    assert of(payments).days[0].status == ComponentStatus.MAJOR_OUTAGE


def test_days_begin_at_midnight_in_the_zone_of_the_page():
    Site.load()
    Site.objects.update(time_zone="Asia/Tokyo")
    payments = a_component(start_date=LONG_AGO)
    incident = an_open_incident(payments, at=datetime(2026, 11, 20, 16, 0, tzinfo=UTC)).incident
    resolve(incident, at=datetime(2026, 11, 20, 17, 0, tzinfo=UTC))
    assert list(mentioned(payments)) == [89]
    assert [day.status == ComponentStatus.PARTIAL_OUTAGE for day in of(payments).days[-2:]] == [False, True]


def test_maintenance_is_told_once_it_took_place():
    payments = a_component(start_date=LONG_AGO)

    def plan(begins, title="Move"):
        return scheduling.schedule_maintenance(
            title=title,
            body="We move.",
            components=[payments],
            scheduled_for=begins,
            scheduled_until=begins + timedelta(hours=2),
            by=None,
            at=ago(days=5),
        ).incident

    worked, called_off = plan(ago(hours=3), "Worked"), plan(ago(hours=3))
    plan(NOON + timedelta(days=1))
    for incident, status in ((called_off, MaintenanceStatus.CANCELLED), (worked, MaintenanceStatus.IN_PROGRESS)):
        publishing.post_update(incident=incident, status=status, body="So it is.", by=None, at=ago(hours=2))
    found = of(payments)
    assert mentioned(payments) == {89: ["Worked"]}
    assert found.days[-1].status == ComponentStatus.UNDER_MAINTENANCE
    assert found.percent == 100


def test_an_outage_is_never_rounded_away():
    assert uptime.Uptime(days=(), percent=99.9999).shown == "99.99"


def test_what_is_hidden_is_not_told():
    payments = a_component(start_date=LONG_AGO)
    an_open_incident(payments, is_public=False, at=ago(days=1))
    assert mentioned(payments) == {}


def test_the_number_of_queries_does_not_grow(django_assert_num_queries):
    site = brand()
    for n in range(1, 4):
        parts = [a_component(start_date=LONG_AGO) for _ in range(3)]
        an_open_incident(*parts, at=ago(days=n))
        with django_assert_num_queries(2):
            assert len(uptime.build(Component.objects.public(), site, at=NOON)) == 3 * n
        with django_assert_num_queries(1):
            mentions.by_day(parts[0], Calendar(now=NOON, zone=site.zone), at=NOON)
