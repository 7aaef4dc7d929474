"""The status engine: pure rules over plain values. Worst wins, and says why."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy, pgettext

from statuspage.lib.text import isolated

from .enums import ComponentStatus, Impact

# Read off 10,226 real snapshots: the worst component decides, in these words.
_ROLLUP = {
    ComponentStatus.MAJOR_OUTAGE: (Impact.MAJOR, "Partial System Outage"),
    ComponentStatus.PARTIAL_OUTAGE: (Impact.MINOR, "Minor Service Outage"),
    ComponentStatus.DEGRADED_PERFORMANCE: (Impact.MINOR, "Partially Degraded Service"),
    ComponentStatus.UNDER_MAINTENANCE: (Impact.MAINTENANCE, "Service Under Maintenance"),
    ComponentStatus.OPERATIONAL: (Impact.NONE, "All Systems Operational"),
}
# What an incident looks like when it names no component.
_STATE_OF_IMPACT = {
    Impact.CRITICAL: ComponentStatus.MAJOR_OUTAGE,
    Impact.MAJOR: ComponentStatus.PARTIAL_OUTAGE,
    Impact.MINOR: ComponentStatus.DEGRADED_PERFORMANCE,
    Impact.NONE: ComponentStatus.DEGRADED_PERFORMANCE,
    Impact.MAINTENANCE: ComponentStatus.UNDER_MAINTENANCE,
}
_EVERYTHING_IS = {
    ComponentStatus.MAJOR_OUTAGE: gettext_lazy("Everything is down."),
    ComponentStatus.PARTIAL_OUTAGE: gettext_lazy("Everything is partly down."),
    ComponentStatus.DEGRADED_PERFORMANCE: gettext_lazy("Everything is degraded."),
    ComponentStatus.UNDER_MAINTENANCE: gettext_lazy("Everything is under maintenance."),
}
_THESE_ARE = {
    ComponentStatus.MAJOR_OUTAGE: ngettext_lazy("%(names)s is down.", "%(names)s are down.", "number"),
    ComponentStatus.PARTIAL_OUTAGE: ngettext_lazy("%(names)s is partly down.", "%(names)s are partly down.", "number"),
    ComponentStatus.DEGRADED_PERFORMANCE: ngettext_lazy("%(names)s is degraded.", "%(names)s are degraded.", "number"),
    ComponentStatus.UNDER_MAINTENANCE: ngettext_lazy(
        "%(names)s is under maintenance.", "%(names)s are under maintenance.", "number"
    ),
}
_WAS = {
    ComponentStatus.MAJOR_OUTAGE: gettext_lazy("was down"),
    ComponentStatus.PARTIAL_OUTAGE: gettext_lazy("was partly down"),
    ComponentStatus.DEGRADED_PERFORMANCE: gettext_lazy("was degraded"),
    ComponentStatus.UNDER_MAINTENANCE: gettext_lazy("was under maintenance"),
}
NAMES_AT_MOST = 3


class Overall(NamedTuple):
    indicator: Impact
    description: str


class Part(NamedTuple):
    """A leaf component as the sentence sees it."""

    name: str
    status: ComponentStatus
    group: str = ""


class Sentence(NamedTuple):
    """The state of the whole in words: the worst first, what else there is to say, what leads over to the causes."""

    first: str
    rest: str
    because: str = ""


def worst(statuses: Iterable[ComponentStatus]) -> ComponentStatus:
    """The worst of `statuses`; operational where there is none."""
    return max(statuses, key=lambda status: status.rank, default=ComponentStatus.OPERATIONAL)


def overall(statuses: Iterable[ComponentStatus]) -> Overall:
    """The state of the whole page by its leaf components (groups do not count twice)."""
    statuses = list(statuses)
    if not statuses:
        return Overall(Impact.NONE, "No Components Are Shown")
    if all(status == ComponentStatus.MAJOR_OUTAGE for status in statuses):
        return Overall(Impact.CRITICAL, "Major Service Outage")
    return Overall(*_ROLLUP[worst(statuses)])


def state_of_incident(impact: Impact, statuses: Iterable[ComponentStatus]) -> ComponentStatus:
    """How an incident looks: as its worst component, else as its impact, and never operational."""
    found = worst(statuses)
    return _STATE_OF_IMPACT[impact] if found == ComponentStatus.OPERATIONAL else found


def appearance(statuses: Iterable[ComponentStatus], *, incidents: int) -> ComponentStatus:
    """How the page looks. Unlike the indicator it never looks calm while one of `incidents` is open."""
    floor = ComponentStatus.DEGRADED_PERFORMANCE if incidents else ComponentStatus.OPERATIONAL
    return worst([*statuses, floor])


def in_the_past(status: ComponentStatus) -> str:
    """How a component was, said after its name: "was partly down"."""
    return str(_WAS.get(status) or _("was affected"))


def explain(
    parts: Sequence[Part], *, incidents: int = 0, maintenances: int = 0, unplaced: int = 0, is_set_up: bool = True
) -> Sentence:
    """The state of the whole in words, worst first, by its leaf components in page order.

    `incidents` and `maintenances` count those that are open, `unplaced` the incidents among them that touch no
    component: while there is one, nobody can say that everything else works. `is_set_up`: there is, or was, anything
    to speak of.
    """
    known = incidents or maintenances
    if troubles := _troubles(parts):
        first, *rest = troubles + _the_rest(parts, unplaced)
        unknown = _("We have not published an incident for it yet.")
        return Sentence(first, " ".join(rest), pgettext("leads over to the causes", "See:") if known else unknown)
    if incidents:
        first = ngettext("An incident is open.", "%(number)s incidents are open.", incidents) % {"number": incidents}
        return Sentence(first, "", pgettext("leads over to the causes", "See:"))
    if maintenances:
        others = _("Everything works.") if parts else ""
        return Sentence(_("Maintenance is under way."), others, pgettext("leads over to the causes", "See:"))
    if not is_set_up:
        return Sentence(_("Nothing is set up here yet."), "")
    return Sentence(_("Everything works.") if parts else _("No incidents are open."), "")


def _the_rest(parts: Sequence[Part], unplaced: int) -> list[str]:
    """Return what there is to say besides the components in trouble."""
    if unplaced:
        others = ngettext("Another incident is open.", "%(number)s other incidents are open.", unplaced)
        return [others % {"number": unplaced}]
    return [_("Everything else works.")] if any(part.status == ComponentStatus.OPERATIONAL for part in parts) else []


def _troubles(parts: Sequence[Part]) -> list[str]:
    """One sentence for each state that is not operational, worst first."""
    statuses = {part.status for part in parts} - {ComponentStatus.OPERATIONAL}
    if len(parts) > 1 and len(statuses) == 1 and all(part.status in statuses for part in parts):
        return [str(_EVERYTHING_IS[statuses.pop()])]
    named = _whole_groups_by_name(parts)
    return [
        _sentence([part.name for part in named if part.status == status], status)
        for status in sorted(statuses, key=lambda status: -status.rank)
    ]


def _whole_groups_by_name(parts: Sequence[Part]) -> list[Part]:
    """`parts`, with a group that shares one state as a single part."""
    merged: list[Part] = []
    for group, found in groupby(parts, key=lambda part: part.group):
        members = list(found)
        if group and len({part.status for part in members}) == 1:
            members = [Part(group, members[0].status)] if len(members) > 1 else members
        merged += members
    return merged


def _sentence(names: list[str], status: ComponentStatus) -> str:
    listed = _enumerate([isolated(name) for name in names])
    return _THESE_ARE[status] % {"names": listed, "number": len(names)}


def _enumerate(names: list[str]) -> str:
    """A, B and C; from four on: A, B and 2 more."""
    if len(names) > NAMES_AT_MOST:
        more = len(names) - NAMES_AT_MOST + 1
        names = [*names[: NAMES_AT_MOST - 1], ngettext("%(number)s more", "%(number)s more", more) % {"number": more}]
    *others, last = names
    return _("%(others)s and %(last)s") % {"others": ", ".join(others), "last": last} if others else last
