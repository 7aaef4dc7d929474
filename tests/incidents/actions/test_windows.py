"""From when to when a maintenance lasts by its words, against its window: a table, in both directions."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from incidents.actions.windows import Window, contradictions

BERLIN = ZoneInfo("Europe/Berlin")
# Saturday, 5 December 2026, 22:00 to 23:30
BEGINS, ENDS = datetime(2026, 12, 5, 22, tzinfo=UTC), datetime(2026, 12, 5, 23, 30, tzinfo=UTC)
SAID_AT = datetime(2026, 12, 4, 9, tzinfo=UTC)

AGREE = [
    "We work on the database from 22:00 to 23:30 UTC.",
    "We work on the database between 22:00 and 23:30.",
    "We work on the database, 22:00\u201323:30 UTC.",
    "We work on the database 22:00 - 23:30.",
    "We work from 10 pm to 11:30 pm.",
    "We work from 10 to 11:30 pm.",
    "We work from 22:00 until 23:30.",
    "We work from 23:00 to 00:30 CET.",
    "We work on Saturday, 5 December 2026, from 22:00 to 23:30 UTC.",
    "The work begins at 22:00 and ends at 23:30.",
    "The work starts at 22:00 UTC.",
    "We start on Saturday at 22:00 UTC.",
    "The work lasts until 23:30 UTC.",
    "We start tomorrow at 22:00 UTC.",
    "We expect to be done by 23:00 UTC.",
    "Until 22:00 everything works as usual.",
    "From 22:00 to 23:30 we work. Logins fail between 22:10 and 22:20.",
    "Logins may fail between 22:10 and 22:20 UTC.",
    "The dashboard is read-only from 22:00 to 23:00 UTC.",
    "For about five minutes within the window, checkout asks shoppers to wait.",
    "We work from 22:00 to 23:30. The first step begins at 22:30.",
    "Support is there from 08:00 to 18:00 UTC.",
    "This was planned from 20:00 to 21:00 and is moved.",
    "We write again by 21:00 UTC.",
    "The new version 18.45 is installed.",
    "We do not work at 20:00 UTC.",
    "We work for 90 minutes.",
]
DIFFER = [
    ("We work on the database from 22:00 to 23:00 UTC.", ["from 22:00 to 23:00 UTC"]),
    ("We work on the database between 21:00 and 23:30.", ["between 21:00 and 23:30"]),
    ("We work 21:00\u201322:30 UTC.", ["21:00\u201322:30 UTC"]),
    ("We work from 10 to 11 pm.", ["from 10 to 11 pm"]),
    ("We work from 22:00 to 23:30 CET.", ["from 22:00 to 23:30 CET"]),
    ("We work on Sunday, from 22:00 to 23:30 UTC.", ["on Sunday, from 22:00 to 23:30 UTC"]),
    ("We work on 6 December from 22:00 to 23:30 UTC.", ["on 6 December from 22:00 to 23:30 UTC"]),
    ("Logins fail between 21:50 and 22:20 UTC.", ["between 21:50 and 22:20 UTC"]),
    ("The work begins at 21:00 UTC.", ["at 21:00 UTC"]),
    ("The work starts on Friday at 22:00 UTC.", ["on Friday at 22:00 UTC"]),
    ("We start today at 22:00 UTC.", ["today at 22:00 UTC"]),
    ("Starting at 20:00 UTC we work on the database.", ["at 20:00 UTC"]),
    ("The work lasts until 23:00 UTC.", ["until 23:00 UTC"]),
    ("The work begins at 22:00 and ends at 23:00.", ["at 23:00"]),
    ("We expect to be done by 23:45 UTC.", ["by 23:45 UTC"]),
    ("Everything works again by midnight.", ["by midnight"]),
]


def found(text: str, *, zone=UTC) -> list[str]:
    return contradictions(text, Window(BEGINS, ENDS, zone, SAID_AT))


@pytest.mark.parametrize("text", AGREE)
def test_words_that_agree_with_the_window_are_let_through(text):
    assert found(text) == []


@pytest.mark.parametrize(("text", "words"), DIFFER)
def test_words_that_name_another_window_are_found(text, words):
    assert found(text) == words


def test_a_time_without_a_zone_is_of_the_page():
    assert found("We work from 23:00 to 00:30.", zone=BERLIN) == []
    assert found("We work from 22:00 to 23:30.", zone=BERLIN)
