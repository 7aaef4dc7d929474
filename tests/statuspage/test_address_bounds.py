"""Every public address with a variable part names something real: else a crawler could fill the memory and the disk."""

from datetime import UTC, datetime

import pytest
from django.urls import URLPattern, get_resolver

from incidents.models.incident import CODE_LENGTH
from statuspage.edge.internal_get import is_lasting, is_public
from tests.factories import a_bulletin, a_component, an_open_incident
from tests.statuspage.edge.stage import get

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
JUNK_ID, LONG = "bbbbbbbbbbbb", "n" * 300
IDS = [JUNK_ID, "admin", "A" * 12, "-", LONG]
# What a stranger may make up for each public address that has a variable part; none of it is there.
JUNK = {
    "incidents/<slug:public_id>/": [f"/incidents/{junk}/" for junk in IDS],
    "s/<code:code>/": [f"/s/{JUNK_ID}/", f"/s/{JUNK_ID[:CODE_LENGTH]}/"],
    "components/<slug:public_id>/": [f"/components/{junk}/" for junk in IDS],
    "history/<month:month>/": [f"/history/{month}/" for month in ("0001-01", "2026-10", "2199-12", "9999-12")],
    "history/<month:month>/<part:part>/": ["/history/2026-11/2/", "/history/2026-11/9999/", "/history/1999-01/2/"],
    "bulletins/<slug:public_id>/": [f"/bulletins/{junk}/" for junk in IDS],
    "bulletins/<year:year>/": [f"/bulletins/{year}/" for year in (2025, 2027, 2099, 1999)],
    "bulletins/<year:year>/<part:part>/": ["/bulletins/2026/2/", "/bulletins/2026/9999/", "/bulletins/2025/2/"],
    **{
        f"components/<slug:public_id>/{name}": [f"/components/{junk}/{name}" for junk in IDS]
        for name in (
            "updates.atom", "updates.rss", "updates.json", "history.atom", "history.rss", "badge.svg",
        )
    },
}  # fmt: skip


def variable_addresses():
    """The patterns of all public addresses with a variable part, found by what the resolver knows."""

    def walk(patterns, prefix):
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if not isinstance(pattern, URLPattern):
                yield from walk(pattern.url_patterns, path)
            elif "<" in path and getattr(pattern.callback, "is_public", False):
                yield path

    return set(walk(get_resolver().url_patterns, ""))


def test_every_public_address_with_a_variable_part_is_in_the_table():
    assert variable_addresses() == JUNK.keys()


@pytest.fixture
def told(edge_over_django):
    """An edge over a program that told of something in November 2026, and of nothing before."""
    component = a_component("Checkout")
    an_open_incident(component, title="Slow", body="We look.", at=NOW)
    a_bulletin(at=NOW)
    edge_over_django.cache.look()
    return edge_over_django


@pytest.mark.django_db
@pytest.mark.parametrize("path", [path for paths in JUNK.values() for path in paths])
def test_what_a_stranger_makes_up_is_not_there_and_kept_nowhere(told, path):
    before = set(told.cache.last_good), sorted(told.cache.disk_store.directory.iterdir())
    assert get(told, path)[0] == "404 Not Found"
    assert (set(told.cache.last_good), sorted(told.cache.disk_store.directory.iterdir())) == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "is_kept_for_good"),
    [
        ("/", True),
        ("/history/", True),
        ("/history.rss", True),
        (f"/incidents/{JUNK_ID}/", True),
        (f"/s/{JUNK_ID}/", True),
        (f"/components/{JUNK_ID}/badge.svg", True),
        ("/history/2026-11/", False),
        ("/history/2026-11/2/", False),
        ("/nowhere", False),
    ],
)
def test_what_is_real_is_told_from_what_only_shows_it_again(path, is_kept_for_good):
    assert is_lasting(path) == is_kept_for_good
    assert is_public(path) == (path != "/nowhere")
