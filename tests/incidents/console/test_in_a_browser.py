"""A lead with a phone at night: the whole life of an incident in a real browser, and nothing typed is lost."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from incidents.actions import publishing
from incidents.models import IncidentUpdate, Site
from statuspage.accounts.roles import LEAD, keep_roles
from tests.factories import a_component, a_subscriber, a_user, an_open_incident
from tests.incidents.console.conftest import INVESTIGATING, GatewayClient, a_template

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def night_lead(db):
    keep_roles()  # a test with real transactions before this one emptied the tables
    user = a_user(first_name="Ana")
    user.groups.add(Group.objects.get(name=LEAD))
    return GatewayClient(user)


@pytest.fixture
def phone(chromium, live_server, night_lead):
    """A dark phone, logged in; whatever its console complains of fails the test."""
    Site.load()
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 844}, color_scheme="dark"
    )
    log_in(context, night_lead, live_server)
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda message: "Content Security" in message.text and page.faults.append(message.text))
    yield page
    context.close()
    assert page.faults == []


def log_in(context, desk, live_server):
    """Give the browser the session of `desk`."""
    session = desk.client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])


def publish(phone):
    phone.click("[data-publish]")
    expect(phone.locator(".messagelist")).to_contain_text("Published.")


def test_the_whole_life_of_an_incident_on_a_phone(phone):
    a_subscriber()
    a_template(
        components={a_component("Payments"): "partial_outage"},
        investigating=INVESTIGATING,
        mitigating="We are fixing it: {{what_we_are_doing}}",
        resolved="It works again. {{what_we_know}}",
    )
    phone.goto("/admin/console/")
    phone.click("text=Open an incident")
    phone.click("text=Cards")
    phone.fill("#id_what_we_know", "One issuer is slow.")
    phone.fill("#id_what_we_are_doing", "We route around it.")
    phone.click("#quick-30")
    expect(phone.locator("#id_next_update_at")).not_to_have_value("")
    block = phone.frame_locator("iframe[data-fits]")
    expect(block.locator(".prose").first).to_contain_text("One issuer is slow.")
    expect(phone.locator("[data-publish]")).to_have_text("Publish Investigating and tell 1 person")
    publish(phone)

    phone.check("input[value=mitigating]")
    expect(phone.locator("#id_body")).to_have_value("We are fixing it: {{what_we_are_doing}}")
    phone.fill("#id_what_we_are_doing", "We switched to the other issuer.")
    publish(phone)

    phone.goto("/admin/console/")
    phone.click("text=Resolve it")
    phone.fill("#id_what_we_know", "All cards are accepted.")
    expect(phone.locator(".afterwards")).to_contain_text("Payments Operational")
    publish(phone)
    expect(phone.locator(".incident-head")).to_contain_text("Resolved")
    assert [update.status for update in IncidentUpdate.objects.order_by("pk")] == [
        "investigating",
        "mitigating",
        "resolved",
    ]


def test_what_was_typed_survives_a_lost_session_and_is_forgotten_once_published(phone, night_lead, live_server):
    phone.goto("/admin/console/incidents/new/?template=none")
    phone.fill("#id_title", "Cards fail")
    phone.fill("#id_body", "Half a sentence")
    night_lead.client.logout()
    phone.click("[data-publish]")
    expect(phone).to_have_url(re.compile("/admin/login/"))
    # Without a session the sample's frame, asked for in the same moment, gets the log-in, which nobody may frame.
    phone.faults[:] = [fault for fault in phone.faults if not fault.startswith("Framing ")]
    night_lead.client.force_login(night_lead.user)
    log_in(phone.context, night_lead, live_server)
    phone.goto("/admin/console/incidents/new/?template=none")
    expect(phone.locator("[data-draft-note]")).to_contain_text("Restored what you typed")
    expect(phone.locator("#id_body")).to_have_value("Half a sentence")
    publish(phone)
    phone.goto("/admin/console/incidents/new/?template=none")
    expect(phone.locator("#id_title")).to_have_value("")


def test_an_edit_that_was_typed_survives_a_closed_tab_and_is_forgotten_once_saved(phone):
    update = an_open_incident(body="Card paments fail.")
    edit = reverse("console:edit-update", args=[update.incident.public_id, update.public_id])
    phone.goto(edit)
    phone.fill("#id_body", "Card payments fail.")
    phone.goto("/admin/console/")
    phone.goto(edit)
    expect(phone.locator("[data-draft-note]")).to_contain_text("Restored what you typed")
    phone.click("text=Save the words")
    expect(phone.locator(".messagelist")).to_contain_text("Edited.")
    phone.goto(edit)
    expect(phone.locator("#id_body")).to_have_value("Card payments fail.")
    expect(phone.locator("[data-draft-note]")).to_be_hidden()


def test_the_number_of_people_is_known_before_anything_is_typed(phone):
    a_subscriber()
    for path in ("incidents/new/?template=none", "maintenances/new/"):
        with phone.expect_request("**/audience/") as counted:
            phone.goto(f"/admin/console/{path}")
        assert counted.value.post_data.count("&body=") == 1  # the filled words alone, not those of the form
        expect(phone.locator("[data-publish]")).to_contain_text("tell 1 person")


def test_enter_shows_the_preview_and_publishes_nothing(phone):
    phone.goto("/admin/console/incidents/new/?template=none")
    phone.fill("#id_title", "Cards fail")
    with phone.expect_response("**/preview/"):
        phone.press("#id_title", "Enter")
    assert "/incidents/new/" in phone.url
    assert not IncidentUpdate.objects.exists()


def test_words_that_were_changed_are_not_swapped_away(phone):
    a_template(investigating="We are looking.", mitigating="We are fixing it.")
    phone.goto("/admin/console/incidents/new/")
    phone.click("text=Cards")
    phone.fill("#id_body", "My own words.")
    phone.check("input[value=mitigating]")
    expect(phone.locator("#use-words")).to_be_visible()
    expect(phone.locator("#id_body")).to_have_value("My own words.")
    phone.click("#use-words")
    expect(phone.locator("#id_body")).to_have_value("We are fixing it.")


def test_a_component_is_found_among_many(phone):
    for number in range(30):
        a_component(f"Service {number:02d}")
    phone.goto("/admin/console/incidents/new/?template=none")
    phone.fill("#picker-search", "service 17")
    expect(phone.locator(".picker__row:visible")).to_have_count(1)
    phone.fill("#picker-search", "nothing like it")
    expect(phone.locator("[data-picker-none]")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_screen_is_wider_than_its_window(phone, width):
    a_component("Docs-and-reference-for-partners-in-every-language")
    phone.set_viewport_size({"width": width, "height": 700})
    for path in ("/admin/", "/admin/console/", "/admin/console/incidents/new/?template=none"):
        phone.goto(path)
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def in_words(minutes) -> str:
    """A time to come as people write it; the tests' page is in UTC."""
    return f"{timezone.now() + timedelta(minutes=minutes):%H:%M} UTC"


def test_a_time_in_the_words_that_differs_is_said_while_it_is_typed_and_taken_with_one_press(phone):
    incident = an_open_incident().incident
    phone.goto(f"/admin/console/incidents/{incident.public_id}/")
    phone.click("#quick-30")
    expect(phone.locator("#id_next_update_at")).not_to_have_value("")
    said = in_words(100)
    phone.fill("#id_body", f"Refunds fail. We write again by {said}.")
    doubt = phone.locator("#doubts-next_update_at .doubt")
    expect(doubt).to_contain_text(f"The text says “by {said}”, this says ")
    phone.click(f"text=Take {said}")
    expect(doubt).to_have_count(0)
    expect(phone.locator("#id_next_update_at")).to_have_value(re.compile(f"T{said[:5]}$"))
    expect(phone.locator("#id_body")).to_have_value(f"Refunds fail. We write again by {said}.")
    publish(phone)


def test_without_a_script_it_is_said_once_and_then_published(phone, live_server, night_lead):
    incident = an_open_incident().incident
    context = phone.context.browser.new_context(base_url=live_server.url, java_script_enabled=False)
    log_in(context, night_lead, live_server)
    page = context.new_page()
    page.goto(f"/admin/console/incidents/{incident.public_id}/")
    said = in_words(100)
    page.fill("#id_body", f"Refunds fail. We write again by {said}.")
    page.click("[data-publish]")
    expect(page.locator(".notice[role=alert]")).to_contain_text("Nothing is published yet.")
    expect(page.locator("#doubts-next_update_at .doubt")).to_contain_text("no time is given here")
    assert incident.updates.count() == 1
    page.click("[data-publish]")
    expect(page.locator(".messagelist")).to_contain_text("Published.")
    assert incident.updates.latest("pk").body == f"Refunds fail. We write again by {said}."
    context.close()


NEW = "/admin/console/incidents/new/?template=none"


def test_an_open_incident_is_shown_when_its_component_is_chosen_and_takes_the_words(phone):
    cards = a_component("Cards")
    incident = an_open_incident(cards).incident
    phone.goto(f"/admin/console/incidents/{incident.public_id}/")
    phone.fill("#id_body", "An older draft.")
    phone.goto(NEW)
    phone.fill("#id_title", "Cards fail")
    phone.fill("#id_body", "Visa fails since noon.")
    phone.select_option(f"#component-{cards.public_id}", "major_outage")
    expect(phone.locator("#doubts-components .doubt")).to_contain_text(
        "Cards has an open incident: “Card payments fail”"
    )
    phone.click("text=Update that one instead")
    expect(phone).to_have_url(re.compile(incident.public_id))
    expect(phone.locator("#id_body")).to_have_value("Visa fails since noon.")
    publish(phone)
    assert incident.updates.latest("pk").body == "Visa fails since noon."
    phone.goto(NEW)
    expect(phone.locator("#id_title")).to_have_value("")  # what was published is no draft any more


def test_who_goes_to_the_open_incident_and_comes_back_has_lost_nothing(phone):
    cards = a_component("Cards")
    an_open_incident(cards)
    phone.goto(NEW)
    phone.fill("#id_body", "Visa fails since noon.")
    phone.select_option(f"#component-{cards.public_id}", "major_outage")
    phone.click("text=Update that one instead")
    expect(phone.locator("#update")).to_be_visible()
    phone.goto(NEW)
    expect(phone.locator("#id_body")).to_have_value("Visa fails since noon.")
    expect(phone.locator(".more")).not_to_have_attribute("open", "")


def test_a_past_incident_is_proposed_while_its_title_is_typed_and_gives_its_words(phone):
    update = an_open_incident(title="Refunds failed", body="Some refunds fail.", at=timezone.now() - timedelta(days=9))
    ended = timezone.now() - timedelta(days=8)
    publishing.post_update(incident=update.incident, status="resolved", body="It is over.", by=None, at=ended)
    phone.goto(NEW)
    phone.fill("#id_title", "Refunds fail")
    one = phone.locator(".similar__one")
    expect(one).to_contain_text("Refunds failed")
    one.locator("summary").click()
    use = phone.locator("text=Use these words")
    with phone.expect_response("**/preview/"):
        phone.fill("#id_body", "Mine.")
    expect(use).to_be_hidden()
    expect(one).to_have_attribute("open", "")  # somebody reads it
    phone.fill("#id_body", "")
    use.click()
    expect(phone.locator("#id_body")).to_have_value("Some refunds fail.")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_a_script_an_open_incident_is_said_once_on_submit(phone, live_server, night_lead):
    cards = a_component("Cards")
    an_open_incident(cards)
    context = phone.context.browser.new_context(base_url=live_server.url, java_script_enabled=False)
    log_in(context, night_lead, live_server)
    page = context.new_page()
    page.goto(NEW)
    page.fill("#id_title", "Cards fail")
    page.fill("#id_body", "Visa fails.")
    page.select_option(f"#component-{cards.public_id}", "major_outage")
    page.click("[data-publish]")
    expect(page.locator(".notice[role=alert]")).to_contain_text(
        "Update that one instead, or publish again to open another."
    )
    expect(page.locator("#doubts-components .doubt")).to_contain_text("Cards has an open incident")
    page.click("[data-publish]")
    expect(page.locator(".messagelist")).to_contain_text("Published.")
    context.close()
