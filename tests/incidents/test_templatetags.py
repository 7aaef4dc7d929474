from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from incidents.templatetags.incidents import lasted, moment, relative

AT = datetime(2026, 11, 21, 14, 3, tzinfo=UTC)


def in_zone(name):
    return {"site": SimpleNamespace(zone=ZoneInfo(name))}


@pytest.mark.parametrize(
    ("zone", "near", "words"),
    [
        ("UTC", None, "21 Nov 2026, 14:03 UTC"),
        ("Europe/Berlin", None, "21 Nov 2026, 15:03 CET"),
        ("America/Sao_Paulo", None, "21 Nov 2026, 11:03 UTC-03"),
        ("UTC", AT + timedelta(hours=3), "14:03 UTC"),
        ("UTC", AT - timedelta(days=3), "21 Nov, 14:03 UTC"),
        ("UTC", AT + timedelta(days=300), "21 Nov 2026, 14:03 UTC"),
        ("Pacific/Auckland", AT - timedelta(hours=6), "22 Nov, 03:03 NZDT"),
    ],
)
def test_a_moment_names_its_zone_and_leaves_out_what_is_clear(zone, near, words):
    html = moment(in_zone(zone), AT, near)
    assert html.endswith(f">{words}</time>")
    assert 'datetime="2026-11-21T14:03:00Z" data-local' in html


def test_without_a_site_it_is_utc():
    assert "14:03 UTC" in moment({}, AT)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "now"),
        (0.5, "now"),
        (12, "in 12 min"),
        (-4, "4 min ago"),
        (-65, "1 h 5 min ago"),
        (60 * 24 * 3, "in 3 days"),
        (60 * (24 * 5 + 23), "in 5 days 23 h"),
    ],
)
def test_a_moment_is_seen_from_now(minutes, words):
    assert f">{words}</span>" in relative(AT + timedelta(minutes=minutes), AT)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-5, "1 min"),
        (0, "1 min"),
        (59, "59 min"),
        (60, "1 h"),
        (112, "1 h 52 min"),
        (47 * 60, "47 h"),
        (48 * 60, "2 days"),
        (49 * 60 + 30, "2 days 1 h"),
    ],
)
def test_a_duration_never_claims_to_be_nothing(minutes, words):
    assert lasted(timedelta(minutes=minutes)) == words
