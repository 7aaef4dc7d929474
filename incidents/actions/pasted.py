"""Components that are pasted as a list: read line by line, and added."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from ..models import Actor, Component, ComponentGroup
from .catalogue import save_entry

MOST = 500  # components at once: a page with more is read by nobody
_BULLETS = "-*•·\N{EN DASH}"


@dataclass
class Pasted:
    """A group, or what stands before the first one, named "". `members`: name and description, in order; `known`: of
    them what the page has already."""

    group: str
    members: dict[str, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)


def read(text: str) -> list[Pasted]:
    """Return what `text` names, without empty groups. Raises ValidationError that names the lines which cannot be
    taken."""
    groups: dict[str, Pasted] = {"": Pasted("")}
    wrong: list[str] = []
    now = groups[""]
    for number, line in _lines(text):
        if line.endswith(":") or line.startswith("#"):
            name = line.strip("#: ")
            wrong += _wrong_name(number, name, ComponentGroup)
            now = groups.setdefault(name, Pasted(name))
            continue
        name, _, description = (part.strip() for part in line.partition("|"))
        wrong += _wrong_name(number, name, Component) + _wrong_description(number, description)
        if name in now.members:
            wrong.append(f"Line {number}: “{name}” stands there twice in its group.")
        now.members[name] = description
    found = [group for group in groups.values() if group.members]
    if number_of := sum(len(group.members) for group in found):
        wrong = wrong if number_of <= MOST else [f"These are {number_of:,} components; a page may get {MOST} at once."]
    else:
        wrong.append("No component is named here.")
    if wrong:
        raise ValidationError(_few(wrong))
    _mark_known(found)
    return found


@transaction.atomic
def add(groups: list[Pasted], *, by: Actor, at: datetime) -> int:
    """Add what is not there, behind what is; returns the number of components added."""
    added = 0
    for one in groups:
        group = _group(one.group, by, at)
        last = Component.objects.filter(group=group).aggregate(last=Max("position"))["last"] or 0
        there = set(Component.objects.filter(group=group).values_list("name", flat=True))
        for name, description in one.members.items():
            if name not in there:
                last, added = last + 1, added + 1
                entry = Component(name=name, description=description, group=group, position=last, created_at=at)
                entry.full_clean()
                save_entry(entry=entry, by=by, at=at)
    return added


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line that says something, with its number, without the bullet in front."""
    for number, line in enumerate(text.splitlines(), start=1):
        if said := line.strip().lstrip(_BULLETS).strip():
            yield number, said


def _wrong_name(number: int, name: str, model: type[Component] | type[ComponentGroup]) -> list[str]:
    try:
        model._meta.get_field("name").clean(name, None)
    except ValidationError as error:
        return [f"Line {number}: {' '.join(error.messages)}"]
    return []


def _wrong_description(number: int, text: str) -> list[str]:
    longest = Component._meta.get_field("description").max_length or 0
    return [f"Line {number}: a description has at most {longest:,} characters."] if len(text) > longest else []


def _few(wrong: list[str]) -> list[str]:
    """Return the first ones, and how many more there are."""
    return wrong[:10] + ([f"And {len(wrong) - 10:,} more."] if len(wrong) > 10 else [])


def _mark_known(groups: list[Pasted]) -> None:
    there = set(Component.objects.values_list("group__name", "name"))
    for one in groups:
        one.known = {name for name in one.members if (one.group or None, name) in there}


def _group(name: str, by: Actor, at: datetime) -> ComponentGroup | None:
    if not name:
        return None
    if found := ComponentGroup.objects.filter(name=name).first():
        return found
    last = ComponentGroup.objects.aggregate(last=Max("position"))["last"] or 0
    group = ComponentGroup(name=name, position=last + 1)
    save_entry(entry=group, by=by, at=at)
    return group
