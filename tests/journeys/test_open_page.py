"""A page left open in a real browser: it follows what is published, and nothing jumps."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from incidents.actions import publishing
from incidents.enums import ComponentStatus
from incidents.models import ComponentGroup, Site
from tests.factories import a_component, an_open_incident
from tests.web import eventually

POLL = 31_000  # milliseconds

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tab(chromium, live_server):
    """A tab in New York on the live server; any fault in its console fails the test."""
    Site.load()
    context = chromium.new_context(base_url=live_server.url, timezone_id="America/New_York")
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda message: message.type == "error" and page.faults.append(message.text))
    page.clock.install()
    yield page
    context.close()
    assert page.faults == []


def let_it_poll(tab):
    with tab.expect_response(lambda response: "page" in response.request.headers.get("hx-target", "page")):
        tab.clock.fast_forward(POLL)


def test_an_open_page_learns_of_an_incident_marks_it_and_says_it(tab):
    payments = a_component("Payments")
    tab.goto("/")
    expect(tab.locator("h1")).to_have_text("Everything works.")
    an_open_incident(payments, title="Card payments fail")
    let_it_poll(tab)
    expect(tab.locator("h1")).to_contain_text("Payments is partly down.")
    expect(tab).to_have_title("Payments is partly down · Status")
    assert tab.locator("link[rel=icon]").get_attribute("href").endswith("state-partial_outage.svg")
    assert tab.locator("body").get_attribute("data-state") == "partial_outage"
    expect(tab.locator("#live")).to_contain_text("Card payments fail: Investigating")
    expect(tab.locator("h1")).to_have_class("changed")


def test_a_component_is_said_by_its_name_and_state_and_nothing_is_glued_to_them(tab):
    reporting = a_component("Reporting", description="Sales figures, tax reports.")
    tab.goto("/")
    an_open_incident(reporting, title="Exports are slow", status=ComponentStatus.DEGRADED_PERFORMANCE)
    let_it_poll(tab)
    expect(tab.locator("#live")).to_contain_text("Reporting: Degraded performance.")
    assert "Sales" not in tab.locator("#live").text_content()


def test_the_promise_in_the_words_is_read_in_the_readers_zone_as_the_one_beside_it(tab):
    due = timezone.now().replace(second=0, microsecond=0) + timedelta(minutes=30)
    words = f"We write again by {due:%H:%M} UTC."
    incident = an_open_incident(body=words, next_update_at=due).incident
    tab.goto(incident.get_absolute_url())
    local = due.astimezone(ZoneInfo("America/New_York"))
    expect(tab.locator(".prose")).to_contain_text(f"{local:%H:%M %Z}")
    expect(tab.locator(".prose")).not_to_contain_text("UTC")


def test_a_new_installation_is_no_green_page(tab):
    tab.goto("/")
    expect(tab.locator("h1")).to_have_text("Nothing is set up here yet.")
    expect(tab).to_have_title("Nothing is set up here yet · Status")
    assert tab.locator("link[rel=icon]").get_attribute("href").endswith("state-none.svg")
    assert tab.locator("body").get_attribute("data-state") == "none"
    expect(tab.get_by_role("link", name="Name your components")).to_be_visible()
    a_component("Payments")
    Site.raise_page_version()
    let_it_poll(tab)
    expect(tab.locator("h1")).to_have_text("Everything works.")


def test_what_was_unfolded_stays_and_the_reader_stays_where_she_is(tab):
    shop = ComponentGroup.objects.create(name="Shop")
    closed = ComponentGroup.objects.create(name="Closed")
    for number in range(30):
        a_component(f"Part {number}", group=shop)
        a_component(f"Part {number}", group=closed)
    tab.goto("/")
    fold = tab.locator(f"#group-{shop.public_id}")
    fold.locator("summary").click()
    tab.evaluate("scrollTo(0, document.body.scrollHeight)")
    day = tab.locator(".days > li").last
    top = day.bounding_box()["y"]
    an_open_incident(title="Something above", body="A long text. " * 60)
    let_it_poll(tab)
    expect(tab.locator("#open")).to_have_text("Open now")
    assert fold.get_attribute("open") is not None
    assert day.bounding_box()["y"] == pytest.approx(top, abs=1)


def test_the_focus_stays_on_the_same_link(tab):
    incident = an_open_incident(title="Card payments fail").incident
    tab.goto("/")
    link = tab.locator(f"#title-{incident.public_id} a")
    link.focus()
    publishing.post_update(incident=incident, status="mitigating", body="Cause found.", by=None, at=timezone.now())
    let_it_poll(tab)
    expect(tab.locator(".update strong").first).to_have_text("Mitigating")
    expect(link).to_be_focused()


def test_nothing_is_swapped_while_nothing_changed(tab):
    a_component("Payments")
    tab.goto("/")
    tab.evaluate("document.getElementById('page').mine = true")
    for _ in range(2):
        let_it_poll(tab)
    assert tab.evaluate("document.getElementById('page').mine") is True
    expect(tab.locator("#live")).to_be_empty()


def test_a_page_that_follows_says_that_it_is_fresh(tab):
    a_component("Payments")
    tab.goto("/")
    tab.clock.run_for(15_000)
    expect(tab.locator("#heard")).to_have_text("Updated just now.")


def test_a_silent_server_is_said_with_the_time_and_forgiven(tab):
    tab.goto("/")
    tab.route("**/", lambda route: route.abort())
    for _ in range(4):
        with tab.expect_event("requestfailed"):
            tab.clock.fast_forward(4 * POLL)
    expect(tab.locator("#lost")).to_have_text(
        re.compile(r"^Connection lost since \d\d:\d\d E[SD]T\. What you read may be")
    )
    expect(tab.locator("#heard")).to_have_count(0)
    expect(tab).to_have_title(re.compile(r"^\? · "))
    tab.unroute("**/")
    with tab.expect_response("**/"):
        tab.clock.fast_forward(5 * POLL)
    expect(tab.locator("#lost")).to_have_count(0)
    expect(tab.locator("#heard")).to_have_text("Updated just now.")
    expect(tab).not_to_have_title(re.compile(r"^\?"))
    tab.faults.clear()


@pytest.fixture
def waits(tab):
    """For how many milliseconds the page waits before it asks, each time anew."""
    tab.add_init_script("""
        window.waits = [];
        const later = window.setTimeout;
        window.setTimeout = (act, wait, ...rest) => {
            if (act.name === "freshen") waits.push(wait);
            return later(act, wait, ...rest);
        };
    """)
    return lambda: tab.evaluate("waits.splice(0)")


@pytest.mark.parametrize(("is_open", "pace"), [(True, 5_000), (False, 30_000)])
def test_a_page_asks_every_five_seconds_while_something_is_open_else_every_thirty(tab, waits, is_open, pace):
    payments = a_component("Payments")
    if is_open:
        an_open_incident(payments)
    tab.goto("/")
    let_it_poll(tab)
    eventually(lambda: tab.evaluate("waits.length") > 2)
    assert all(0.8 * pace <= wait <= pace for wait in waits())


def test_it_asks_more_often_for_an_hour_after_something_changed_under_its_eyes(tab, waits):
    payments = a_component("Payments")
    tab.goto("/")
    payments.name = "Cards"
    payments.save()
    let_it_poll(tab)
    expect(tab.locator(".components bdi")).to_have_text("Cards")
    let_it_poll(tab)
    eventually(lambda: tab.evaluate("waits.at(-1)") <= 5_000)


def test_it_asks_later_and_later_while_nobody_answers(tab, waits):
    an_open_incident(a_component("Payments"))
    tab.goto("/")
    tab.route("**/", lambda route: route.abort())
    for longest in (10_000, 20_000, 40_000, 80_000, 120_000, 120_000):
        waits()
        with tab.expect_event("requestfailed"):
            tab.clock.fast_forward(121_000)
        eventually(lambda longest=longest: tab.evaluate("waits.at(-1)") >= 0.8 * longest)
        assert max(waits()) <= longest
    tab.faults.clear()


def test_a_hidden_tab_rests_and_asks_as_soon_as_it_is_seen(tab, waits):
    an_open_incident(a_component("Payments"))
    tab.goto("/")
    hide = "Object.defineProperty(document, 'hidden', {get: () => %s, configurable: true})"
    seen = "document.dispatchEvent(new Event('visibilitychange'))"
    waits()
    tab.evaluate(f"{hide % 'true'}; {seen}")
    assert min(waits()) >= 240_000
    tab.clock.fast_forward(POLL)
    with tab.expect_response("**/"):
        tab.evaluate(f"{hide % 'false'}; {seen}")


def test_an_incident_that_is_hidden_while_it_is_read_is_no_lost_connection(tab):
    incident = an_open_incident(a_component("Payments")).incident
    tab.goto(incident.get_absolute_url())
    incident.is_public = False
    incident.save()
    with tab.expect_navigation():
        tab.clock.fast_forward(POLL)
    expect(tab.locator("#lost")).to_have_count(0)
    tab.faults.clear()


def test_times_are_the_readers_and_name_the_zone(tab):
    Site.objects.update(time_zone="Europe/Berlin")
    at = timezone.now() - timedelta(days=400)
    incident = an_open_incident(at=at.replace(month=1, day=15, hour=12, minute=30)).incident
    tab.goto(incident.get_absolute_url())
    moment = tab.locator(".timeline time").first
    expect(moment).to_contain_text("07:30 EST")
    assert "13:30 CET" in moment.get_attribute("title")


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(tab, width, scheme):
    group = ComponentGroup.objects.create(name="A group whose name is longer than one would wish it to be")
    parts = [a_component(f"A component with quite a long name, number {n}", group=group) for n in range(4)]
    long = "Averyveryverylongwordwithoutanyplacetobreakitatallnotevenone" * 2
    incident = an_open_incident(*parts, status=ComponentStatus.DEGRADED_PERFORMANCE, title=long, body=long).incident
    tab.emulate_media(color_scheme=scheme)
    tab.set_viewport_size({"width": width, "height": 800})
    for path in ("/", incident.get_absolute_url(), "/history/"):
        tab.goto(path)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper_everything_is_unfolded(tab):
    incident = an_open_incident(body="The first words.").incident
    publishing.post_update(incident=incident, status="mitigating", body="Later words.", by=None, at=timezone.now())
    tab.goto("/")
    first = tab.get_by_text("The first words.")
    expect(first).to_be_hidden()
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(first).to_be_visible()


def test_on_paper_each_address_stands_once(tab):
    words = "See [our help](https://help.example/), https://a.example/x and <mail@b.example>."
    an_open_incident(body=words)
    tab.goto("/")
    tab.emulate_media(media="print")
    links = tab.locator(".prose a")
    added = [link.evaluate("link => getComputedStyle(link, '::after').content") for link in links.all()]
    assert added == ['" <https://help.example/>"', "none", "none"]


def test_a_reader_has_her_own_components_first_by_an_address_that_keeps_them(tab):
    group = ComponentGroup.objects.create(name="Shop")
    cart, search = (a_component(name, group=group) for name in ("Cart", "Search"))
    tab.goto(f"/#mine={search.public_id},unknown,{search.public_id}")
    own = tab.locator("#mine li")
    expect(own).to_have_count(1)
    expect(own).to_contain_text("Search")
    an_open_incident(search, title="Nothing is found")
    let_it_poll(tab)
    expect(own).to_contain_text("Partial outage")
    tab.locator("#choose summary").click()
    tab.get_by_label("Cart").check()
    expect(own).to_have_count(2)
    expect(tab).to_have_url(re.compile(f"/#mine={cart.public_id},{search.public_id}$"))
    tab.reload()
    expect(own).to_have_count(2)
    tab.locator("#choose summary").click()
    for name in ("Cart", "Search"):
        tab.get_by_label(name).uncheck()
    expect(own).to_have_count(0)
    expect(tab).to_have_url(re.compile(r"/$"))


@pytest.mark.parametrize("address", ["/#mine=", "/#mine=,,,", "/#mine=<img>", "/#components", "/#mine=" + "x" * 5000])
def test_an_address_of_nobodys_components_is_the_page_as_it_is(tab, address):
    a_component("Cart")
    a_component("Search")
    tab.goto(address)
    expect(tab.locator("#choose")).to_be_visible()
    expect(tab.locator("#mine")).to_have_count(0)
