"""What readers see in the night of a clock change: their own clock, named, in the words that the page has without
JavaScript."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from incidents.models import Site
from incidents.templatetags.incidents import moment
from tests.factories import a_component, an_open_incident

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NIGHTS = {
    "Europe/Berlin": ["2026-10-25T01:00", "2026-03-29T01:00"],
    "Europe/London": ["2026-10-25T01:00", "2026-03-29T01:00"],
    "America/New_York": ["2026-11-01T06:00", "2026-03-08T07:00"],
}


@pytest.fixture
def read_in(chromium, live_server):
    """Opens the page in a zone; any fault of the page fails the test."""
    Site.load()
    opened, faults = [], []

    def open_in(zone: str, *, now: datetime | None = None):
        context = chromium.new_context(base_url=live_server.url, timezone_id=zone)
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        if now:
            page.clock.set_fixed_time(now)
        page.goto("/")
        return page

    yield open_in
    for context in opened:
        context.close()
    assert faults == []


def localised(page, html: str) -> list[str]:
    """What the script of the page makes of times that come in later."""
    return page.evaluate(
        """(html) => {
          const box = document.createElement("div");
          box.innerHTML = html;
          statuspage.localise(box);
          return [...box.children].map((time) => time.textContent);
        }""",
        html,
    )


def in_words(html: str) -> str:
    return html.partition(">")[2].removesuffix("</time>")


@pytest.mark.parametrize("zone", NIGHTS)
def test_a_reader_in_the_pages_zone_reads_what_stands_there_without_javascript(read_in, zone):
    page, site = read_in(zone), SimpleNamespace(zone=ZoneInfo(zone))
    times = []
    for night in NIGHTS[zone]:
        change = datetime.fromisoformat(night).replace(tzinfo=UTC)
        for at in (change + timedelta(minutes=15 * number) for number in range(-16, 17)):
            times += [moment({"site": site}, at, near) for near in (None, at - timedelta(hours=2), change)]
    assert localised(page, "".join(times)) == [in_words(one) for one in times]


def test_two_clocks_of_one_time_are_told_apart_and_the_gap_is_passed_over(read_in):
    page, site = read_in("Europe/Berlin"), SimpleNamespace(zone=UTC)
    instants = ["2026-10-25T00:30", "2026-10-25T01:30", "2026-03-29T00:59", "2026-03-29T01:00"]
    near = [datetime.fromisoformat(at).replace(tzinfo=UTC) for at in instants]
    html = "".join(moment({"site": site}, at, at - timedelta(minutes=20)) for at in near)
    assert localised(page, html) == ["02:30 CEST", "02:30 CET", "01:59 CET", "03:00 CEST"]


def test_the_day_is_the_readers_even_where_the_clocks_change_at_midnight(read_in):
    page, site = read_in("Africa/Cairo"), SimpleNamespace(zone=UTC)
    change = datetime(2026, 10, 29, 21, 0, tzinfo=UTC)  # from 24:00 back to 23:00
    html = moment({"site": site}, change, change - timedelta(minutes=5))
    html += moment({"site": site}, change + timedelta(hours=1), change)
    first, second = localised(page, html)
    assert first.startswith("23:00 ")
    assert second.startswith("30 Oct, 00:00 ")


def test_a_promise_over_the_change_is_as_far_away_as_it_is(read_in):
    now = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45 CEST; half an hour later it is 02:15 CET
    a_component("Payments")
    an_open_incident(next_update_at=now + timedelta(minutes=30), at=now - timedelta(minutes=10))
    page = read_in("Europe/Berlin", now=now)
    expect(page.locator("[data-relative]").first).to_have_text("in 30 min")
    expect(page.locator("time", has_text="02:15 CET").first).to_be_visible()
    expect(page.locator("time", has_text="02:35 CEST").first).to_be_visible()
