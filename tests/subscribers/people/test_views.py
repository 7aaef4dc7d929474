import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from incidents.models import Component, ComponentGroup
from statuspage.lib import limits
from subscribers import links
from subscribers.models import Confirmation, Delivery, Subscriber, Suppression
from tests.factories import a_component, a_subscriber

pytestmark = pytest.mark.django_db
FORM = {"channel": "email", "email": "ada@example.test", "scope": "everything", "email_pace": "every"}


@pytest.fixture
def browser():
    """A client that is held to CSRF like any browser."""
    return Client(enforce_csrf_checks=True)


def sign_up(client, **fields):
    return client.post("/subscribe/", FORM | fields)


def pages_of(subscriber, confirmation=None) -> dict[str, str]:
    token = links.subscription_token(subscriber)
    pages = {
        "manage": f"/subscription/{token}/",
        "unsubscribe": f"/subscription/{token}/unsubscribe/",
        "short": f"/s/{token}/",
    }
    if confirmation:
        pages["confirm"] = f"/subscription/{links.confirmation_token(confirmation)}/confirm/"
    return pages


def a_confirmation(subscriber=None, **kwargs) -> Confirmation:
    return Confirmation.objects.create(subscriber=subscriber or a_subscriber(confirmed_at=None), **kwargs)


def everything_stored() -> list:
    return [
        list(model.objects.order_by("pk").values()) for model in (Subscriber, Confirmation, Delivery, Component)
    ] + [list(Subscriber.components.through.objects.order_by("pk").values())]


# --- Signing up -----------------------------------------------------------------------------------


def test_the_form_offers_public_components_by_group_and_no_other(client):
    payments = ComponentGroup.objects.create(name="Payments")
    a_component("Cards", group=payments)
    a_component("Search")
    a_component("Secret ledger", is_public=False)
    page = client.get("/subscribe/").content.decode()
    assert re.search(r"Payments.*Cards.*Other components.*Search", page, re.S)
    assert "Secret" not in page


def test_a_sign_up_with_a_real_browsers_token_is_taken(browser):
    page = browser.get("/subscribe/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    assert sign_up(browser).status_code == 403
    answer = sign_up(browser, csrfmiddlewaretoken=token)
    assert (answer.status_code, answer["Location"]) == (302, "/subscribe/sent/email/")
    assert Delivery.objects.get().subscriber.address == "ada@example.test"


def test_the_address_is_kept_in_one_spelling(client):
    sign_up(client, email="  ADA@Example.TEST ")
    sign_up(client, channel="sms", sms="0049 (151) 1234-5678", email="")
    assert set(Subscriber.objects.values_list("address", flat=True)) == {"ada@example.test", "+4915112345678"}


def test_sms_hears_the_milestones_and_e_mail_every_update_unless_chosen_otherwise(client):
    sms = {"channel": "sms", "email": ""}
    sign_up(client, **sms, sms="+4915112345671")
    sign_up(client, **sms, sms="+4915112345672", sms_pace="every")
    sign_up(client, email="ada@example.test", email_pace="")
    sign_up(client, email="bob@example.test", email_pace="milestones")
    asked = Confirmation.objects.order_by("pk").values_list("every_update", flat=True)
    assert list(asked) == [False, True, True, False]


def test_chosen_components_are_asked_for(client):
    cards, search = a_component("Cards"), a_component("Search")
    sign_up(client, scope="chosen", components=[search.public_id])
    assert Confirmation.objects.get().component_ids == [search.pk]
    sign_up(client, email="bob@example.test", components=[cards.public_id])  # ticked, then hidden by "Everything"
    assert Confirmation.objects.latest("pk").component_ids == []


def test_an_unknown_and_a_private_component_get_the_same_answer_and_nothing_is_stored(client):
    a_component("Cards")
    private = a_component("Secret ledger", is_public=False)
    answers = [
        sign_up(client, scope="chosen", components=[name]).content for name in (private.public_id, "0" * 12, "\x00'")
    ]
    without_token = {re.sub(rb'csrfmiddlewaretoken" value="[^"]+', b"", answer) for answer in answers}
    assert len(without_token) == 1
    assert b"Choose from this list" in answers[0]
    assert not Subscriber.objects.exists()


@time_machine.travel("2026-11-21 12:00", tick=False)  # an answer says when it was given
def test_the_answer_does_not_tell_whether_an_address_is_known(client):
    a_subscriber("known@example.test")
    a_subscriber("left@example.test", unsubscribed_at=timezone.now())
    a_subscriber("pending@example.test", confirmed_at=None)
    Suppression.objects.create(channel="email", address="suppressed@example.test", reason="bounced")
    answers = []
    for name in ("new", "known", "left", "pending", "suppressed", "known", "known"):
        answer = sign_up(client, email=f"{name}@example.test")
        page = client.get(answer["Location"])
        answers.append((answer.status_code, sorted(answer.items()), answer.content, sorted(page.items()), page.content))
    for answer in answers:
        assert answer == answers[0]
    assert not client.cookies


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"email": ""}, "email", "Write an e-mail address."),
        ({"email": "ada"}, "email", "it should look like name@example.com"),
        ({"email": "a@example.test, b@example.test"}, "email", "Write one address alone"),
        ({"email": "a\x0bda@example.test"}, "email", "invisible character U+000B"),
        ({"email": "a\u202eda@example.test"}, "email", "invisible character U+202E"),
        ({"email": "a\x00da@example.test"}, "email", "Null characters"),
        ({"email": "a" * 300 + "@example.test"}, "email", "Shorten this to 254"),
        ({"channel": "sms", "sms": "0151 12345678"}, "sms", "+ and the country code, like +49"),
        ({"channel": "sms", "sms": ""}, "sms", "with its country code"),
        ({"scope": "chosen"}, "components", "Choose at least one component"),
        ({"scope": "some"}, "scope", "Choose what you want to hear about"),
        ({"channel": "pigeon"}, "channel", "Choose e-mail or SMS"),
        ({"email_pace": "hourly"}, "email_pace", "Choose how often"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_nothing_typed_is_lost(client, fields, field, words):
    a_component("Cards")
    answer = sign_up(client, **fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    error = re.search(rf'id="id_{field}-error">(.*?)</div>', page, re.S)[1]
    assert words in error
    assert f'value="{(FORM | fields)["email"]}"' in page
    assert not Subscriber.objects.exists()


def test_a_refused_form_keeps_every_choice(client):
    cards, search = a_component("Cards"), a_component("Search")
    page = sign_up(
        client, channel="sms", sms="1", sms_pace="every", scope="chosen", components=[search.public_id]
    ).content.decode()
    for kept in (
        '<input id="id_sms" name="sms" type="tel" inputmode="tel" autocomplete="tel"',
        'value="1"',
        f'value="{search.public_id}" checked',
        'name="channel" value="sms" checked',
        'name="sms_pace" value="every" checked',
        'name="scope" value="chosen" checked',
    ):
        assert kept in page
    assert f'value="{cards.public_id}" checked' not in page


# --- Links in messages ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_a_link_changes_nothing(client, method):
    subscriber = a_subscriber()
    before = (confirmation := a_confirmation(subscriber)) and everything_stored()
    for page in pages_of(subscriber, confirmation).values():
        assert getattr(client, method)(page).status_code in (200, 302)
    assert everything_stored() == before


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods_are_refused(client, method):
    for page in pages_of(a_subscriber(), a_confirmation()).values():
        assert getattr(client, method)(page).status_code == 405


def test_personal_pages_are_not_stored_and_leave_no_trace(client):
    subscriber = a_subscriber()
    confirmation = a_confirmation(subscriber)
    addresses = [*pages_of(subscriber, confirmation).values(), "/subscription/wrong/"]
    for address in addresses:
        answer = client.get(address)
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Robots-Tag"] == "noindex"
    assert not client.cookies


def test_wrong_tokens_get_the_generic_page_whatever_is_wrong_with_them(client, monkeypatch):
    monkeypatch.setattr(limits, "misses_wait", lambda meta: 0.0)  # so many would be slowed down
    monkeypatch.setattr(limits, "missed", lambda meta: 0.0)
    subscriber = a_subscriber()
    right = links.subscription_token(subscriber)
    revoked = a_subscriber(link_version=2)
    ended = links.subscription_token(Subscriber(pk=revoked.pk, link_version=1))
    wrong = [
        right[:-1] + ("A" if right[-1] != "A" else "B"),
        right + "A",
        right + "!",
        right.swapcase(),
        links.confirmation_token(a_confirmation(subscriber)),
        links.subscription_token(Subscriber(pk=10**15)),
        ended,
        "é",
        "x" * 2000,
    ]
    answers = {client.get(f"/subscription/{token}/").content for token in wrong}
    for page in ("unsubscribe", "end-links"):
        answers |= {client.get(f"/subscription/{token}/{page}/").content for token in wrong if token != ended}
    answers.add(client.get(f"/subscription/{ended}/end-links/").content)
    answers |= {client.post(f"/subscription/{right}/confirm/").content}
    assert len(answers) == 1
    assert {client.get(f"/subscription/{token}/").status_code for token in wrong} == {404}
    assert subscriber.address.encode() not in answers.pop()


def test_confirming_asks_first_and_then_says_what_was_done(browser):
    cards = a_component("Cards")
    confirmation = a_confirmation(everything=False, component_ids=[cards.pk])
    page = pages_of(confirmation.subscriber, confirmation)["confirm"]
    asked = browser.get(page).content.decode()
    assert "Cards" in asked
    assert "Yes, subscribe me" in asked
    answer = browser.post(page)
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert "You are subscribed" in browser.get(page).content.decode()
    assert Subscriber.objects.active().get().components.get() == cards
    assert browser.post(page).status_code == 302


def test_an_expired_link_says_how_to_start_again(client):
    confirmation = a_confirmation(requested_at=timezone.now() - timedelta(days=8))
    page = pages_of(confirmation.subscriber, confirmation)["confirm"]
    client.post(page)
    answer = client.get(page)
    assert answer.status_code == 410
    assert 'href="/subscribe/"' in answer.content.decode()
    assert not Subscriber.objects.active().exists()


def test_a_used_link_of_somebody_who_left_says_so(client):
    subscriber = a_subscriber(unsubscribed_at=timezone.now())
    confirmation = a_confirmation(subscriber, confirmed_at=timezone.now())
    page = pages_of(subscriber, confirmation)["confirm"]
    client.post(page)
    assert "You are not subscribed" in client.get(page).content.decode()
    subscriber.refresh_from_db()
    assert not subscriber.is_active


def test_a_subscriber_changes_what_they_hear(browser):
    cards, search = a_component("Cards"), a_component("Search")
    subscriber = a_subscriber(everything=False)
    subscriber.components.add(cards)
    page = pages_of(subscriber)["manage"]
    assert f'value="{cards.public_id}" checked' in browser.get(page).content.decode()
    answer = browser.post(page, {"scope": "chosen", "components": [search.public_id], "pace": "milestones"})
    assert answer["Location"] == f"{page}?saved"
    assert "Saved." in browser.get(answer["Location"]).content.decode()
    subscriber.refresh_from_db()
    assert not subscriber.every_update
    assert list(subscriber.components.all()) == [search]


def test_a_refused_change_is_shown_and_changes_nothing(client):
    subscriber = a_subscriber()
    before = everything_stored()
    answer = client.post(pages_of(subscriber)["manage"], {"scope": "chosen", "pace": "every"})
    assert answer.status_code == 422
    assert "Choose at least one component" in answer.content.decode()
    assert everything_stored() == before


def test_saving_brings_back_whoever_unsubscribed(client):
    subscriber = a_subscriber(unsubscribed_at=timezone.now())
    page = pages_of(subscriber)["manage"]
    assert "You have unsubscribed" in client.get(page).content.decode()
    client.post(page, {"scope": "everything", "pace": "every"})
    subscriber.refresh_from_db()
    assert subscriber.is_active


def test_unsubscribing_asks_then_acts_and_says_so(browser):
    subscriber = a_subscriber()
    page = pages_of(subscriber)["unsubscribe"]
    assert "Yes, unsubscribe me" in browser.get(page).content.decode()
    assert browser.post(page)["Location"] == page
    assert "You are unsubscribed" in browser.get(page).content.decode()
    subscriber.refresh_from_db()
    assert not subscriber.is_active


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_a_mail_programs_one_click_acts_at_once_without_cookie_or_redirect(browser, content_type):
    subscriber = a_subscriber()
    page = pages_of(subscriber)["unsubscribe"]
    body = "List-Unsubscribe=One-Click"
    if content_type.startswith("multipart"):
        body = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    answers = [browser.generic("POST", page, body, content_type=content_type) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert not browser.cookies
    subscriber.refresh_from_db()
    assert subscriber.unsubscribed_at


def test_the_short_link_leads_to_the_subscription(client):
    pages = pages_of(a_subscriber())
    assert client.get(pages["short"])["Location"] == pages["manage"]


def test_a_linked_customer_reads_that_they_are_not_subscribed(client):
    page = pages_of(a_subscriber(confirmed_at=None))["manage"]
    assert "our support team linked you" in client.get(page).content.decode()


@pytest.mark.parametrize("typed", ["\u0131nfo@example.test", "name@\u2603.test", "n\u200bame@example.test"])
def test_an_address_that_can_never_be_mailed_is_refused_at_the_form(client, typed):
    answer = sign_up(client, email=typed)
    assert answer.status_code == 422
    assert not Subscriber.objects.exists()
