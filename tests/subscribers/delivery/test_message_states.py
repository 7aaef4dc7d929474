"""The states of a message in a send run: the table in docs/design.md, and where a run says that its messages are."""

import re
from pathlib import Path

import pytest

from subscribers.channels import Failed, Sent
from subscribers.delivery import ledger
from subscribers.delivery.in_flight import InFlight, MessageState
from subscribers.models import Delivery
from tests.deliveries import announced, the_machine_dies, time_passes

DESIGN = Path(__file__).resolve().parents[3] / "docs/design.md"
READY, SUSPECT, INSIDE, _begun, HANDED_OVER, ENDED = MessageState


class Scripted:
    """A transport that does with its messages what a test tells it to."""

    room, is_idle = 100, True

    def __init__(self):
        self.inside, self.begun = {}, {}

    def has_all(self):
        return False

    def take(self, messages, on_begin, on_end):
        self.inside |= {message.delivery_id: (on_begin, on_end) for message in messages}

    def begin(self, pk: int) -> None:
        self.begun[pk] = self.inside.pop(pk)
        on_begin, _ = self.begun[pk]
        on_begin(pk)

    def end(self, outcome) -> None:
        _, on_end = self.begun.pop(outcome.delivery_id)
        on_end(outcome)

    def withdraw(self) -> list[int]:
        back, self.inside = list(self.inside), {}
        return back


@pytest.fixture
def held(db):
    """What a run holds after one claim of two mails."""
    announced("one@example.test", "two@example.test")
    return claimed()


def claimed() -> InFlight:
    claim = ledger.claim("email", 10)
    in_flight = InFlight("email", Scripted())
    in_flight.open_journal(claim)
    in_flight.add(claim)
    return in_flight


def ids() -> list[int]:
    return list(Delivery.objects.order_by("pk").values_list("pk", flat=True))


def states(in_flight: InFlight) -> list[MessageState | None]:
    return [in_flight.state_of(pk) for pk in ids()]


def hand_out(in_flight: InFlight) -> None:
    assert in_flight.let_out()
    assert in_flight.hand_out() == []


# --- The table ---------------------------------------------------------------------------------------------------


def test_the_table_names_the_states_of_the_code():
    run = DESIGN.read_text().partition("## A send run\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| \*\*([a-z ]+)\*\* \|", run, re.MULTILINE) == [state.value for state in MessageState]


def test_the_table_of_events_has_a_column_for_each_state():
    (heading,) = re.findall(r"^\| event \|(.+)\|$", DESIGN.read_text(), re.MULTILINE)
    columns = [name.strip() for column in heading.split("|") for name in column.split(",")]
    assert columns == [state.value for state in MessageState]


# --- The events ----------------------------------------------------------------------------------------------------


def test_step_by_step_until_the_outcome_is_written(held):
    one, _ = ids()
    assert states(held) == [READY, READY]
    hand_out(held)
    assert states(held) == [INSIDE, INSIDE]
    held.transport.begin(one)
    assert states(held) == [HANDED_OVER, INSIDE]
    held.transport.end(Sent(one))
    held.note([Sent(one)])
    assert states(held) == [ENDED, INSIDE]
    held.ended = []
    assert held.state_of(one) is None


def test_one_whose_outcome_nobody_knew_goes_alone(db):
    announced("one@example.test")
    the_machine_dies()
    time_passes()
    assert ledger.claim("email", 10).lost == 1
    time_passes()
    announced("two@example.test")
    in_flight = claimed()
    first = in_flight.suspect[0].pk
    assert in_flight.state_of(first) == SUSPECT
    hand_out(in_flight)
    assert not in_flight.let_out()  # others are in flight
    in_flight.give_up()
    hand_out(in_flight)
    assert in_flight.state_of(first) == INSIDE


def test_what_was_not_begun_is_taken_back_and_the_rest_goes_on(held):
    one, _ = ids()
    hand_out(held)
    held.transport.begin(one)
    held.take_back()
    assert states(held) == [HANDED_OVER, READY]
    held.drop_unsent()
    assert states(held) == [HANDED_OVER, None]


def test_what_cannot_be_rendered_has_ended(held, monkeypatch):
    monkeypatch.setattr(held.notices, "message", lambda row: "It cannot be rendered.")
    hand_out(held)
    assert states(held) == [ENDED, ENDED]
    assert {outcome.reason for _, outcome in held.ended} == {"It cannot be rendered."}


def test_what_is_told_when_the_run_is_over_ends_too(held):
    one, _ = ids()
    hand_out(held)
    held.transport.begin(one)
    held.transport.end(Failed(one, "451"))
    held.note_what_was_told()
    assert states(held) == [ENDED, INSIDE]


def test_an_outcome_that_nobody_waits_for_says_where_the_message_is(held, caplog):
    one, two = ids()
    hand_out(held)
    held.transport.begin(one)
    held.take_back()
    held.note([Sent(one), Sent(two), Sent(10**9)])
    ready, stranger = (record.getMessage() for record in caplog.records)
    assert ready.endswith(f"of delivery {two}, which is ready")
    assert stranger.endswith(f"of delivery {10**9}, which is not of this run")


def test_without_a_journal_whatever_is_out_may_have_been_handed_over(held):
    hand_out(held)
    for journal in held._journals.values():
        journal.leave()
    assert states(held) == [HANDED_OVER, HANDED_OVER]
