import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from incidents.templatetags.incidents import lasted, moment, relative, said
from statuspage.lib import markdown

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


def update(html, promised_at=AT + timedelta(minutes=57)):
    return SimpleNamespace(html=html, at=AT, promised_at=promised_at)


def test_the_promised_time_in_the_words_of_an_update_is_a_moment_as_those_around_it_are():
    marked = said(in_zone("Europe/Berlin"), update("<p>We write again by 16:00 CET.</p>"))
    assert marked == (
        '<p dir="auto">We write again by <time datetime="2026-11-21T15:00:00Z" data-local="near" '
        'data-near="2026-11-21T14:03:00Z">16:00 CET</time>.</p>'
    )


def test_the_day_that_is_named_with_it_belongs_to_it():
    tomorrow = update("<p>By 16:00 CET on 22 November.</p>", AT + timedelta(hours=24, minutes=57))
    assert ">16:00 CET on 22 November</time>." in said(in_zone("Europe/Berlin"), tomorrow)


@pytest.mark.parametrize(
    "html",
    [
        "<hr>At 15:59, or 116:00 CET.",
        '<a href="https://a.example/" title="x > 16:00 CET">here</a>',
        "<strong>16:00 UTZ</strong>",
    ],
)
def test_other_times_and_markup_stay_as_they_are(html):
    assert said(in_zone("Europe/Berlin"), update(html)) == html


def test_other_times_that_mean_one_moment_are_moments_too_with_and_without_a_promise():
    for promise in (None, AT + timedelta(minutes=57)):
        marked = said(in_zone("Europe/Berlin"), update("<p>Since 12:10 UTC. By 16:00 CET.</p>", promise))
        assert re.findall(r">([^<]+)</time>", marked) == ["12:10 UTC", "16:00 CET"]


def test_before_a_window_the_times_in_the_words_are_those_of_the_window():
    window = AT + timedelta(days=9)
    context = in_zone("UTC") | {"story": SimpleNamespace(scheduled_for=window)}
    marked = said(context, update(f"<p>Slow from {window:%H:%M} UTC.</p>", None))
    assert f'datetime="{window:%Y-%m-%dT%H:%M}' in marked


@pytest.mark.parametrize(
    ("text", "is_bare"),
    [
        ("See https://a.example/x?b=1&c=2.", True),
        ("Write to <help@a.example>.", True),
        ("[https://a.example/](https://a.example/)", True),
        ("[how to](https://a.example/)", False),
        ("[https://a.example/](https://b.example/)", False),
        ("[https://a.example/ and more](https://a.example/)", False),
        ("[**https://a.example/**](https://a.example/)", False),
    ],
)
def test_a_link_that_shows_its_address_is_marked_so_that_paper_does_not_show_it_twice(text, is_bare):
    html = said(in_zone("UTC"), update(markdown.render(text), None))
    assert ('<a class="bare" href=' in html) == is_bare
    assert html.replace(' class="bare"', "").replace(' dir="auto"', "") == markdown.render(text)
