from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from subscribers.delivery.retrying import Left
from subscribers.enums import Channel, NotRetried
from subscribers.templatetags.support import breakable, clock, in_words, short, skip_cause, why_left

AT = datetime(2026, 11, 21, 13, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "1 s"), (20, "20 s"), (61, "2 min"), (3_540, "59 min"), (4_200, "1 h 10 min")]
)
def test_a_time_left_is_as_exact_as_it_can_be_known(seconds, words):
    assert in_words(timedelta(seconds=seconds)) == words


@time_machine.travel(AT)
def test_times_are_in_the_page_s_zone_and_name_the_year_where_it_is_another():
    with timezone.override(ZoneInfo("Europe/Berlin")):
        assert short(AT) == '<time datetime="2026-11-21T14:22:00+01:00">21 Nov, 14:22</time>'
        assert ">21 Nov 2025, 14:22<" in short(AT.replace(year=2025))
        assert clock(AT) == "14:22 CET"


def test_an_address_breaks_after_its_at_sign_and_is_escaped():
    assert breakable("a<b@example.com") == "a&lt;b@<wbr>example.com"
    assert breakable("+4930123") == "+4930123"


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("superseded", "a newer update replaced it"),
        ("", "it is not known why"),  # rolled up by the version before, out of a row that this one had written
        ("of a later version", "of a later version"),
    ],
)
def test_why_some_were_not_sent_is_said_in_words(cause, words):
    assert skip_cause(cause) == words


def test_why_failures_are_not_tried_again_is_said_in_words(settings):
    settings.EMAIL_URL, settings.SMS_URL = "smtp://127.0.0.1", "outbox:"
    assert why_left(Left(NotRetried.OLD, 3)) == "it is older than a day"
    assert why_left(Left(NotRetried.NOT_OFFERED, 1, Channel.SMS)) == "SMS is not offered, no gateway is set up"
