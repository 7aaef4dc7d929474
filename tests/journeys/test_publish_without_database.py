"""What the lead typed, while the PostgreSQL of the production server goes away between the form and its button."""

import re
import signal

import pytest
from playwright.sync_api import expect

from tests.journeys.absent_database import (
    FAULTS,
    PASSWORD,
    answer,
    answers,
    asked,
    cookies_of,
    log_in,
    mend,
)
from tests.journeys.browsing import Form
from tests.web import eventually

WORDS = "Card payments are refused.\n\n- we know why\n- we are <mending> it"


@pytest.fixture
def tab(chromium, hasty):
    """A browser without JavaScript, logged in as the lead."""
    context = chromium.new_context(base_url=f"http://127.0.0.1:{hasty.port}", java_script_enabled=False)
    page = context.new_page()
    page.goto("/admin/login/")
    page.fill("[name=username]", "lead")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(re.compile(r"/admin/$"))
    yield page
    context.close()


@pytest.mark.browser
def test_words_typed_before_the_database_died_are_published_once_it_is_back(hasty, database, tab):
    tab.goto("/admin/console/incidents/new/?template=none")
    tab.fill("[name=title]", "Cards & co fail")
    tab.fill("[name=body]", WORDS)
    tab.check("[name=severity][value=P2]")
    tab.locator("select[name^='component-']").first.select_option("partial_outage")
    database.kill(signal.SIGQUIT)
    for _ in range(2):  # pressed again while it is still away
        with tab.expect_response(lambda response: response.request.method == "POST") as came:
            tab.click("button:has-text('Publish'), button:has-text('Try again')")
        assert (came.value.status, came.value.headers["retry-after"]) == (503, "10")
        expect(tab.locator("h1")).to_have_text("Nothing was published.")
        assert tab.input_value("[name=title]") == "Cards & co fail"
        assert tab.input_value("[name=body]") == WORDS
    database.start()
    eventually(lambda: answers(hasty), 60)
    tab.click("button:has-text('Try again')")
    expect(tab.locator(".messagelist")).to_contain_text("Published.")
    expect(tab.locator("#content")).to_contain_text("we are <mending> it")
    assert how_many(database, "Cards & co fail") == 1


def how_many(postgres, title) -> int:
    with asked(postgres) as cursor:
        return cursor.execute("SELECT count(*) FROM incidents_announcement WHERE title = %s", [title]).fetchone()[0]


@pytest.mark.parametrize("fault", FAULTS)
def test_whichever_way_it_is_away_a_publish_is_whole_or_absent_and_trying_again_publishes_once(
    hasty, proxy, database, fault
):
    title = f"Fault {fault.__name__}"
    lead = log_in(hasty)
    path = "/admin/console/incidents/new/?template=none"
    lead.get(path)
    values = Form(lead.text, {"request_key", "body"}).values | {"title": title, "severity": "P2", "body": WORDS}
    # One of its own for each: of a component with an open incident it would be asked whether this is another.
    components = [name for name in values if name.startswith("component-")]
    values[components[-1 - FAULTS.index(fault)]] = "partial_outage"
    with fault(database, proxy):
        status, _, text = answer(hasty, path, values, cookies_of(lead))
    assert status == 503
    assert "published" in text.partition("<h1>")[2].partition("</h1>")[0]
    mend(database)
    eventually(lambda: answers(hasty), 60)
    form = Form(text, {"request_key"})
    again = {name: value.removeprefix("\n") for name, value in form.values.items()}
    eventually(lambda: answer(hasty, path, again, cookies_of(lead))[0] == 302, 60)
    status, headers, _ = answer(hasty, path, again, cookies_of(lead))
    assert (status, "login" in headers["Location"]) == (302, False)
    assert how_many(database, title) == 1
