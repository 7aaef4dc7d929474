"""Ninety days as a picture: the paths of one small drawing, a unit of width a day, today at the right.

All run along the foot of the drawing; how tall each state stands, and in which colour, is for the style sheet to say.
The calm days are one path and lie beneath: what had trouble is drawn over them.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from ..enums import ComponentStatus
from ..status import worst
from .uptime import Uptime

FOOT = 10  # the height of the drawing: where every path runs


class Drawn(NamedTuple):
    """The days whose worst was `status`, as path data."""

    status: ComponentStatus
    path: str


class Strip(NamedTuple):
    """`shown`: the percentage, where it may be said; `is_new`: counted since today.

    `before`: the days before the component existed, `lived` those since, as path data.
    """

    shown: str
    is_new: bool
    count: int  # type: ignore[assignment]  # a tuple has a method of that name, which nobody calls here
    before: str
    lived: str
    troubled: tuple[Drawn, ...]

    @property
    def words(self) -> str:
        """The words beside the drawing: "99.97 % up"."""
        if self.shown:
            return _("%(percent)s %% up") % {"percent": self.shown}
        return _("new today") if self.is_new else _("no outage")

    @property
    def svg(self) -> SafeString:
        """The drawing. Nothing in it was typed by anybody; a template takes thirty times as long for it.

        A state's class is its first letter: a page has hundreds of these.
        """
        before = f'<path class="x" d="{self.before}"/>' if self.before else ""
        troubled = "".join(f'<path class="{drawn.status[0]}" d="{drawn.path}"/>' for drawn in self.troubled)
        return mark_safe(  # noqa: S308
            f'<svg viewBox="0 0 {self.count} {FOOT}" preserveAspectRatio="none" aria-hidden="true">'
            f'{before}<path d="{self.lived}"/>{troubled}</svg>'
        )


def draw(uptime: Uptime) -> Strip | None:
    """`uptime` as a drawing; None for a component that does not exist yet, of which there is nothing to show."""
    if uptime.percent is None:
        return None
    return _drawn([day.status for day in uptime.days], shown=uptime.shown, is_new=uptime.is_new)


def draw_worst(uptimes: Iterable[Uptime]) -> Strip | None:
    """A group as a drawing: of each day the worst that one of its components saw, and no percentage, which would have
    to be a mean that hides one of many. None where none of `uptimes` exists yet."""
    counted = [uptime for uptime in uptimes if uptime.percent is not None]
    days = zip(*(map(attrgetter("status"), uptime.days) for uptime in counted), strict=True)
    statuses = [worst(seen) if (seen := set(day) - {None}) else None for day in days]
    return _drawn(statuses, shown="", is_new=False) if counted else None


def _drawn(statuses: Sequence[ComponentStatus | None], *, shown: str, is_new: bool) -> Strip:
    count = len(statuses)
    unborn = next((index for index, status in enumerate(statuses) if status), count)
    return Strip(
        shown=shown,
        is_new=is_new,
        count=count,
        before=_run(0, unborn) if unborn else "",
        lived=_run(unborn, count - unborn),
        troubled=tuple(_troubled(statuses)),
    )


def _troubled(statuses: Iterable[ComponentStatus | None]) -> Iterator[Drawn]:
    """One path a state, the best state first."""
    paths: dict[ComponentStatus, str] = {}
    start = 0
    for status, alike in groupby(statuses):
        length = len(list(alike))
        if status not in (None, ComponentStatus.OPERATIONAL):
            paths[status] = paths.get(status, "") + _run(start, length)
        start += length
    return (Drawn(status, paths[status]) for status in ComponentStatus if status in paths)


def _run(start: int, length: int) -> str:
    return f"M{start} {FOOT}h{length}"
