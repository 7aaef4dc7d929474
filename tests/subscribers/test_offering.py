"""No SMS is offered, promised or called sent where there is no gateway, and no e-mail where there is no mail server."""

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from celery.signals import worker_ready
from django.core.checks import run_checks
from django.test import Client
from django.utils import timezone

from subscribers import links, offering
from subscribers.board import unreached
from subscribers.enums import Channel
from subscribers.models import Confirmation, Delivery, Subscriber
from subscribers.people import subscribing
from tests.factories import a_component, a_subscriber

CHECKOUT = Path(__file__).resolve().parents[2]
REAL_MAIL, REAL_SMS = "smtp://relay.example.test", "https://gateway.example.test/send"
FORM = {"scope": "everything", "email_pace": "every", "sms_pace": "every"}
SMS = FORM | {"channel": "sms", "sms": "+4915112345678"}
EMAIL = FORM | {"channel": "email", "email": "ada@example.test"}


@pytest.fixture
def no_gateway(settings):
    settings.EMAIL_URL, settings.SMS_URL = REAL_MAIL, "outbox:"


@pytest.fixture
def no_relay(settings):
    settings.EMAIL_URL, settings.SMS_URL = "outbox:", REAL_SMS


@pytest.fixture
def nothing(settings):
    """As it is for whoever sets SITE_URL and forgets the rest."""
    settings.EMAIL_URL = settings.SMS_URL = "outbox:"
    settings.SITE_URL = "https://status.example.test"


def page_of(subscriber) -> str:
    return f"/subscription/{links.subscription_token(subscriber)}/"


def texts(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


# --- What is offered ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("site", "mail", "sms", "offered"),
    [
        ("http://localhost:8000", "outbox:", "outbox:", ["email", "sms"]),
        ("http://demo.example.test", "consolemail://", "outbox:", ["email", "sms"]),
        ("https://status.example.test", "outbox:", "outbox:", []),
        ("https://status.example.test", REAL_MAIL, "outbox:", ["email"]),
        ("http://localhost:8000", REAL_MAIL, "outbox:", ["email"]),
        ("http://localhost:8000", "postmark://token@", "outbox:", ["email"]),
        ("http://localhost:8000", "outbox:", REAL_SMS, ["sms"]),
        ("https://status.example.test", "filemail:///tmp/mail", REAL_SMS, ["sms"]),
        ("https://status.example.test", "dummymail://", "outbox:", []),
        ("https://status.example.test", "memorymail://", REAL_SMS, ["sms"]),
        ("https://status.example.test", REAL_MAIL, REAL_SMS, ["email", "sms"]),
        (
            "https://status.example.test",
            REAL_MAIL,
            "pigeon://x",
            ["email", "sms"],
        ),  # a mistake, which waits for mending
    ],
)
def test_a_channel_is_offered_where_a_provider_carries_it_or_all_of_it_is_a_trial(settings, site, mail, sms, offered):
    settings.SITE_URL, settings.EMAIL_URL, settings.SMS_URL = site, mail, sms
    assert offering.offered() == offered
    assert sorted(offering.offered() + offering.missing()) == sorted(Channel)


# --- Signing up -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_form_shows_both_channels_in_a_trial_and_where_both_are_real(client, settings):
    for urls in (("outbox:", "outbox:"), (REAL_MAIL, REAL_SMS)):
        settings.EMAIL_URL, settings.SMS_URL = urls
        page = client.get("/subscribe/").content.decode()
        assert 'name="email"' in page
        assert 'name="sms"' in page
        assert page.count('type="radio" name="channel"') == 2


@pytest.mark.django_db
@pytest.mark.parametrize(("fixture", "shown", "hidden"), [("no_gateway", "email", "sms"), ("no_relay", "sms", "email")])
def test_the_form_shows_no_channel_that_is_not_offered(client, request, fixture, shown, hidden):
    request.getfixturevalue(fixture)
    page = client.get("/subscribe/").content.decode()
    assert f'name="{shown}"' in page
    assert f'name="{hidden}"' not in page
    assert f'<input type="hidden" name="channel" value="{shown}">' in page
    assert 'type="radio" name="channel"' not in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fixture", "posted", "words"),
    [
        ("no_gateway", SMS, "SMS is not offered here. Write your e-mail address, and we use that."),
        ("no_relay", EMAIL, "E-mail is not offered here. Write your mobile number, and we use that."),
        ("nothing", EMAIL, "We cannot write to anybody from here yet."),
        ("nothing", SMS, "We cannot write to anybody from here yet."),
    ],
)
def test_a_posted_form_is_refused_in_words(request, settings, fixture, posted, words):
    request.getfixturevalue(fixture)
    settings.SECURE_SSL_REDIRECT = False
    answer = Client().post("/subscribe/", posted)
    assert answer.status_code == 422
    assert words in texts(answer)
    assert not Subscriber.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("fixture", "posted", "channel"), [("no_gateway", EMAIL, "email"), ("no_relay", SMS, "sms")])
def test_the_other_channel_is_taken_as_ever(client, request, fixture, posted, channel):
    request.getfixturevalue(fixture)
    assert client.post("/subscribe/", posted)["Location"] == f"/subscribe/sent/{channel}/"
    assert Delivery.objects.get().state == "queued"
    assert client.get(f"/subscribe/sent/{channel}/").status_code == 200


@pytest.mark.django_db
def test_no_other_door_asks_for_what_cannot_be_sent(no_gateway):
    about = {"everything": True, "components": [], "every_update": True, "at": timezone.now()}
    subscribing.request_subscription(channel="sms", address="+4915112345678", **about)
    subscribing.request_subscription(channel="email", address="ada@example.test", **about)
    assert set(Delivery.objects.values_list("channel", "state", "cause")) == {
        ("sms", "skipped", "not_offered"),
        ("email", "queued", ""),
    }


@pytest.mark.django_db
def test_nothing_is_said_to_be_sent_on_a_channel_that_is_not_offered(client, no_gateway):
    assert client.get("/subscribe/sent/sms/").status_code == 404


@pytest.mark.django_db
def test_a_page_without_any_channel_shows_the_feeds_and_no_form(client, nothing):
    answer = client.get("/subscribe/")
    assert "<form" not in answer.content.decode()
    assert "We cannot write to anybody from here yet." in texts(answer)
    assert "JSON Feed" in texts(answer)


# --- Who is subscribed by SMS already -------------------------------------------------------------


@pytest.mark.django_db
def test_whoever_is_subscribed_may_leave_and_is_promised_nothing(client, no_gateway):
    ada = a_subscriber(channel="sms")
    answer = client.get(page_of(ada))
    assert f"We cannot send SMS from here now, so nothing reaches {ada.address}" in texts(answer)
    assert "<form" not in answer.content.decode()
    assert "unsubscribe/" in answer.content.decode()
    assert client.post(f"{page_of(ada)}unsubscribe/").status_code == 302
    ada.refresh_from_db()
    assert ada.unsubscribed_at


@pytest.mark.django_db
def test_a_choice_that_is_posted_all_the_same_is_refused_and_changes_nothing(client, no_gateway):
    ada = a_subscriber(channel="sms", everything=True)
    a_component("Payments")
    answer = client.post(page_of(ada), {"scope": "chosen", "pace": "milestones"})
    assert answer.status_code == 422
    assert client.post(page_of(ada), {"scope": "everything", "pace": "milestones"}).status_code == 422
    ada.refresh_from_db()
    assert (ada.everything, ada.every_update) == (True, True)


@pytest.mark.django_db
def test_a_link_to_confirm_waits_until_it_can_be_kept(client, settings, no_gateway):
    asked = Confirmation.objects.create(subscriber=a_subscriber(channel="sms", confirmed_at=None))
    page = f"/subscription/{links.confirmation_token(asked)}/confirm/"
    shown, posted = client.get(page), client.post(page)
    assert (shown.status_code, posted.status_code) == (200, 422)
    for answer in (shown, posted):
        assert "We cannot send SMS from here now" in texts(answer)
        assert "<form" not in answer.content.decode()
    settings.SMS_URL = REAL_SMS
    assert client.post(page).status_code == 302
    assert Subscriber.objects.get().is_active


@pytest.mark.django_db
def test_whoever_confirmed_before_reads_that_nothing_comes(client, no_gateway):
    ada = a_subscriber(channel="sms")
    asked = Confirmation.objects.create(subscriber=ada, confirmed_at=ada.confirmed_at)
    answer = client.get(f"/subscription/{links.confirmation_token(asked)}/confirm/")
    assert "We cannot send SMS from here now" in texts(answer)
    assert "This is what you will hear" not in texts(answer)


# --- Who runs it ----------------------------------------------------------------------------------


def deploy_messages() -> dict[str, list]:
    ours = [
        one for one in run_checks(include_deployment_checks=True) if one.id in ("subscribers.W001", "subscribers.W002")
    ]
    return {one.id: [one.level, one.msg] for one in ours}


def test_the_check_names_a_missing_gateway_as_what_may_be_meant(no_gateway):
    level, line = deploy_messages()["subscribers.W002"]
    assert level == logging.INFO
    assert line == "SMS is not offered and reaches nobody: no gateway is set up (SMS_URL is outbox:)."


def test_the_check_warns_of_a_page_that_mails_nobody(no_relay):
    level, line = deploy_messages()["subscribers.W002"]
    assert level == logging.WARNING
    assert "EMAIL_URL is outbox:" in line


def test_the_check_warns_of_a_trial_and_is_silent_where_all_is_set(settings):
    assert "This is a trial" in deploy_messages()["subscribers.W001"][1]
    settings.EMAIL_URL, settings.SMS_URL = REAL_MAIL, REAL_SMS
    assert deploy_messages() == {}


def test_a_process_that_starts_says_in_one_line_what_is_missing(caplog, settings, no_gateway):
    offering.log_what_is_missing()
    assert [record.message for record in caplog.records] == offering.warnings()
    assert len(caplog.records) == 1
    caplog.clear()
    settings.SMS_URL = REAL_SMS
    offering.log_what_is_missing()
    assert not caplog.records


@pytest.mark.parametrize(
    "program", [("-c", "import statuspage.wsgi"), ("manage.py", "dispatch", "--once")], ids=["web", "dispatch"]
)
def test_each_process_says_it_when_it_starts(program, tmp_path):
    environment = {"EMAIL_URL": REAL_MAIL, "DATABASE_URL": "", "DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, *program], cwd=CHECKOUT, env=os.environ | environment, capture_output=True, text=True
    )
    assert done.stderr.count("SMS is not offered and reaches nobody: no gateway is set up") == 1


def test_a_worker_says_it_when_it_is_ready(caplog, no_gateway):
    worker_ready.send(sender=None)
    assert "SMS is not offered" in caplog.text


@pytest.mark.parametrize("gateway", ["outbox:", REAL_SMS], ids=["mail alone", "SMS too"])
def test_a_worker_loads_what_sends_before_it_forks(gateway, tmp_path):
    program = (
        "import sys, django; from celery.signals import celeryd_after_setup; django.setup();"
        "senders = [f'subscribers.channels.{name}.transport' for name in ('email', 'sms')];"
        "print(*[name in sys.modules for name in senders]); celeryd_after_setup.send(sender=None);"
        "print(*[name in sys.modules for name in senders])"
    )
    environment = {"EMAIL_URL": REAL_MAIL, "SMS_URL": gateway, "DATA_DIR": str(tmp_path)}
    environment["DJANGO_SETTINGS_MODULE"] = "statuspage.settings"
    said = subprocess.check_output(
        [sys.executable, "-c", program], cwd=CHECKOUT, env=os.environ | environment, text=True
    )
    assert said.splitlines() == ["False False", f"True {gateway == REAL_SMS}"]


def test_a_worker_has_imported_and_compiled_what_the_first_notice_needs_before_it_forks(tmp_path):
    """An address is looked up among those of all pages: importing them took longer than the whole first notice."""
    program = (
        "import sys, django; from celery.signals import celeryd_after_setup; django.setup();"
        "celeryd_after_setup.send(sender=None); loaded = set(sys.modules);"
        "from django.template import engines; from django.urls import reverse; reverse('incident', args=['name']);"
        "print([name for name in set(sys.modules) - loaded if name.startswith(('incidents', 'subscribers'))]);"
        "[loader] = engines['django'].engine.template_loaders;"
        "print(sorted(name for name in loader.get_template_cache if 'announcement' in name))"
    )
    environment = {"EMAIL_URL": REAL_MAIL, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "statuspage.settings"}
    said = subprocess.check_output(
        [sys.executable, "-c", program], cwd=CHECKOUT, env=os.environ | environment, text=True
    )
    assert said.splitlines() == ["[]", "['emails/announcement.html', 'emails/announcement.txt']"]


@pytest.mark.django_db
def test_staff_are_told_of_a_missing_channel_only_where_somebody_wants_it(no_gateway):
    assert unreached.unreached() == []
    a_subscriber(channel="sms")
    a_subscriber(channel="sms", confirmed_at=None)
    a_subscriber()
    (one,) = unreached.unreached()
    assert str(one) == "SMS reaches nobody: no gateway is set up. 1 person who wants to hear by it is told nothing."


@pytest.mark.django_db
def test_staff_are_always_told_where_nobody_can_be_told(nothing):
    assert [str(one) for one in unreached.unreached()] == [
        "E-mail reaches nobody: no mail server is set up. Nobody can sign up for it.",
        "SMS reaches nobody: no gateway is set up. Nobody can sign up for it.",
    ]
