"""The state of a component over time, from the periods that incidents and it by itself gave it. Pure; worst wins."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from .enums import ComponentStatus


class Period(NamedTuple):
    """A state from `began_at` until before `ended_at`, None where it lasts still. `cause`: the incident's key, None
    for the component's own state."""

    status: ComponentStatus
    began_at: datetime
    ended_at: datetime | None
    cause: int | None = None

    def covers(self, at: datetime) -> bool:
        return self.began_at <= at and (self.ended_at is None or self.ended_at > at)


class Change(NamedTuple):
    """The component became `status` at `at`, because of the incident with the key `cause`."""

    at: datetime
    status: ComponentStatus
    cause: int | None


def changes(
    periods: Sequence[Period], *, begin: datetime, end: datetime | None, before: ComponentStatus
) -> list[Change]:
    """Return what moved from `begin` until before `end`, None for all that came, oldest first.

    `before`: the state until `begin`. Where periods overlap the worst holds; what ends is said to end because of the
    incident that it was.
    """
    found, state, cause = [], before, None
    for at in _moments(periods, begin, end):
        holding = max((one for one in periods if one.covers(at)), key=lambda one: one.status.rank, default=None)
        status = holding.status if holding else ComponentStatus.OPERATIONAL
        if status != state:
            is_better = status.rank < state.rank
            found.append(Change(at, status, cause if is_better or holding is None else holding.cause))
        state, cause = status, holding.cause if holding else cause
    return found


def joined(periods: Sequence[Period]) -> list[Period]:
    """Return `periods` as such that never overlap, oldest first, without their causes: at each moment the worst."""
    moved = changes(periods, begin=min(one.began_at for one in periods), end=None, before=ComponentStatus.OPERATIONAL)
    ends = [*(one.at for one in moved[1:]), None]
    return [
        Period(one.status, one.at, end)
        for one, end in zip(moved, ends, strict=True)
        if one.status != ComponentStatus.OPERATIONAL
    ]


def _moments(periods: Iterable[Period], begin: datetime, end: datetime | None) -> list[datetime]:
    """Return when anything may have moved, in order; `begin` is one of them."""
    edges = {at for one in periods for at in (one.began_at, one.ended_at) if at and at >= begin}
    return sorted(at for at in edges | {begin} if end is None or at < end)
