"""The components that names in somebody's file mean."""

import unicodedata
from collections.abc import Collection
from datetime import date

from django.db.models import Max, QuerySet

from ..models import Component


class NotOneComponent(Exception):
    """A name that no component has, or several, in words."""


def key(name: str) -> str:
    """Return what two spellings of a name have in common: case, width, invisible characters and spaces do not tell
    apart."""
    seen = "".join(char for char in unicodedata.normalize("NFKC", name) if unicodedata.category(char) != "Cf")
    return " ".join(seen.casefold().split())


class ComponentNames:
    """`components` by name, by GROUP/NAME and by id."""

    def __init__(self, components: QuerySet[Component]):
        self._found: dict[str, set[int]] = {}
        for one in components.select_related("group"):
            self.add(one)

    def add(self, one: Component) -> None:
        for name in (one.public_id, one.name, *([f"{one.group.name}/{one.name}"] if one.group else [])):
            self._found.setdefault(key(name), set()).add(one.pk)

    def ids(self, name: str) -> set[int]:
        """Return the ids of all that are meant: more than one where the name is in doubt."""
        return self._found.get(key(name), set())


class NamedComponents:
    """The components that a history names, public or not; with `create`, new public ones for what is unknown.

    `created`: the names of the new ones.
    """

    def __init__(self, *, create: bool = False):
        self.create = create
        self.created: list[str] = []
        self._names = ComponentNames(Component.objects.all())

    def find(self, names: Collection[str], *, since: date) -> list[Component]:
        """One for each name. Raises NotOneComponent, before any is created. Uptime of a new one counts from `since`."""
        for name in names:
            self._check(name)
        return [self._one(name, since) for name in names]

    def _check(self, name: str) -> None:
        count = len(self._names.ids(name))
        if count > 1:
            raise NotOneComponent(f"{count} components are called “{name}”; write GROUP/NAME or the id")
        if not (count or self.create):
            raise NotOneComponent(f"there is no component “{name}”; --create-components creates it")

    def _one(self, name: str, since: date) -> Component:
        if ids := self._names.ids(name):
            return Component.objects.get(pk__in=ids)
        last = Component.objects.aggregate(Max("position"))["position__max"]
        position = 0 if last is None else last + 1
        new = Component.objects.create(name=" ".join(name.split()), position=position, start_date=since)
        self._names.add(new)
        self.created.append(new.name)
        return new
