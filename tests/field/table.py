"""How what was seen is printed, and what it comes to."""

import os
from collections import Counter

from tests.field.bouncing import Returned
from tests.field.source import Best
from tests.field.trial import NOTICES, Result

_bad: list[str] = []


def heading(readers: int) -> None:
    columns = f"{'once':>6} {'lost':>5} {'twice':>5} {'late':>5} {'charged':>8} {'suppressed':>11}"
    columns = f"{columns} {'seconds':>8} {'handed':>11}   smtp-source at its best: ratio to each"
    print(f"{f'{readers} readers, {NOTICES} notices':24} {columns}", flush=True)


def row(name: str, result: Result, best: Best | None) -> None:
    """Of one server; BAD at its end where a promise was not kept."""
    if not result.is_good:
        _bad.append(name)
    seconds = f"{result.seconds:.1f}" if result.seconds is not None else "-"
    handed = ", ".join(f"{one:.2f}" for one in result.first_and_others) or "-"
    figures = (result.once, result.lost, result.doubled, result.waiting, result.charged, result.suppressed)
    columns = " ".join(f"{figure:>{width}}" for figure, width in zip(figures, (6, 5, 5, 5, 8, 11), strict=True))
    columns = f"{columns} {seconds:>8} {handed:>11}"
    print(f"{name:24} {columns}   {_beside(result, best)}{'' if result.is_good else '   BAD'}", flush=True)


def reported(states: Counter) -> None:
    """Of an SMS gateway whose network delivers everything: BAD where that is read as anything else."""
    is_good = not states.keys() - {"sent", "delivered"}
    if not is_good:
        _bad.append("what is reported")
    said = ", ".join(f"{state} {number}" for state, number in states.items())
    print(f"{'':24} reported: {said}{'' if is_good else '   BAD'}", flush=True)


def returned(result: Returned) -> None:
    """Of the same server: how each kind of its bounces was read. BAD where one was read wrongly."""
    said = (f"{name} {_verdict(wrong)}" for name, wrong in result.kinds.items())
    if not result.is_good:
        _bad.append("what comes back")
    more = [f"suppressed {', '.join(result.suppressed)}"] if not result.is_good and result.suppressed else []
    more += [f"{result.unwell} others not told"] if result.unwell else []
    print(f"{'':24} came back: {', '.join([*said, *more])}{'' if result.is_good else '   BAD'}", flush=True)


def _verdict(wrong: str | None) -> str:
    return "not seen" if wrong is None else f"WRONG ({wrong})" if wrong else "right"


def _beside(result: Result, best: Best | None) -> str:
    if best is None or not result.handed:
        return "-"
    ratios = ", ".join(f"{best.seconds / one:.2f}" for one in result.first_and_others)
    return f"{best.seconds:.2f} s with {best.sessions} sessions: {ratios}; load {os.getloadavg()[0]:.1f}"


def not_tried(name: str, why: str) -> None:
    print(f"{name:24} not tried: {' '.join(why.split())[:300]}", flush=True)


def verdict() -> int:
    """The exit code."""
    if _bad:
        print(f"BAD: {', '.join(_bad)}", flush=True)
    return bool(_bad)
