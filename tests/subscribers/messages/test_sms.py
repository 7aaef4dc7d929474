from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.models import Announcement, Incident, Site
from subscribers.enums import Channel
from subscribers.messages import compose, sms
from subscribers.models import Confirmation, Delivery, Subscriber
from subscribers.segments import count
from tests.factories import a_subscriber, an_open_incident

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PHONE = Subscriber(pk=123_456_789, channel=Channel.SMS, address="+4915112345678")


def announced(**kwargs) -> Announcement:
    incident = Incident(title="x", public_id="0123456789bc")
    values = {"title": "Card payments fail", "status": "investigating", "body": "We look.", "published_at": NOON}
    return Announcement(incident=incident, kind="incident", **values | kwargs)


def text_of(announcement, name="Acme", subscriber=PHONE):
    notice = sms.announcement(announcement, Site(name=name, time_zone="UTC"))
    return notice.to(Delivery(subscriber=subscriber)).text


def test_it_says_brand_state_what_next_word_where_and_how_to_stop():
    text = text_of(announced(next_update_at=NOON + timedelta(hours=2, minutes=30)))
    assert text.startswith(
        "Acme: Investigating: Card payments fail. Next word by 14:30 UTC. "
        "http://status.example.test/incidents/0123456789bc/ STOP to end or change: http://status.example.test/s/"
    )
    assert count(text) == 2


def test_a_correction_says_what_it_corrects():
    text = text_of(announced(corrects=announced(published_at=NOON - timedelta(minutes=10))))
    assert text.startswith("Acme: Correction of 11:50 UTC: Investigating: Card payments fail.")
    assert count(text) == 2


def test_a_next_word_on_another_day_names_the_day():
    assert "Next word by 22 Nov 01:00 UTC." in text_of(announced(next_update_at=NOON + timedelta(hours=13)))


def test_a_long_title_is_shortened_and_the_links_never():
    text = text_of(announced(title="Card payments fail for some customers of the northern region " * 4))
    assert "..." in text
    assert "http://status.example.test/incidents/0123456789bc/ STOP to end or change: http://" in text
    assert count(text) <= 2


def test_outside_the_gsm_alphabet_the_title_is_worth_more_than_the_second_link():
    text = text_of(announced(title="Оплата картой не проходит для части клиентов"))
    assert "Оплата картой не проходит" in text
    assert text.endswith("/incidents/0123456789bc/ STOP to end")
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
    assert " http://status.example.test/incidents/0123456789bc/ STOP to end" in text


@pytest.mark.django_db
def test_the_short_link_belongs_to_its_subscriber():
    notice = compose(an_open_incident().announcement, Channel.SMS)
    ada, bob = a_subscriber(channel="sms"), a_subscriber(channel="sms")
    texts = [notice.to(Delivery(subscriber=who)).text for who in (ada, bob)]
    assert texts[0] != texts[1]
    assert texts[0].rsplit(" ", 1)[0] == texts[1].rsplit(" ", 1)[0]


@pytest.mark.django_db
def test_a_confirmation_asks_and_may_be_ignored():
    phone = a_subscriber(channel="sms", confirmed_at=None)
    text = compose(Confirmation.objects.create(subscriber=phone), Channel.SMS).to(Delivery(subscriber=phone)).text
    assert text.startswith("Status: Confirm that you want status updates by SMS: http://status.example.test/")
    assert "/confirm/ " in text
    assert text.endswith("Not you? Ignore this.")
    assert count(text) == 1
