"""The past searched: what was published that holds all of some words, or touched one component or group."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from ..models import Component, IncidentComponent, IncidentUpdate
from ..models.selections import IncidentQuerySet
from .history import Filed, told
from .incident_views import Brand, IncidentSummary, brand, build_summaries, public_codes

LONGEST = 100  # characters
MOST_WORDS = 6  # each costs a look through everything that was said
PER_PART = 20
MOST_PARTS = 50


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody looks for: `words` as they were typed, `where` the id of a component or a group, or empty."""

    words: str = ""
    where: str = ""
    part: int = 1

    @property
    def error(self) -> str:
        """Say what is wrong with the words, and how to mend it; empty where nothing is."""
        if len(self.words) > LONGEST:
            return _("Please take at most %(number)s characters: a few words are enough.") % {"number": LONGEST}
        if len(self.words.split()) > MOST_WORDS:
            return _("Please take at most %(number)s words: what holds all of them is shown.") % {"number": MOST_WORDS}
        return ""

    @property
    def is_nothing(self) -> bool:
        return not (self.words.split() or self.where)

    def url(self, part: int) -> str:
        """The address of another part of what is found."""
        asked = {"q": self.words, "where": self.where, "part": part if part > 1 else ""}
        return f"{reverse('search')}?{urlencode({name: value for name, value in asked.items() if value})}"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A public component, by which one may filter."""

    public_id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class PlaceGroup:
    """The components of one group; those without one share one without a name."""

    public_id: str
    name: str
    components: tuple[Place, ...]


@dataclass(frozen=True, kw_only=True)
class SearchPage:
    """`stories`: None where nothing was asked, or what was asked is wrong."""

    at: datetime
    site: Brand
    wanted: Wanted
    groups: tuple[PlaceGroup, ...]
    stories: tuple[IncidentSummary, ...] | None
    newer_url: str
    older_url: str


def build(wanted: Wanted, *, at: datetime) -> SearchPage:
    """What `wanted` finds, the newest first, in six queries; in two where it asks for nothing that can be found."""
    rows = None if wanted.is_nothing or wanted.error else _found(wanted)
    return SearchPage(
        at=at,
        site=brand(),
        wanted=wanted,
        groups=_places(),
        stories=None if rows is None else build_summaries(rows[:PER_PART], codes=public_codes(), at=at),
        newer_url=wanted.url(wanted.part - 1) if wanted.part > 1 else "",
        older_url=wanted.url(wanted.part + 1) if rows and len(rows) > PER_PART and wanted.part < MOST_PARTS else "",
    )


def _found(wanted: Wanted) -> list[Filed]:
    """One part of it, and one more where there is a next part."""
    found: IncidentQuerySet[Filed] = told()
    for word in sorted(wanted.words.split(), key=len, reverse=True):  # the rarest first, by guess
        found = found.filter(_holds(word))
    if wanted.where:
        found = found.filter(pk__in=_touching(Q(public_id=wanted.where) | Q(group__public_id=wanted.where)))
    start = (wanted.part - 1) * PER_PART
    return list(found.order_by("-filed_at", "-id").with_latest()[start : start + PER_PART + 1])


def _holds(word: str) -> Q:
    """Match the title, what was said and holds, and the names that the public may know.

    Of the words only those that are seen: they stand in what was typed, beside markup, and in what is shown, beside
    tags; a word that stands in both is a word.
    """
    # As a range, or PostgreSQL would look through everything that was ever said before it shows the newest twenty.
    of_it = Q(incident__gte=OuterRef("pk"), incident__lte=OuterRef("pk"))
    said = IncidentUpdate.objects.public().holding().filter(of_it)
    said = said.filter(body__icontains=word, body_html__icontains=escape(word, quote=False))
    named = _touching(Q(name__icontains=word) | Q(group__name__icontains=word))
    return Q(title__icontains=word) | Q(pk__in=named) | Q(Exists(said))


def _touching(components: Q) -> QuerySet[IncidentComponent, Any]:
    """The keys of the incidents that touched public `components`."""
    chosen = Component.objects.public().filter(components).order_by()
    return IncidentComponent.objects.filter(component__in=chosen.values("pk")).order_by().values_list("incident")


def _places() -> tuple[PlaceGroup, ...]:
    rows = Component.objects.public().select_related("group").in_order()
    return tuple(_group(list(members)) for _id, members in groupby(rows, key=lambda row: row.group_id))


def _group(members: Sequence[Component]) -> PlaceGroup:
    group = members[0].group
    return PlaceGroup(
        public_id=group.public_id if group else "",
        name=group.name if group else "",
        components=tuple(Place(public_id=row.public_id, name=row.name) for row in members),
    )
