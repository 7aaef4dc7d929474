"""Past incidents like one that is being written: the same components, similar words of the title."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.db.models import Prefetch

from ..enums import CLOSED
from ..models import Component, Incident, IncidentComponent, IncidentUpdate
from ..models.fields import TITLE_LENGTH
from ..models.selections import IncidentQuerySet

MOST = 3
_LOOKED_AT = 500  # of each selection
_BACK = timedelta(days=2 * 365)
_ENOUGH = 0.25  # "Incident with Pages" and "Incident with Actions" reach 0.22 in a real history
_BY_COMPONENTS = 0.5  # what the same components count, where the same title counts 1
_UNSEEN = 1.0  # the weight of a word that no past title has: it tells none of them from another
_WORD = re.compile(r"\w+")
_ENDING = re.compile(r"(?<=\w{3})(?:ing|ed|es|e|s)$")
_SMALL = frozenset(
    (
        *("a", "an", "and", "are", "at", "be", "by", "for", "from", "has", "have", "in", "is", "of", "on", "or", "our"),
        *("some", "that", "the", "to", "was", "we", "with"),
        *("auf", "bei", "das", "der", "die", "ein", "eine", "für", "im", "ist", "mit", "und", "von", "wir", "zu"),
    )
)


@dataclass(frozen=True)
class Past:
    """A past incident as it is compared. `components`: the ids of those it shares with the new one."""

    pk: int
    words: frozenset[str]
    components: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Similar:
    """A past incident with what was said in it, in its order, without what was taken back."""

    incident: Incident
    updates: list[IncidentUpdate]

    def said_at(self, status: str) -> IncidentUpdate | None:
        """Return what was said first when it was as `status`."""
        return next((update for update in self.updates if update.status == status), None)


@lru_cache(maxsize=4 * _LOOKED_AT)  # the same titles are looked at while somebody writes
def words_of(title: str) -> frozenset[str]:
    """Return the words of `title` that tell something, without their endings: "Payments failed" as "payment fail"."""
    text = unicodedata.normalize("NFKC", title[:TITLE_LENGTH]).casefold()
    return frozenset(_ENDING.sub("", word) for word in _WORD.findall(text) if word not in _SMALL)


def most_alike(words: frozenset[str], components: Collection[int], pasts: Iterable[Past]) -> list[int]:
    """Return the ids of those of `pasts` that are most like something new with these words and components, at most
    MOST; of two that are as like it, the one that comes first.

    A word counts the more the fewer of them have it, as in Dice's coefficient with weights.
    """
    pasts = list(pasts)
    numbers = Counter(word for past in pasts for word in past.words)
    weights = dict.fromkeys(words, _UNSEEN) | {word: math.log((len(pasts) + 1) / numbers[word]) for word in numbers}
    scores = {past.pk: _likeness(words, components, past, weights) for past in pasts}
    return sorted((pk for pk in scores if scores[pk] >= _ENOUGH), key=lambda pk: -scores[pk])[:MOST]


def _likeness(words: frozenset[str], components: Collection[int], past: Past, weights: Mapping[str, float]) -> float:
    """Return from 0 for nothing in common to 1.5 for the same title and all components."""

    def weight(some: Iterable[str]) -> float:
        return math.fsum(weights[word] for word in some)

    whole = weight(words) + weight(past.words)
    by_words = 2 * weight(words & past.words) / whole if whole else 0
    return by_words + (_BY_COMPONENTS * len(past.components) / len(components) if components else 0)


def like(title: str, components: Collection[Component], *, at: datetime) -> list[Similar]:
    """Return what is over and most like an incident of this title on these components, hidden ones too.

    Looks at the newest of two years, and at the newest on the same components, in four queries.
    """
    words, ids = words_of(title), {component.pk for component in components}
    if not words and not ids:
        return []
    over = Incident.objects.filter(status__in=CLOSED, is_false_alarm=False, merged_into=None)
    found = _titles(over.filter(started_at__gte=at - _BACK))
    shared: dict[int, set[int]] = {}
    if ids:
        rows = IncidentComponent.objects.filter(component__in=ids)
        found |= _titles(over.filter(pk__in=rows.values("incident")))
        for incident, component in rows.filter(incident__in=found).values_list("incident_id", "component_id"):
            shared.setdefault(incident, set()).add(component)
    pasts = (Past(pk, words_of(title), frozenset(shared.get(pk, ()))) for pk, title in found.items())
    return _told(most_alike(words, ids, pasts))


def _titles(incidents: IncidentQuerySet[Incident]) -> dict[int, str]:
    return dict(incidents.newest_first().values_list("pk", "title")[:_LOOKED_AT])


def _told(ids: list[int]) -> list[Similar]:
    """Return those incidents in that order."""
    holding = Prefetch("updates", IncidentUpdate.objects.holding().order_by("display_at", "pk"))
    found = Incident.objects.prefetch_related(holding).in_bulk(ids)
    return [Similar(found[pk], list(found[pk].updates.all())) for pk in ids if pk in found]


def said_in(public_id: str) -> str:
    """Return the words of an update that holds; empty where there is none."""
    if not public_id.isalnum():
        return ""
    found = IncidentUpdate.objects.holding().filter(public_id=public_id)
    return found.values_list("body", flat=True).first() or ""
