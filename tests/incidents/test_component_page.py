"""What a reader gets of uptime: in the front page, at a component's own address, and in how many bytes."""

import gzip
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from incidents.actions import publishing
from incidents.enums import ComponentStatus
from incidents.models import ComponentGroup, StatusChange
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LONG_AGO = date(2020, 1, 1)
NAMES = ("Checkout", "Search", "Card payments", "Photo delivery", "Accounts", "Exports", "Mobile app", "Webhooks")
TROUBLE = [status for status in ComponentStatus if status != ComponentStatus.OPERATIONAL]


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def text(client, path="/"):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def of(component):
    return reverse("component", args=[component.public_id])


def an_outage(*components, begin, lasted=timedelta(minutes=63), **kwargs):
    incident = an_open_incident(*components, status=ComponentStatus.MAJOR_OUTAGE, at=begin, **kwargs).incident
    publishing.post_update(incident=incident, status="resolved", body="It is over.", by=None, at=begin + lasted)
    return incident


def test_the_page_draws_the_days_and_links_the_percentage_to_its_formula(client):
    payments = a_component("Payments", start_date=LONG_AGO)
    an_outage(payments, begin=NOON - timedelta(days=7))
    html = text(client)
    assert f'<a class="uptime" href="{of(payments)}">' in html
    assert '<path d="M0 10h90"/><path class="m" d="M82 10h1"/></svg>' in html
    assert "99.95 % up" in html
    story = text(client, of(payments))
    assert "Uptime is 100 % minus (major minutes + 0.3 \u00d7 partial minutes) / minutes." in story
    assert "1 h 3 min of major outage" in story


def test_a_components_page_lists_the_days_with_trouble_and_sums_up_the_quiet_ones(client):
    payments = a_component("Payments", start_date=LONG_AGO)
    incident = an_outage(payments, begin=NOON - timedelta(days=7), title="Checkout is down in all shops")
    html = text(client, of(payments))
    assert html.count("data-day=") == 1
    assert 'data-day="2026-11-14"' in html
    assert "Major outage 1 h 3 min" in html
    assert f'<a href="{incident.get_absolute_url()}"><bdi>Checkout is down in all shops</bdi></a>' in html
    assert "The other 89 days since 24 August were quiet." in html


def test_days_before_it_existed_are_said(client):
    html = text(client, of(a_component(start_date=date(2026, 11, 12))))
    assert '<path class="x" d="M0 10h80"/>' in html
    assert "of those since 12 November 2026" in html
    assert "All 10 days since 12 November were quiet." in html


def test_what_does_not_exist_yet_says_so_and_has_no_bars(client):
    unborn = a_component(start_date=date(2026, 12, 1))
    assert "There is nothing to count yet" in text(client, of(unborn))
    assert 'class="uptime"' not in text(client)


def test_a_hidden_component_is_not_found(client):
    hidden = a_component("CANARY", is_public=False)
    for path in (of(hidden), reverse("component", args=["nowhere"])):
        response = client.get(path)
        assert response.status_code == 404
        assert "CANARY" not in response.content.decode()


def test_the_sitemap_lists_the_components_that_may_be_seen(client):
    shown, hidden = a_component(), a_component(is_public=False)
    html = text(client, reverse("sitemap"))
    assert of(shown) in html
    assert of(hidden) not in html


def a_site(count: int, *, troubles: int = 0) -> None:
    """`count` components in groups of eight, five past incidents, and `troubles` other bad days for each component."""
    chance = random.Random(1)
    parts = []
    for number in range(count):
        if number % 8 == 0:
            group = ComponentGroup.objects.create(name=f"Group {number // 8}")
        parts.append(a_component(f"{NAMES[number % 8]} {number}", group=group, start_date=LONG_AGO))
    for number in range(5):
        begin = NOON - timedelta(days=2 + 17 * number)
        an_outage(*chance.sample(parts, 3), begin=begin, title=f"{NAMES[number]} is down in all shops")
    StatusChange.objects.bulk_create(
        StatusChange(component=part, status=status, at=begin + timedelta(hours=hours))
        for part in parts
        for begin in (NOON - timedelta(days=day) for day in chance.sample(range(1, 89), troubles))
        for hours, status in ((0, chance.choice(TROUBLE)), (1, ComponentStatus.OPERATIONAL))
    )


def weight(client) -> tuple[int, int]:
    """Bytes of the front page, its style and all, plain and compressed."""
    html = client.get("/").content
    return len(html), len(gzip.compress(html, 6))


def test_thirty_components_with_ninety_days_and_five_incidents_are_a_light_page(client):
    a_site(30)
    plain, compressed = weight(client)
    assert plain < 30_000
    assert compressed < 6_200


def test_a_hundred_and_fifty_more_bad_days_weigh_little_more(client):
    a_site(30, troubles=5)
    plain, compressed = weight(client)
    assert plain < 32_500
    assert compressed < 6_950


@pytest.mark.parametrize("troubles", [0, 5])
def test_a_hundred_components_are_still_light_on_the_wire(client, troubles):
    a_site(100, troubles=troubles)
    assert weight(client)[1] < 12_000
