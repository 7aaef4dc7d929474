"""The times in published words, as moments that the reader sees in a zone of their own."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from incidents.page.times_said import marked

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def moments(words, *, at=NOON, about=None, zone=BERLIN):
    """What is marked, with its moment: {"13:10 UTC": "2026-11-21T13:10:00Z"}."""
    html = marked(f"<p>{words}</p>", at, about or at, zone)
    assert re.sub(r"</?time[^>]*>", "", html) == f"<p>{words}</p>"  # not a letter is lost
    return {said: machine for machine, said in re.findall(r'<time datetime="([^"]+)"[^>]*>([^<]*)</time>', html)}


@pytest.mark.parametrize(
    ("words", "marks"),
    [
        ("We saw errors at 11:10 UTC.", {"11:10 UTC": "2026-11-21T11:10:00Z"}),
        ("Next word by 16:00 CET.", {"16:00 CET": "2026-11-21T15:00:00Z"}),
        (
            "Between 10:05 and 11:20 UTC it was slow.",
            {"10:05": "2026-11-21T10:05:00Z", "11:20 UTC": "2026-11-21T11:20:00Z"},
        ),
        ("From 17:00 \u2013 17:30 UTC", {"17:00": "2026-11-21T17:00:00Z", "17:30 UTC": "2026-11-21T17:30:00Z"}),
        ("On 3 December at 02:00 UTC we begin.", {"3 December at 02:00 UTC": "2026-12-03T02:00:00Z"}),
        ("2026-12-03 02:00 UTC+2", {"2026-12-03 02:00 UTC+2": "2026-12-03T00:00:00Z"}),
        ("It ends at 6:45 pm Europe/Berlin.", {"6:45 pm Europe/Berlin": "2026-11-21T17:45:00Z"}),
        ("Again at 14:30 UTC tomorrow.", {"14:30 UTC tomorrow": "2026-11-22T14:30:00Z"}),
    ],
)
def test_a_time_with_a_zone_is_a_moment(words, marks):
    assert moments(words) == marks


@pytest.mark.parametrize(
    "words",
    [
        "We saw errors at 11:10.",  # in which zone?
        "It began at 02:00 UTC.",  # today or tomorrow?
        "By 09:00 UTC all is well.",  # this is past, the next one is far
        "At 14:00 CST we go on.",  # of three
        "On Monday at 14:00 UTC.",  # the last one or the next?
        "Within 30 minutes.",
        "Version 12:10 of 1.2.3, for 15.30 EUR.",
        "At 14:00 XYZ.",
        "At 17:00-17:30.",
        "At 17:00+02:00.",
    ],
)
def test_what_may_mean_more_than_one_moment_stays_as_it_is(words):
    assert moments(words) == {}


def test_letters_are_understood_only_as_the_pages_own_zone_uses_them_then():
    assert moments("At 09:00 EST.", zone=NEW_YORK) == {"09:00 EST": "2026-11-21T14:00:00Z"}
    assert moments("At 09:00 EST.") == {}
    assert moments("At 14:00 CET.", at=datetime(2026, 7, 1, 12, 0, tzinfo=UTC)) == {}


def test_before_a_window_its_own_times_are_meant():
    window = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)
    assert moments("Slow from 02:00 to 04:00 UTC.", about=window) == {
        "02:00": "2026-12-03T02:00:00Z",
        "04:00 UTC": "2026-12-03T04:00:00Z",
    }


def test_code_links_and_what_is_a_moment_already_are_left_alone():
    html = (
        '<p><code>at 11:10 UTC</code> <a href="https://a.example/at-11:10 UTC">x</a> '
        '<time datetime="2026-11-21T11:10:00Z">11:10 UTC</time></p>'
    )
    assert marked(html, NOON, NOON, BERLIN) == html


def test_a_moment_is_read_near_the_words():
    html = marked("<p>At 11:10 UTC.</p>", NOON, NOON, BERLIN)
    assert 'data-local="near" data-near="2026-11-21T12:00:00Z"' in html


def test_the_end_of_a_range_leaves_out_the_day_of_its_beginning():
    html = marked("<p>From 10:05 to 11:20 UTC.</p>", NOON, NOON, BERLIN)
    assert re.findall(r'data-near="([^"]+)"', html) == ["2026-11-21T12:00:00Z", "2026-11-21T10:05:00Z"]
