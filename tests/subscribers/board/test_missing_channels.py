"""What staff, the prompt and machines are told where nobody can be reached by SMS."""

import json
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from subscribers.delivery import fanout
from tests.factories import a_subscriber, an_open_incident

HTMX = {"HX-Request": "true"}
REAL_MAIL, REAL_SMS = "smtp://127.0.0.1", "http://127.0.0.1:1/"
PHONE = "+4915112345678"
NOBODY = "SMS reaches nobody: no gateway is set up."
TEXT = {"title": "Card payments fail", "body": "Some fail.", "status": "investigating"}


@pytest.fixture
def no_gateway(settings):
    settings.EMAIL_URL, settings.SMS_URL = REAL_MAIL, "outbox:"


@pytest.fixture
def gateway(settings):
    settings.EMAIL_URL, settings.SMS_URL = REAL_MAIL, REAL_SMS


def seen(client, name, *args, **query) -> str:
    answer = client.get(reverse(f"deliveries:{name}", args=args, query=query), headers=HTMX)
    return words(answer.text)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


def previewed(client) -> str:
    answer = client.post(reverse("preview:audience"), TEXT, headers=HTMX)
    return words(answer.text)


def test_the_preview_counts_whom_nobody_can_reach_apart(lead, no_gateway):
    for channel in ("email", "email", "sms"):
        a_subscriber(channel=channel)
    said = previewed(lead)
    assert "2 will be told 2 by e-mail 1 by SMS cannot be reached: no gateway is set up." in said


def test_the_preview_of_what_reaches_nobody_says_why(lead, no_gateway):
    a_subscriber(channel="sms")
    said = previewed(lead)
    assert "Nobody will be told 1 by SMS cannot be reached: no gateway is set up." in said
    assert "No subscriber hears" not in said
    assert "segment" not in said


def test_with_a_gateway_the_preview_counts_all_together(lead, gateway):
    for channel in ("email", "sms"):
        a_subscriber(channel=channel)
    said = previewed(lead)
    assert "2 will be told 1 by e-mail, 1 by SMS" in said
    assert "1 segment" in said
    assert "cannot be reached" not in said


@pytest.mark.parametrize("screen", ["board", "blockers"])
def test_the_staffs_screens_say_so_while_somebody_wants_it(lead, no_gateway, screen):
    assert NOBODY not in seen(lead, screen)
    a_subscriber(channel="sms")
    assert f"{NOBODY} 1 person who wants to hear by it is told nothing." in seen(lead, screen)


@pytest.mark.parametrize("screen", ["board", "blockers"])
def test_with_a_gateway_the_staffs_screens_are_silent(lead, gateway, screen):
    a_subscriber(channel="sms")
    assert "reaches nobody" not in seen(lead, screen)


def test_support_is_told_at_its_desk(support, no_gateway, settings):
    a_subscriber(channel="sms")
    assert NOBODY in words(support.get(reverse("support:home")).text)
    settings.SMS_URL = REAL_SMS
    assert "reaches nobody" not in words(support.get(reverse("support:home")).text)


def test_progress_and_board_show_what_was_not_sent_and_why(lead, incident, no_gateway):
    a_subscriber(channel="sms")
    fanout.expand(incident.announcements.get())
    assert "1 not sent: no provider is set up" in seen(lead, "progress", incident.public_id)
    assert "1 not sent: no provider is set up" in seen(lead, "board")


def test_progress_says_for_what_the_rest_waits(lead, incident, settings, gateway):
    a_subscriber(channel="sms")
    fanout.expand(incident.announcements.get())
    settings.SMS_URL = "outbox:"
    assert f"{NOBODY} 1 person" in seen(lead, "progress", incident.public_id)
    assert "1 message waits for it, each for a day at most." in seen(lead, "progress", incident.public_id)


def test_support_is_told_when_it_links_a_phone(support, incident, no_gateway):
    here = reverse("support:customers", args=[incident.public_id])
    answer = support.post(here, {"name": "Ada Ltd", "contact": PHONE, "tell_latest": "on"}, follow=True)
    said = words(answer.text)
    assert "1 customer of them will not be written to" in said
    assert "on its way" not in said
    assert "Not written to SMS is not sent from here: no gateway is set up." in said


def test_the_check_of_a_pasted_list_names_phones_that_get_nothing(support, incident, no_gateway, settings):
    here = reverse("support:customer-list", args=[incident.public_id])
    lines = {"text": f"Ada Ltd,{PHONE}\nBob Inc,bob@example.com"}
    said = words(support.post(here, lines).text)
    assert "will not be written to1" in said
    assert "SMS is not sent from here: no gateway is set up." in said
    settings.SMS_URL = REAL_SMS
    assert "not sent from here" not in words(support.post(here, lines).text)


def test_the_prompt_says_before_publishing_whom_it_does_not_reach(no_gateway, db, settings):
    for channel in ("email", "sms", "sms"):
        a_subscriber(channel=channel)

    def dry_run() -> str:
        out = StringIO()
        values = ("--title", "Card payments fail", "--severity", "P1", "--body", "Some fail.", "--dry-run")
        call_command("incident", "open", *values, stdout=out)
        return out.getvalue()

    assert "Would go to:  1 person by e-mail; 2 by SMS cannot be reached: no gateway is set up\n" in dry_run()
    settings.EMAIL_URL, settings.SMS_URL = "outbox:", REAL_SMS
    assert "Would go to:  2 people by SMS; 1 by e-mail cannot be reached: no mail server is set up\n" in dry_run()
    settings.SITE_URL, settings.SMS_URL = "https://status.example.test", "outbox:"
    assert "Would go to:  nobody; 1 by e-mail cannot be reached" in dry_run()


def test_the_board_at_the_prompt_says_so(no_gateway, db):
    a_subscriber(channel="sms")
    an_open_incident()
    out = StringIO()
    call_command("deliveries", stdout=out)
    assert out.getvalue().splitlines()[0].startswith(f"NOT OFFERED {NOBODY}")
    out = StringIO()
    call_command("deliveries", "--json", stdout=out)
    assert json.loads(out.getvalue())["not_offered"] == [{"channel": "sms", "readers": 1, "waiting": 0}]


def test_monitors_are_told(client, no_gateway, db, settings):
    settings.METRICS_TOKEN = "for-prometheus"
    assert client.get("/readyz").json()["channels_not_offered"] == ["sms"]
    figures = client.get("/metrics", headers={"Authorization": "Bearer for-prometheus"}).text
    assert 'statuspage_channel_offered{channel="email"} 1\n' in figures
    assert 'statuspage_channel_offered{channel="sms"} 0\n' in figures
