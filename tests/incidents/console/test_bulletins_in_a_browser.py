"""An announcement written on a phone: the count and the button follow the choice, and what is typed is kept."""

import pytest
from playwright.sync_api import expect

from incidents.models import Bulletin
from tests.factories import a_subscriber
from tests.incidents.console.test_in_a_browser import night_lead, phone, publish  # noqa: F401  fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_button_says_how_many_will_be_told_once_it_is_chosen(phone):  # noqa: F811
    for _ in range(2):
        a_subscriber()
    phone.goto("/admin/console/bulletins/new/")
    phone.fill("#id_title", "We close on Christmas day")
    phone.fill("[name=body]", "Back on **27 December**.")
    expect(phone.locator("[data-publish]")).to_have_text("Publish and tell nobody")
    expect(phone.locator("#tell-number")).to_have_text("2 subscribers")
    phone.check("[name=tell]")
    expect(phone.locator("[data-publish]")).to_have_text("Publish and tell 2 people")
    page = phone.frame_locator(".preview__page")
    expect(page.locator("strong")).to_have_text("27 December")
    publish(phone)
    assert Bulletin.objects.get().is_told
    expect(phone.locator(".delivery")).to_be_visible()


def test_what_is_typed_outlives_the_page_until_it_is_published(phone):  # noqa: F811
    phone.goto("/admin/console/bulletins/new/")
    phone.fill("#id_title", "We close on Christmas day")
    phone.fill("[name=body]", "Back on Monday.")
    phone.check("[name=is_pinned]")
    phone.reload()
    expect(phone.locator("#id_title")).to_have_value("We close on Christmas day")
    expect(phone.locator("[name=is_pinned]")).to_be_checked()
    publish(phone)
    phone.goto("/admin/console/bulletins/new/")
    expect(phone.locator("#id_title")).to_have_value("")
