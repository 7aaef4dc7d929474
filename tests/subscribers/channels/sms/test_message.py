from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from incidents.models import Announcement, Incident, Site
from subscribers import links
from subscribers.channels.composing import compose
from subscribers.channels.sms import message, replies
from subscribers.channels.sms.segments import count
from subscribers.enums import Channel
from subscribers.models import Confirmation, Delivery, Subscriber
from tests.factories import a_subscriber, an_open_incident

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PHONE = Subscriber(pk=123_456_789, channel=Channel.SMS, address="+4915112345678")


def announced(**kwargs) -> Announcement:
    incident = Incident(title="x", public_id="0123456789bc")
    values = {"title": "Card payments fail", "status": "investigating", "body": "We look.", "published_at": NOON}
    return Announcement(incident=incident, **{"kind": "incident"} | values | kwargs)


LINK = "http://status.example.test/s/01234567/"
NAMED = "https://user:password@gateway.example/send?from=Acme"  # nobody can answer a name


def text_of(announcement, name="Acme", subscriber=PHONE):
    notice = message.announcement(announcement, Site(name=name, time_zone="UTC"))
    return notice.to(Delivery(subscriber=subscriber)).text


def test_it_says_brand_state_what_next_word_where_and_how_to_end_in_one_segment():
    text = text_of(announced(next_update_at=NOON + timedelta(hours=2, minutes=30)))
    assert text == (f"Acme: Investigating: Card payments fail. Next word by 14:30 UTC. {LINK} Reply STOP to end")
    assert count(text) == 1


def test_a_correction_says_what_it_corrects_in_one_segment():
    text = text_of(announced(corrects=announced(published_at=NOON - timedelta(minutes=10))))
    assert text == f"Acme: Correction of 11:50 UTC: Investigating: Card payments fail. {LINK} Reply STOP to end"
    assert count(text) == 1


def test_an_update_about_an_earlier_time_says_which_in_one_segment():
    text = text_of(announced(is_backdated=True, created_at=NOON + timedelta(minutes=40)))
    assert text == f"Acme: At 12:00 UTC: Investigating: Card payments fail. {LINK} Reply STOP to end"
    assert count(text) == 1


def test_a_word_after_the_end_is_no_second_end():
    for kind, status in (("incident", "resolved"), ("maintenance", "completed")):
        text = text_of(announced(kind=kind, status=status, is_late=True))
        assert text == f"Acme: Follow-up: Card payments fail. {LINK} Reply STOP to end"


@pytest.mark.parametrize(
    "title", ["Recipient\u2019s \u201ccard\u201d \u2013 declined\u2026", "Don\u2019t pay twice\u00a0\u2013 wait"]
)
def test_typographic_signs_do_not_double_the_cost(title):
    assert count(text_of(announced(title=title))) == 1


def test_a_title_gives_way_for_one_segment_only_while_it_is_understood():
    title = "Card payments fail for customers of three banks in the northern region"
    text = text_of(announced(title=title, next_update_at=NOON + timedelta(hours=1)))
    assert count(text) == 1
    assert "Investigating: Card payments fail for customers of three banks in the... Next word by" in text
    long_brand = text_of(announced(title=title, next_update_at=NOON + timedelta(hours=1)), name="A" * 30)
    assert count(long_brand) == 2
    assert f"{title}. Next word by 13:00 UTC." in long_brand


@pytest.mark.parametrize("sender", ["%2B4915112345678", "12345", "MG0123abc"])
def test_a_sender_that_takes_replies_is_answered_with_stop_and_gets_no_second_link(settings, sender):
    settings.SMS_URL = f"https://user:password@gateway.example/send?from={sender}"
    text = text_of(announced())
    assert text.endswith(f" {LINK} Reply STOP to end")
    assert links.subscription_token(PHONE) not in text


@pytest.mark.parametrize("sender", ["?from=Acme", "?from=1Acme", "", "?from="])
def test_a_sender_that_takes_no_replies_is_not_to_be_answered_and_a_link_ends_it(settings, sender):
    settings.SMS_URL = f"https://user:password@gateway.example/send{sender}"
    text = text_of(announced())
    assert "STOP" not in text
    manage = links.address("short", links.subscription_token(PHONE))
    assert text == f"Acme: Investigating: Card payments fail. {LINK} End: {manage}"
    assert count(text) == 1


def test_a_next_word_on_another_day_names_the_day():
    assert "Next word by 22 Nov 01:00 UTC." in text_of(announced(next_update_at=NOON + timedelta(hours=13)))


def test_a_long_title_is_shortened_and_the_link_never():
    text = text_of(announced(title="Card payments fail for some customers of the northern region " * 4))
    assert "..." in text
    assert text.endswith(f" {LINK} Reply STOP to end")
    assert count(text) == 1


def test_outside_the_gsm_alphabet_two_segments_hold_it():
    text = text_of(announced(title="Оплата картой не проходит для части клиентов"))
    assert "Оплата картой не проходит" in text
    assert text.endswith(f" {LINK} Reply STOP to end")
    assert count(text) == 2


def test_outside_the_gsm_alphabet_the_way_to_end_is_worth_more_than_the_second_link(settings):
    settings.SMS_URL = NAMED
    text = text_of(announced(title="Оплата картой не проходит"))
    assert text.endswith(" End: " + links.address("short", links.subscription_token(PHONE)))
    assert count(text) <= 2


def test_a_maintenance_says_its_window():
    window = {"scheduled_for": NOON + timedelta(days=1), "scheduled_until": NOON + timedelta(days=1, hours=2)}
    text = text_of(announced(title="Database upgrade", status="scheduled", **window))
    assert "Database upgrade. 22 Nov 2026, 12:00 to 14:00 UTC. http" in text


@given(st.text(min_size=1, max_size=255), st.text(min_size=1, max_size=255), st.booleans())
def test_whatever_the_words_two_segments_hold_it_with_the_link_whole(title, brand, has_next):
    next_at = NOON + timedelta(days=1) if has_next else None
    text = text_of(announced(title=title, next_update_at=next_at), name=brand)
    assert count(text) <= 2
    assert text.endswith(f" {LINK} Reply STOP to end")


@given(st.text(min_size=1, max_size=255), st.text(min_size=1, max_size=255), st.booleans())
def test_whatever_the_words_two_segments_hold_it_with_the_way_to_end_whole(title, brand, has_next):
    next_at = NOON + timedelta(days=1) if has_next else None
    with override_settings(SMS_URL=NAMED):
        text = text_of(announced(title=title, next_update_at=next_at), name=brand)
    assert count(text) <= 2
    assert text.endswith(" End: " + links.address("short", links.subscription_token(PHONE)))


@pytest.mark.django_db
def test_the_link_to_end_belongs_to_its_subscriber_and_the_other_is_the_same_for_all(settings):
    settings.SMS_URL = NAMED
    notice = compose(an_open_incident().announcement, Channel.SMS)
    ada, bob = a_subscriber(channel="sms"), a_subscriber(channel="sms")
    texts = [notice.to(Delivery(subscriber=who)).text for who in (ada, bob)]
    assert texts[0] != texts[1]
    assert texts[0].rsplit(" ", 1)[0] == texts[1].rsplit(" ", 1)[0]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Acme", "A company with a name of 29 ch"])
def test_a_confirmation_asks_and_may_be_ignored_in_one_segment(name):
    Site.objects.update_or_create(pk=1, defaults={"name": name})
    phone = a_subscriber(channel="sms", confirmed_at=None)
    asked = Confirmation.objects.create(subscriber=phone)
    text = compose(asked, Channel.SMS).to(Delivery(subscriber=phone)).text
    link = f"http://status.example.test/s/{links.confirmation_token(asked)}/"
    assert text == f"{name}: Confirm status updates by SMS: {link} Not you? Ignore this."
    assert count(text) == 1


@pytest.mark.parametrize("name", ["Acme", "A" * 255, "Ёлки-палки", "電力会社", "O\u2019Neill \u2013 \u201cPay\u201d"])
@pytest.mark.parametrize("answer", [replies.stopped, replies.started, replies.unknown, replies.helped])
def test_each_answer_of_ours_is_one_segment(settings, name, answer):
    settings.SITE_URL = "https://status.some-longer-company.example"
    assert count(answer(Site(name=name))) == 1
