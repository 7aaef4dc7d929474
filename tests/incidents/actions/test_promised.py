"""What words promise, read as a customer reads them: a table, in both directions."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from incidents.actions.promised import contradictions, promises, sentences
from statuspage.demo import present
from tests.shared_data import HISTORY, needed

AT = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)  # a Monday
BERLIN, NEW_YORK, KOLKATA = (ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Asia/Kolkata"))

# A sentence, and the time in UTC that it promises; the day where it is not that of AT.
PROMISED = [
    ("We write again by 06:45 UTC.", "06:45"),
    ("We write again by 06:45.", "06:45"),
    ("We write again at 18.45.", "18:45"),
    ("We write again by 6:45 am.", "06:45"),
    ("We write again by 6:45 a.m. UTC.", "06:45"),
    ("We will write again before 7pm.", "19:00"),
    ("We'll be back by 7 o'clock.", "07:00"),
    ("We write again by noon.", "12:00"),
    ("We write again by midnight.", "1 24:00"),
    ("We write again at the latest by 06:45 UTC.", "06:45"),
    ("We write again no later than 06:45 UTC.", "06:45"),
    ("We write again in about 30 minutes.", "04:30"),
    ("We write again around 06:45 UTC.", "06:45"),
    ("Fewer payments fail, and we write again by **06:45 UTC**.", "06:45"),
    ("Next update by 06:45 UTC.", "06:45"),
    ("Next update: 06:45 UTC", "06:45"),
    ("Next update 06:45 UTC", "06:45"),
    ("Next update (06:45 UTC)", "06:45"),
    ("Next update: tomorrow at 06:45 UTC", "1 06:45"),
    ("Next update at 18.45", "18:45"),
    ("Next update is due at 06:45 UTC.", "06:45"),
    ("Next update expected by 06:45 UTC.", "06:45"),
    ("Next update will be at 06:45 UTC.", "06:45"),
    ("Next update between 06:30 and 06:45 UTC.", "06:45"),
    ("Next update by 0645 UTC", "06:45"),
    ("Next update by 18h45", "18:45"),
    ("Next update by 7 UTC", "07:00"),
    ("Our next word by 06:45 UTC.", "06:45"),
    ("Next status update within 30 minutes.", "04:30"),
    ("Next update to be provided in 30 minutes.", "04:30"),
    ("Next: 06:45 UTC.", "06:45"),
    ("Update by 06:45 UTC.", "06:45"),
    ("Status update in 30 minutes.", "04:30"),
    ("Please check back at 06:45 UTC.", "06:45"),
    ("Payments fail.\nNext update: 06:45 UTC\nAffected: shops", "06:45"),
    ("Next update\n\n06:45 UTC", "06:45"),
    ("Next update | 06:45 UTC", "06:45"),
    ("We write again by\n06:45 UTC.", "06:45"),
    ("- Payments fail\n- We write again by 06:45 UTC\n- Refunds work", "06:45"),
    ("An update follows by 06:45 UTC.", "06:45"),
    ("Updates every 30 minutes.", "04:30"),
    ("We will provide another update by 18:00 UTC.", "18:00"),
    ("We will provide another update at 23:00 UTC.", "23:00"),
    ("Another update will be shared within the next 30 minutes.", "04:30"),
    ("We aim to post a further update within 45 min.", "04:45"),
    ("We expect to know more by 06:45 UTC.", "06:45"),
    ("More news by 06:45 UTC.", "06:45"),
    ("More by 06:45 UTC.", "06:45"),
    ("You hear from us by 06:45 UTC.", "06:45"),
    ("We will keep you posted, at the latest by 06:45 UTC.", "06:45"),
    ("We'll let you know more within the hour.", "05:00"),
    ("We will update this page in half an hour.", "04:30"),
    ("We will update you in an hour and a half.", "05:30"),
    ("We will inform you again in two hours.", "06:00"),
    ("We report back in 1 hour 30 minutes.", "05:30"),
    ("We write again in 20 to 30 minutes.", "04:30"),
    ("By 06:45 UTC we will post another update.", "06:45"),
    ("In 30 minutes we write again.", "04:30"),
    ("We are looking into it. At 06:45 UTC, our next update follows.", "06:45"),
    ("At 04:10 UTC payments began to fail again, and we write again by 06:45 UTC.", "06:45"),
    ("We found the cause at 03:10 UTC and write again by 06:45 UTC.", "06:45"),
    ("We write again by 06:45 UTC about the failures seen at 04:10 UTC.", "06:45"),
    ("We write again by 02:30 UTC.", "02:30"),  # a promise that is past already
    ("We write again by 06:45 CET.", "05:45"),
    ("We write again by 06:45 UTC+2.", "04:45"),
    ("We write again by 06:45+02:00.", "04:45"),
    ("We write again by 06:45 Europe/Berlin.", "05:45"),
    ("We write again by 07:45 London time.", "07:45"),
    ("We write again by 5 am ET.", "10:00"),
    ("We write again by 01:45 Eastern time.", "06:45"),
    ("We write again by Tuesday, 09:00 UTC.", "1 09:00"),
    ("We write again on Tuesday by 09:00 UTC.", "1 09:00"),
    ("We write again by 09:00 UTC on 2 December.", "2 09:00"),
    ("We write again by December 2nd, 09:00 UTC.", "2 09:00"),
    ("We write again by 2026-12-02 09:00 UTC.", "2 09:00"),
    ("We write again by 09:00 UTC tomorrow.", "1 09:00"),
    ("We write again by 09:00 UTC (10:00 CET).", "09:00, 09:00"),
    ("We write again by 09:00 UTC / 11:00 CET.", "09:00, 10:00"),
    ("~~We write again by 05:00 UTC.~~ We write again by 06:45 UTC.", "06:45"),
]

# Times of what happened, of when things work again, of anything but us writing.
SILENT = [
    "At 04:10 we saw the first failures.",
    "At 04:10 UTC we posted an update.",
    "In our last update at 04:10 UTC we named the wrong product.",
    "Our last update by 04:10 UTC named the wrong product.",
    "Our update of 04:10 UTC was wrong.",
    "Update 04:10 UTC: payments work again.",
    "Update at 04:10 UTC: payments work again.",
    "As we wrote at 04:10 UTC, refunds fail.",
    "We told you more at 03:10 UTC.",
    "Since 04:10 UTC two thirds of all payments go through.",
    "It began at 04:10 UTC and concerns one card payment in six.",
    "By 04:10 UTC all payments had recovered.",
    "By 7:30 UTC, we had recovered connectivity to all regions.",
    "The backlog was processed by 00:44 UTC.",
    "We expect a fix by 06:45 UTC.",
    "Payments should work again by 06:45 UTC.",
    "Card payments will be back online by 06:45 UTC.",
    "We expect service to fully recover in 30 min.",
    "ETA is within 30 minutes.",
    "We have authored a mitigation that will be deployed within 30 minutes.",
    "Full recovery is expected in 2 hours or less, but more updates will be coming soon.",
    "The pause is expected to be lifted by 20:30 UTC.",
    "Exports take up to 30 minutes instead of three.",
    "Jobs are delayed by 30 minutes.",
    "Runs are not starting within 5 minutes.",
    "Orders placed by 06:45 UTC are safe.",
    "You can write again by 06:45 UTC.",
    "Payments are back by 06:45 UTC.",
    "Payments will be back by 06:45 UTC.",
    "We will resend all delayed messages by 06:45 UTC.",
    "We will restore the order information by 06:45 UTC.",
    "New messages are delivered by 06:45 UTC.",
    "We expect more failures by 06:45 UTC.",
    "Stock updates within 30 minutes instead of at once.",
    "Updates in the dashboard arrive within 30 minutes.",
    "The balance updates every 30 minutes.",
    "We send more than 100,000 mails within 30 minutes.",
    "Payouts that were due by 06:45 UTC are late.",
    "Please log in again after 06:45 UTC.",
    "Between 04:10 and 04:30 UTC logins failed.",
    "From 02:10 to 03:30 UTC some updates were delayed.",
    "We restored the membership update functionality at 02:52 UTC.",
    "A backend update at 02:06 UTC triggered long jobs.",
    "The release 18.45 is rolled back.",
    "We write again when we know more.",
    "We write again as soon as half of the payments, 12:5 of all, work.",
    "We will update to version 2.14 by hand.",
    "Next update soon.",
    "> We write again by 05:00 UTC.",
    "We write again by {{next_update_by}} about what began at 04:10 UTC.",
    "We write again by 06:45 XQZ/Nowhere.",
    "We write again on 31 February at 06:45 UTC.",
]


def expected(text: str) -> list[datetime]:
    return [_moment(part) for part in text.split(", ")]


def _moment(part: str) -> datetime:
    day, _, clock = part.rpartition(" ")
    hour, minute = map(int, clock.split(":"))
    date = (2026, 12, int(day)) if day and hour < 24 else (2026, 12, 1) if hour == 24 else (2026, 11, 30)
    return datetime(*date, hour % 24, minute, tzinfo=UTC)


@pytest.mark.parametrize(("sentence", "moments"), PROMISED)
def test_a_promise_is_read(sentence, moments):
    assert [one.at for one in promises(sentence.replace("**", ""), at=AT, zone=UTC)] == expected(moments)


@pytest.mark.parametrize("sentence", SILENT)
def test_a_time_of_something_else_is_no_promise(sentence):
    assert promises(sentence, at=AT, zone=UTC) == []


def test_the_table_is_as_large_as_what_people_write():
    assert len(PROMISED) + len(SILENT) >= 100
    assert not promises(" ".join(one for one in SILENT if one[0] not in ">W"), at=AT, zone=UTC)


@pytest.mark.parametrize(
    ("sentence", "zone", "moment"),
    [
        ("We write again by 06:45.", BERLIN, "05:45"),
        ("We write again by 06:45 CET.", BERLIN, "05:45"),
        ("We write again by 06:45 UTC.", BERLIN, "06:45"),
        ("We write again by 11 pm.", NEW_YORK, "04:00"),
        ("We write again by 11:00 IST.", KOLKATA, "05:30"),
        ("We write again tomorrow by 09:00.", NEW_YORK, "14:00"),  # it is still Sunday there
    ],
)
def test_a_time_without_a_zone_is_of_the_page(sentence, zone, moment):
    assert [one.at for one in promises(sentence, at=AT, zone=zone)] == expected(moment)


@pytest.mark.parametrize(
    ("sentence", "moment", "agrees"),
    [
        ("We write again by 06:45 UTC.", "06:45", True),
        ("We write again by 06:45 UTC.", "06:46", False),
        ("We write again by 06:45 UTC.", "1 06:45", False),
        ("We write again around 06:45 UTC.", "06:55", True),
        ("We write again around 06:45 UTC.", "07:15", False),
        ("We write again in 30 minutes.", "04:35", True),
        ("We write again in 30 minutes.", "05:00", False),
        ("We write again in 20 to 30 minutes.", "04:20", True),
        ("Next update between 06:30 and 06:45 UTC.", "06:30", True),
        ("Next update between 06:30 and 06:45 UTC.", "06:50", False),
    ],
)
def test_what_is_said_roughly_is_meant_roughly(sentence, moment, agrees):
    (said,) = promises(sentence, at=AT, zone=UTC)
    assert said.agrees_with(_moment(moment)) is agrees


def test_every_promise_of_a_real_history_is_found_and_nothing_else():
    """1,100 updates that people wrote in trouble: none names a time of ours but where it speaks of the next update."""
    lines = needed(HISTORY).read_text().splitlines()
    said = {update["message"] for line in lines for update in json.loads(line)["updates"]}
    found = [part for text in said for part in sentences(text) if promises(part, at=AT, zone=UTC)]
    assert [part for part in found if "update" not in part] == []
    assert len(found) == 24


@pytest.mark.parametrize("hour", range(0, 24, 5))
def test_what_the_demo_says_agrees_with_what_it_promises(hour):
    now = AT.replace(hour=hour, minute=50)
    for story in present.open_incidents(now):
        for step in story.steps:
            body = step.body or f"We write again by {step.blanks['next_update_by']}. {step.blanks['what_we_know']}"
            assert contradictions(body, moment=step.next_update_at, at=step.at, zone=UTC) == []
