"""Support's screens in a real browser."""

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from playwright.sync_api import expect

from statuspage.accounts.roles import SUPPORT, keep_roles
from tests.factories import a_user, an_open_incident

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(chromium, live_server):
    """A tab of a logged-in member of support, who lets the page read the clipboard."""
    keep_roles()  # a test with real transactions before this one emptied the tables
    user = a_user("tom")
    user.groups.add(Group.objects.get(name=SUPPORT))
    client = Client()
    client.force_login(user)
    context = chromium.new_context(base_url=live_server.url, permissions=["clipboard-read", "clipboard-write"])
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    yield context.new_page()
    context.close()


def test_the_latest_words_are_copied_for_an_answer_and_it_says_so(page):
    incident = an_open_incident(body="Cards are declined.").incident
    page.goto(f"/admin/support/incidents/{incident.public_id}/customers/")
    page.get_by_role("button", name="Copy for an answer").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    expect(page.locator("#live")).to_have_text("Copied")
    assert "Cards are declined." in page.evaluate("navigator.clipboard.readText()")
