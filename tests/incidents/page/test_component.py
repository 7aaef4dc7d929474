from datetime import UTC, date, datetime, timedelta

import pytest

from incidents.actions import publishing
from incidents.enums import ComponentStatus
from incidents.models import Component, ComponentGroup
from incidents.page import component as components
from incidents.page.component import Trouble
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TODAY = NOON.date()
LONG_AGO = date(2020, 1, 1)
S = ComponentStatus


def build(component, *, at=NOON):
    return components.build(component.public_id, at=at)


def an_outage(component, status=S.MAJOR_OUTAGE, *, begin, lasted=timedelta(minutes=63), **kwargs):
    incident = an_open_incident(component, status=status, at=begin, **kwargs).incident
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=begin + lasted)
    return incident


def test_only_the_days_with_trouble_are_listed_newest_first_and_the_quiet_ones_counted():
    payments = a_component(start_date=LONG_AGO)
    an_outage(payments, begin=NOON - timedelta(days=7), title="Checkout is down")
    an_outage(payments, S.DEGRADED_PERFORMANCE, begin=NOON - timedelta(days=3))
    page = build(payments)
    assert [day.date for day in page.troubled] == [TODAY - timedelta(days=3), TODAY - timedelta(days=7)]
    assert page.quiet == 88
    worst = page.troubled[1]
    assert worst.status == S.MAJOR_OUTAGE
    assert worst.troubles == (Trouble(S.MAJOR_OUTAGE, timedelta(minutes=63)),)
    assert [mention.title for mention in worst.mentions] == ["Checkout is down"]


def test_what_cost_uptime_is_summed_up_and_what_cost_nothing_is_not():
    payments = a_component(start_date=LONG_AGO)
    for days in (9, 6):
        an_outage(payments, begin=NOON - timedelta(days=days))
    an_outage(payments, S.DEGRADED_PERFORMANCE, begin=NOON - timedelta(days=3))
    assert build(payments).lost == (Trouble(S.MAJOR_OUTAGE, timedelta(minutes=126)),)


def test_the_days_before_it_existed_are_neither_listed_nor_quiet():
    young = a_component(start_date=TODAY - timedelta(days=9))
    page = build(young)
    assert (page.since, page.quiet, page.troubled) == (TODAY - timedelta(days=9), 10, ())
    assert (page.first_day, page.last_day) == (TODAY - timedelta(days=89), TODAY)


def test_what_does_not_exist_yet_has_nothing_to_show():
    page = build(a_component(start_date=TODAY + timedelta(days=9)))
    assert (page.strip, page.since, page.quiet, page.troubled) == (None, None, 0, ())


def test_a_hidden_component_has_no_page():
    with pytest.raises(Component.DoesNotExist):
        build(a_component(is_public=False))


def test_a_hidden_incident_is_not_mentioned():
    payments = a_component(start_date=LONG_AGO)
    an_outage(payments, begin=NOON - timedelta(days=2), title="CANARY", is_public=False)
    assert "CANARY" not in repr(build(payments))


def test_it_takes_a_fixed_number_of_queries(django_assert_num_queries):
    group = ComponentGroup.objects.create(name="Payments")
    for count in (1, 4):
        parts = [a_component(group=group, start_date=LONG_AGO) for _ in range(count)]
        an_open_incident(*parts, at=NOON - timedelta(days=count))
        with django_assert_num_queries(4):
            assert build(parts[0]).group == "Payments"
