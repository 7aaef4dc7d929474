"""What real summaries look like: which keys an object of a kind has, in which order, and of which types."""

import gzip
import json
from collections import defaultdict
from functools import cache

from tests.shared_data import SUMMARIES, needed

KINDS = {
    "page": "page",
    "status": "status",
    "components": "component",
    "incidents": "incident",
    "scheduled_maintenances": "maintenance",
    "incident_updates": "update",
    "affected_components": "affected",
}
# What a large page happened not to have, though the field does: groups, and things that are over.
BEYOND = {
    ("component", "group_id"): {str},
    ("incident", "resolved_at"): {str},
    ("maintenance", "monitoring_at"): {str},
    ("maintenance", "resolved_at"): {str},
}


@cache
def snapshots() -> list[dict]:
    """Every summary there is; skips the test where they are absent."""
    with gzip.open(needed(SUMMARIES / "github-summary-series-to-2024.jsonl.gz"), "rt") as lines:
        series = [json.loads(line)["summary"] for line in lines]
    return series + [json.loads(file.read_text()) for file in sorted(SUMMARIES.glob("summary-*.json"))]


def objects(answer: dict, kind="answer"):
    """Every object below `answer` with its kind."""
    yield kind, answer
    for key, value in answer.items():
        if key in KINDS and value:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, dict):  # a group names its components by their ids
                    yield from objects(child, KINDS[key])


@cache
def _real() -> tuple[dict, dict]:
    keys, types = defaultdict(set), defaultdict(set)
    for snapshot in snapshots():
        for kind, real in objects(snapshot):
            if list(real) != sorted(real):  # some were stored with their keys in alphabetical order
                keys[kind].add(tuple(real))
            for key, value in real.items():
                types[kind, key].add(type(value))
    return keys, types


def differences(answer: dict) -> list[str]:
    """Where an object of `answer` has keys, an order or a type that no real one has."""
    keys, types = _real()
    found = []
    for kind, ours in objects(answer):
        is_group = kind == "component" and ours["group"]
        if kind != "answer" and tuple(ours)[: -1 if is_group else None] not in keys[kind]:
            found.append(f"{kind} has {', '.join(ours)}")
        for key, value in ours.items():
            if type(value) not in types[kind, key] | BEYOND.get((kind, key), set()) and not is_group:
                found.append(f"{key} of {kind} is {value!r}")
    return found
