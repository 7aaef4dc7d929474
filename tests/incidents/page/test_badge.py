from xml.dom import minidom

import pytest

from incidents.actions import publishing
from incidents.enums import ComponentStatus
from incidents.models import Component, Site
from incidents.page import badge
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db


def words(svg: str) -> list[str]:
    return [node.firstChild.data for node in minidom.parseString(svg).getElementsByTagName("text")]


def test_all_is_well():
    a_component()
    Site.load()
    Site.objects.update(name="Northwind")
    svg = badge.whole().svg()
    assert words(svg) == ["Northwind status", "Everything works"]
    assert "<title>Northwind status: Everything works</title>" in svg


@pytest.mark.parametrize("status", [status for status in ComponentStatus if status != ComponentStatus.OPERATIONAL])
def test_the_worst_component_is_said_with_its_own_mark(status):
    a_component()
    Component.objects.create(name="Bad", status=status)
    found = badge.whole()
    assert (found.word, found.looks) == (status.label, status)
    assert found.svg() != badge.Badge(found.name, ComponentStatus.OPERATIONAL, found.word).svg()


def test_it_never_looks_calm_while_an_incident_is_open():
    a_component()
    incident = an_open_incident().incident
    assert (badge.whole().word, badge.whole().looks) == ("Incident open", ComponentStatus.DEGRADED_PERFORMANCE)
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=incident.started_at)
    assert badge.whole().word == "Everything works"


def test_before_anything_is_set_up_it_is_no_green_mark(django_assert_num_queries):
    a_component(is_public=False)
    Site.load()
    with django_assert_num_queries(4):
        found = badge.whole()
    assert (found.word, found.looks) == ("Not set up yet", "none")
    assert words(found.svg()) == ["Status", "Not set up yet"]


def test_maintenance_does_not_hide_an_incident_that_touches_no_component():
    Component.objects.create(name="Shop", status=ComponentStatus.UNDER_MAINTENANCE)
    an_open_incident()
    assert (badge.whole().word, badge.whole().looks) == ("Incident open", ComponentStatus.DEGRADED_PERFORMANCE)


def test_a_component_has_a_badge_of_its_own():
    payments = Component.objects.create(name="Payments & more", status=ComponentStatus.PARTIAL_OUTAGE)
    svg = badge.component(payments.public_id).svg()
    assert words(svg) == ["Payments & more", "Partial outage"]
    assert 'aria-label="Payments &amp; more: Partial outage"' in svg


def test_a_long_name_is_cut_in_the_picture_and_whole_in_its_title():
    svg = badge.Badge("x" * 100, ComponentStatus.OPERATIONAL, "Operational").svg()
    assert words(svg)[0] == "x" * 39 + "…"
    assert f"<title>{'x' * 100}: Operational</title>" in svg


def test_a_name_from_right_to_left_is_in_its_own_order():
    svg = badge.Badge("בנק (Visa)", ComponentStatus.OPERATIONAL, "Operational").svg()
    assert words(svg) == ["\u2068בנק (Visa)\u2069", "Operational"]
    assert "<title>\u2068בנק (Visa)\u2069: Operational</title>" in svg


def test_the_picture_needs_no_style_and_no_script():
    svg = badge.whole().svg()
    assert "style" not in svg
    assert "<script" not in svg


def test_it_takes_a_fixed_number_of_queries(django_assert_num_queries):
    payments = a_component()
    an_open_incident(payments)
    with django_assert_num_queries(3):
        badge.whole()
    with django_assert_num_queries(1):
        badge.component(payments.public_id)
