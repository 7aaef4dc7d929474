import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.enums import ComponentStatus, Impact
from incidents.status import Part, appearance, explain, overall, state_of_incident, worst

OK, MAINTENANCE, DEGRADED, PARTIAL, MAJOR = ComponentStatus
OUTAGES = (DEGRADED, PARTIAL, MAJOR)

statuses = st.sampled_from(list(ComponentStatus))
parts = st.lists(
    st.builds(Part, st.text("abc", min_size=1, max_size=3), statuses, st.sampled_from(["", "Payments", "Shop"])),
    max_size=12,
).map(lambda parts: sorted(parts, key=lambda part: part.group))


def said(*parts, **kwargs) -> str:
    sentence = explain([Part(*part) for part in parts], **kwargs)
    return f"{sentence.first} {sentence.rest}".strip()


@pytest.mark.parametrize(
    ("states", "indicator", "description"),
    [
        ([], "none", "No Components Are Shown"),
        ([OK, MAINTENANCE], "maintenance", "Service Under Maintenance"),
        ([MAINTENANCE, DEGRADED], "minor", "Partially Degraded Service"),
        ([PARTIAL, DEGRADED], "minor", "Minor Service Outage"),
        ([MAJOR, OK], "major", "Partial System Outage"),
        ([MAJOR, MAJOR], "critical", "Major Service Outage"),
    ],
)
def test_the_roll_up_is_the_one_that_clients_know(states, indicator, description):
    assert overall(states) == (indicator, description)


def test_the_worst_is_said_first_and_what_works_last():
    assert said(("Login", OK), ("Search", DEGRADED), ("Payments", PARTIAL)) == (
        "Payments is partly down. Search is degraded. Everything else works."
    )


def test_several_of_one_state_share_a_sentence():
    assert said(("A", MAJOR), ("B", MAJOR), ("C", OK)) == "A and B are down. Everything else works."
    five = [(name, MAJOR) for name in "ABCDE"]
    assert said(*five, ("F", OK)) == "A, B and 3 more are down. Everything else works."


def test_a_whole_group_is_called_by_its_name():
    assert said(("Cards", MAJOR, "Payments"), ("Direct debit", MAJOR, "Payments"), ("Login", OK)) == (
        "Payments is down. Everything else works."
    )


def test_everything_is_said_only_of_everything():
    assert said(("A", MAJOR), ("B", MAJOR)) == "Everything is down."
    assert said(("Website", MAJOR)) == "Website is down."
    assert said(("A", OK)) == "Everything works."


def test_an_open_incident_without_a_component_is_said():
    assert said(("A", OK), incidents=1) == "An incident is open."
    assert said(("A", OK), incidents=2, maintenances=1).startswith("2 incidents are open.")


def test_the_words_lead_over_to_the_cause():
    assert explain([Part("A", MAJOR)], incidents=1).because == "See:"
    assert explain([Part("A", MAJOR)]).because == "We have not published an incident for it yet."
    assert explain([Part("A", OK)], incidents=1).because == "See:"
    assert explain([Part("A", OK)]).because == ""


def test_beside_an_incident_that_touches_no_component_nobody_says_that_all_else_works():
    assert said(("A", MAJOR), ("B", OK), incidents=2, unplaced=1) == "A is down. Another incident is open."
    assert said(("A", MAJOR), ("B", OK), incidents=3, unplaced=2) == "A is down. 2 other incidents are open."


def test_a_page_without_components_claims_nothing():
    assert said() == "No incidents are open."
    assert said(is_set_up=False) == "Nothing is set up here yet."


def test_a_name_from_right_to_left_does_not_turn_the_sentence():
    assert said(("בנק", MAJOR), ("B", OK)) == "\u2068בנק\u2069 is down. Everything else works."
    assert said(("Card payments 2", MAJOR)) == "Card payments 2 is down."


@given(parts, st.integers(0, 3), st.integers(0, 3))
def test_everything_works_is_said_alone_only_when_it_is_true(parts, incidents, maintenances):
    calm = explain(parts, incidents=incidents, maintenances=maintenances).first == "Everything works."
    assert calm == (bool(parts) and not incidents and not maintenances and {p.status for p in parts} == {OK})


@given(parts, st.integers(0, 3))
def test_maintenance_never_hides_an_outage(parts, maintenances):
    if any(part.status in OUTAGES for part in parts):
        assert "maintenance" not in explain(parts, maintenances=maintenances).first


@given(parts)
def test_everything_else_works_is_said_exactly_when_something_does(parts):
    states = {part.status for part in parts}
    assert ("Everything else works." in explain(parts).rest) == (OK in states and states != {OK})


@given(parts)
def test_every_state_of_trouble_has_its_sentence(parts):
    sentence = explain(parts)
    states = {part.status for part in parts} - {OK}
    if states:
        works = "Everything else works." in sentence.rest
        assert f"{sentence.first} {sentence.rest}".count(".") == len(states) + works


@given(st.lists(statuses), st.integers(0, 3), statuses)
def test_the_page_never_looks_calm_while_something_burns(states, incidents, another):
    looks = appearance(states, incidents=incidents)
    assert looks.rank >= worst(states).rank
    assert not incidents or looks in OUTAGES
    assert appearance([*states, another], incidents=incidents).rank >= looks.rank


@given(st.sampled_from(list(Impact)), st.lists(statuses))
def test_an_incident_never_looks_operational(impact, states):
    looks = state_of_incident(impact, states)
    assert looks != OK
    assert looks.rank >= worst(states).rank
