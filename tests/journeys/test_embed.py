"""The banner script on a customer's own site, in a real browser, under a strict policy of that site."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from incidents.actions import publishing
from tests.factories import a_component, an_open_incident

BANNER = "#statuspage-banner"

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop_site(live_server):
    """A customer's own site: another origin, with a policy that allows us our script and our answers, nothing else."""
    ours = live_server.url
    script = f'<script src="{ours}/embed.js" async></script>'
    body = f'<!doctype html><title>Shop</title><link rel="icon" href="data:,">{script}'

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            policy = f"default-src 'none'; img-src data:; script-src {ours}; connect-src {ours}"
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def shop(chromium, shop_site):
    """A tab on a phone that is to open the customer's site; any fault in its console fails the test."""
    context = chromium.new_context(base_url=shop_site, viewport={"width": 320, "height": 600})
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda message: message.type == "error" and page.faults.append(message.text))
    page.clock.install()
    yield page
    kept = context.cookies(), page.evaluate("localStorage.length + sessionStorage.length")
    context.close()
    assert (page.faults, kept) == ([], ([], 0))


def visit(page):
    with page.expect_response("**/api/v2/summary.json"):
        page.goto("/")


def a_minute_later(page):
    with page.expect_response("**/api/v2/summary.json"):
        page.clock.run_for(60_000)


def test_nothing_is_shown_while_all_is_well(shop):
    a_component()
    visit(shop)
    expect(shop.locator(BANNER)).to_have_count(0)


def test_an_open_incident_is_shown_and_goes_once_it_is_over(shop):
    incident = an_open_incident(title="Card payments <b>fail</b>").incident
    visit(shop)
    expect(shop.locator(BANNER)).to_contain_text("Card payments <b>fail</b>.")
    expect(shop.get_by_role("link", name="See the status page")).to_have_attribute("href", incident.get_public_url())
    assert shop.evaluate("document.documentElement.scrollWidth") <= 320
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=timezone.now())
    a_minute_later(shop)
    expect(shop.locator(BANNER)).to_have_count(0)


def test_what_was_dismissed_stays_away_until_there_is_something_new_to_say(shop):
    an_open_incident(title="Payments fail")
    visit(shop)
    shop.get_by_role("button", name="Dismiss").click()
    a_minute_later(shop)
    expect(shop.locator(BANNER)).to_have_count(0)
    an_open_incident(title="Search fails")
    a_minute_later(shop)
    expect(shop.locator(BANNER)).to_contain_text("2 incidents are open, the latest: Search fails.")


def test_a_status_page_that_does_not_answer_leaves_the_site_alone(shop):
    shop.route("**/api/v2/summary.json", lambda route: route.fulfill(status=503, body="Not now."))
    visit(shop)
    expect(shop.locator(BANNER)).to_have_count(0)
    shop.faults.clear()  # the browser itself notes the 503


def test_the_script_is_small_and_at_an_address_that_lasts(client):
    answer = client.get("/embed.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert len(answer.content) < 3000
