"""What processes cost, as the kernel counts it."""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_GONE = (FileNotFoundError, ProcessLookupError)


def family(pid: int) -> list[int]:
    """The process and all that descend from it."""
    return [pid, *(child for started in children(pid) for child in family(started))]


def children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(*_GONE):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found


def cpu_seconds(pid: int) -> float:
    """Of the whole family since it began, those included that ended and were seen off by their parent."""
    return sum(sum(map(int, _times(member))) for member in family(pid)) / _TICKS


def _times(pid: int) -> Iterable[str]:
    """utime, stime, cutime, cstime."""
    with contextlib.suppress(*_GONE):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
    return ()


def proportional_mb(pids: Iterable[int]) -> float:
    """Of them together: what they share counts once."""
    return sum(_kilobytes(f"/proc/{pid}/smaps_rollup", "Pss") for pid in pids) / 1024


def peak_mb(pid: int) -> float:
    """The most memory it ever had, what it shares with others counted in full."""
    return _kilobytes(f"/proc/{pid}/status", "VmHWM") / 1024


def _kilobytes(path: str, name: str) -> int:
    return int(re.search(rf"^{name}:\s+(\d+)", Path(path).read_text(), re.MULTILINE)[1])


class Spent:
    """CPU seconds of some families, by name, between two moments."""

    def __init__(self, pids: dict[str, int]):
        self.pids = pids
        self._before = dict(self._now())

    def so_far(self) -> dict[str, float]:
        return {name: seconds - self._before[name] for name, seconds in self._now()}

    def _now(self) -> Iterator[tuple[str, float]]:
        return ((name, cpu_seconds(pid)) for name, pid in self.pids.items())
