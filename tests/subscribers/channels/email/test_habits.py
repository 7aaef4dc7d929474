"""What is kept of a relay, and for how long."""

import pytest
import time_machine

from subscribers.channels.email.habits import KEPT_SECONDS, Habits, lasting

PLACE = "relay.test:25"


@pytest.fixture(autouse=True)
def _place(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def test_one_process_knows_what_another_has_learnt_since():
    one, other = Habits(PLACE), Habits(PLACE)
    assert other.takes_ahead("220 a") is None
    one.learn("220 a", takes_ahead=False)
    assert other.takes_ahead("220 a") is False
    one.learn("220 b", takes_ahead=True)
    assert [other.takes_ahead(f"220 {name}") for name in "abc"] == [False, True, None]
    assert Habits("relay.test:587").takes_ahead("220 a") is None


def test_what_is_a_day_old_is_forgotten_here_and_there():
    with time_machine.travel("2026-03-01 12:00", tick=False) as clock:
        habits = Habits(PLACE)
        habits.learn("220 a", takes_ahead=True)
        clock.shift(KEPT_SECONDS - 1)
        assert (habits.takes_ahead("220 a"), Habits(PLACE).takes_ahead("220 a")) == (True, True)
        clock.shift(1)
        assert (habits.takes_ahead("220 a"), Habits(PLACE).takes_ahead("220 a")) == (None, None)


def test_many_greetings_push_out_the_oldest():
    habits = Habits(PLACE)
    for number in range(50):
        habits.learn(f"220 mx{number}.test", takes_ahead=True)
    assert [Habits(PLACE).takes_ahead(f"220 mx{number}.test") for number in (0, 29, 30, 49)] == [None, None, True, True]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"7", b'{"a": 1}', b'{"a": [true]}', b'{"a": [true, "x"]}', b"\xff"]
)
def test_a_file_that_cannot_be_read_is_as_none(content, settings):
    Habits(PLACE).learn("220 a", takes_ahead=True)
    (file,) = (settings.DATA_DIR / "relays").iterdir()
    file.write_bytes(content)
    habits = Habits(PLACE)
    assert habits.takes_ahead("220 a") is None
    habits.learn("220 a", takes_ahead=False)
    assert Habits(PLACE).takes_ahead("220 a") is False


def test_where_nothing_can_be_kept_this_process_knows_it(settings):
    (settings.DATA_DIR / "relays").write_text("in the way")
    habits = Habits(PLACE)
    habits.learn("220 a", takes_ahead=False)
    assert habits.takes_ahead("220 a") is False


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "mx.test ESMTP Exim 4.96 Tue, 01 Dec 2026 04:00:12 +0000",
            "mx.test ESMTP Exim 4.96 Tue, 01 Dec 2026 05:10:02 +0100",
        ),
        (
            "mx.test ESMTP Sendmail 8.17.1.9/8.17.1.9/Debian-2; Tue, 1 Dec 2026 04:00:12 GMT; (No UCE)",
            "mx.test ESMTP Sendmail 8.17.1.9/8.17.1.9/Debian-2; Tue, 1 Dec 2026 14:01:00 GMT; (No UCE)",
        ),
        (
            "mx.test ESMTP Haraka/3.3.4 ready (0B3DE6F4-1E8C-4A51-9F5C-6B0C8D7E4D3B)",
            "mx.test ESMTP Haraka/3.3.4 ready (7A77D38A-4C0B-4B1F-8B8F-1D4D0C6C1A10)",
        ),
    ],
)
def test_the_time_and_the_number_of_a_session_are_no_other_greeting(one, other):
    assert lasting(one) == lasting(other)


@pytest.mark.parametrize("other", ["mx.test ESMTP Exim 4.97", "mx2.test ESMTP Exim 4.96", "mx.test ESMTP Postfix"])
def test_another_name_version_or_program_is_another_greeting(other):
    assert lasting("mx.test ESMTP Exim 4.96") != lasting(other)
