"""No decision reads a sentence: what the program goes by are codes, and words are for people.

Looked for in the code itself: comparisons and queries by `reason`, `label` and `why`, and dictionaries that have them
as keys.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
WORDS = {"reason", "label", "why"}  # of a row, a report, an outcome, a member of an enum
READS = {"startswith", "endswith", "removeprefix", "removesuffix", "partition", "find", "index", "count"}
QUERIES = {"filter", "exclude", "get", "Q", "When"}
ALLOWED = {
    "subscribers/delivery/failures.py": "a person narrows a list by what the provider said, as in a search",
    "subscribers/channels/sms/reasons.py": "it gives a provider's words their code",
}


def is_words(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=name)):
            return name in WORDS
        case ast.Name(id=name):
            return name == "reason"
    return False


def holds_words(node: ast.AST | None) -> bool:
    return node is not None and any(is_words(part) for part in ast.walk(node))


def sins(tree: ast.AST) -> Iterator[int]:
    """The lines on which something is decided by words."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, comparators=others):
                found = any(map(is_words, (left, *others))) and not all(map(is_none, others))
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in READS:
                found = is_words(value)
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), keywords=keywords) if name in QUERIES:
                found = any((keyword.arg or "").split("__")[0] in WORDS for keyword in keywords)
            case ast.Dict(keys=keys):
                found = any(map(holds_words, keys))
            case ast.DictComp(key=key):
                found = holds_words(key)
            case ast.Subscript(slice=place):
                found = not isinstance(place, ast.Constant) and holds_words(place)
            case ast.Match(subject=subject):
                found = is_words(subject)
            case _:
                found = False
        if found:
            yield node.lineno


def is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def test_no_decision_reads_a_sentence():
    found = [
        f"{name}:{line}"
        for package in ("statuspage", "incidents", "subscribers")
        for file in sorted((CHECKOUT / package).rglob("*.py"))
        if (name := str(file.relative_to(CHECKOUT))) not in ALLOWED and "migrations" not in file.parts
        for line in sins(ast.parse(file.read_text()))
    ]
    assert found == []


def test_every_exception_is_needed():
    assert all(any(sins(ast.parse((CHECKOUT / name).read_text()))) for name in ALLOWED)


@pytest.mark.parametrize(
    "line",
    [
        'row.reason.startswith("Given up")',
        'if reason == "550": pass',
        'if "spam" in row.reason: pass',
        'rows.filter(reason__startswith="the owner")',
        'DEFERRED = ~Q(reason="")',
        "counts[state.label] += 1",
        "{f'{channel.label} is not offered': 1}",
        "{state.label: 1 for state in states}",
        'match row.reason:\n  case "550": pass',
    ],
)
def test_a_decision_by_words_is_seen(line):
    assert list(sins(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        "print(row.reason)",
        "said = row.reason or row.get_cause_display()",
        'rows.update(cause="lost", reason="")',
        'Suppression(reason="550")',
        'if cause == "lost": pass',
        "if reason is None: pass",
        '{"reason": row.reason}',
    ],
)
def test_words_may_be_kept_and_shown(line):
    assert not list(sins(ast.parse(line)))
