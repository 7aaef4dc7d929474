from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from subscribers.templatetags.support import breakable, clock, in_words, short

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
