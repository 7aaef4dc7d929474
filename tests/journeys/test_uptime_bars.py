"""The bars in a real browser: the day's story by pointer, keyboard and touch, and while the page is exchanged."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from incidents.actions import publishing
from incidents.enums import ComponentStatus
from incidents.models import ComponentGroup, Site
from tests.factories import a_component, an_open_incident

POLL = 31_000  # milliseconds
DAYS_AGO = 7
OUTAGE = 89 - DAYS_AGO  # the number of the day that had trouble

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def open_tab(chromium, live_server, **kwargs):
    context = chromium.new_context(base_url=live_server.url, **kwargs)
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda message: message.type == "error" and page.faults.append(message.text))
    return page


@pytest.fixture
def tab(chromium, live_server, checkout):
    """A tab on the front page; any fault in its console, one of the policy too, fails the test."""
    page = open_tab(chromium, live_server)
    page.clock.install()
    page.goto("/")
    yield page
    page.context.close()
    assert page.faults == []


@pytest.fixture
def checkout():
    Site.load()
    component = a_component("Checkout", start_date=date(2020, 1, 1))
    begin = (timezone.now() - timedelta(days=DAYS_AGO)).replace(hour=12, minute=0)
    update = an_open_incident(component, status=ComponentStatus.MAJOR_OUTAGE, at=begin, title="Checkout is down")
    publishing.post_update(
        incident=update.incident, status="resolved", body="Over.", by=None, at=begin + timedelta(minutes=63)
    )
    return component


def point_at(tab, day, first=0):
    """The middle of the bar, in the coordinates of the screen, where the days before `first` are cut off."""
    drawing = tab.locator(".uptime svg").first
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    return box["x"] + (day - first + 0.4) * box["width"] / (90 - first), box["y"] + box["height"] / 2


def test_the_pointer_shows_the_story_of_a_day_and_leaving_hides_it(tab):
    tab.mouse.move(*point_at(tab, OUTAGE))
    tale = tab.locator(".tale")
    expect(tale).to_contain_text("Major outage 1 h 3 min")
    expect(tale.get_by_role("link", name="Checkout is down")).to_be_visible()
    tab.mouse.move(*point_at(tab, OUTAGE - 1))
    expect(tale).to_contain_text("No trouble.")
    tab.mouse.move(5, 5)
    tab.clock.run_for(1000)
    expect(tale).to_have_count(0)


def test_the_story_can_be_reached_with_the_pointer(tab):
    tab.mouse.move(*point_at(tab, OUTAGE))
    link = tab.locator(".tale a")
    link.hover()
    tab.clock.run_for(1000)
    link.click()
    expect(tab.locator("h1")).to_have_text("Checkout is down")


def test_arrow_keys_walk_the_days_and_escape_closes(tab):
    bars = tab.locator(".uptime")
    tab.keyboard.press("Tab")
    bars.focus()
    tale = tab.locator(".tale")
    expect(tale).to_contain_text("No trouble.")
    for _ in range(DAYS_AGO):
        tab.keyboard.press("ArrowLeft")
    expect(tale).to_contain_text("Major outage 1 h 3 min")
    tab.keyboard.press("Tab")
    expect(tale.get_by_role("link")).to_be_focused()
    tab.keyboard.press("Shift+Tab")
    expect(tale).to_contain_text("Major outage")
    tab.keyboard.press("Escape")
    expect(tale).to_have_count(0)
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile("/components/"))


def test_the_stories_are_fetched_once_and_only_when_asked_for(tab):
    asked = []
    tab.on("request", lambda request: "/components/" in request.url and asked.append(request.url))
    tab.wait_for_timeout(50)
    assert asked == []
    for day in (OUTAGE, 40, 80):
        tab.mouse.move(*point_at(tab, day))
        expect(tab.locator(".tale")).to_be_visible()
    assert len(asked) == 1


def test_what_is_shown_and_focused_survives_the_exchange_of_the_page(tab):
    tab.keyboard.press("Tab")
    tab.locator(".uptime").focus()
    for _ in range(DAYS_AGO):
        tab.keyboard.press("ArrowLeft")
    tale = tab.locator(".tale")
    expect(tale).to_contain_text("Major outage")
    an_open_incident(title="Something else")
    with tab.expect_response(lambda response: response.request.headers.get("hx-request") == "true"):
        tab.clock.fast_forward(POLL)
    expect(tab.locator("#open")).to_have_text("Open now")
    expect(tale).to_contain_text("Major outage 1 h 3 min")
    expect(tab.locator(".uptime")).to_be_focused()


def test_on_a_phone_a_tap_tells_the_day_and_only_thirty_are_seen(chromium, live_server, checkout):
    tab = open_tab(chromium, live_server, viewport={"width": 320, "height": 700}, has_touch=True)
    tab.goto("/")
    tab.touchscreen.tap(*point_at(tab, OUTAGE, first=60))
    tale = tab.locator(".tale")
    expect(tale).to_contain_text("Major outage 1 h 3 min")
    box = tale.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    tab.keyboard.press("Escape")
    tab.locator(".uptime").focus()
    tab.keyboard.press("Home")
    first = timezone.now().date() - timedelta(days=29)
    expect(tale).to_contain_text(f"{first.day} {first:%B}")
    tab.context.close()
    assert tab.faults == []


def test_without_a_script_the_bars_are_a_link(chromium, live_server, checkout):
    tab = open_tab(chromium, live_server, java_script_enabled=False)
    tab.goto("/")
    tab.locator(".uptime").click()
    expect(tab.locator("h1")).to_have_text("Checkout")
    expect(tab.locator("[data-day]")).to_contain_text("Major outage 1 h 3 min")
    tab.context.close()


def test_a_folded_group_shows_its_own_bars_and_unfolded_those_of_its_components(chromium, live_server, checkout):
    checkout.group = ComponentGroup.objects.create(name="Shop")
    checkout.save()
    tab = open_tab(chromium, live_server)
    tab.goto("/")
    own, those, key = tab.locator("summary > b + svg"), tab.locator(".uptime"), tab.locator(".uptime-key")
    expect(own).to_be_visible()
    expect(those).to_be_hidden()
    expect(key).to_be_visible()
    tab.locator("summary").click()
    expect(own).to_be_hidden()
    expect(those).to_be_visible()
    expect(key).to_be_visible()
    tab.context.close()
