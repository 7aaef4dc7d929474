"""The last good answers that a process has in memory: those built last, and always the fixed ones."""

import threading
from collections.abc import Callable, Iterable
from itertools import chain

from .answer import Answer

MOST_IN_MEMORY = 500  # answers a process has in memory, far more than are fixed; on the disk store lies every one


class LastGood(dict[str, Answer]):
    """The last good answers by path, the one built longest ago first.

    Where there are too many, first goes what is no lasting address (`is_lasting`: that of an incident, of a component,
    or a fixed one), then what was built longest ago. The `fixed` paths and the front page stay.
    """

    def __init__(self, *, is_lasting: Callable[[str], bool], fixed: Iterable[str]):
        super().__init__()
        self.is_lasting = is_lasting
        self.fixed = frozenset(fixed) | {"/"}
        self._passing: dict[str, None] = {}  # the paths of no lasting address, in the same order
        self._changing = threading.Lock()

    def add(self, path: str, answer: Answer) -> list[str]:
        """Remember it as the newest. Returns the paths that gave way."""
        with self._changing:
            if path in self:
                del self[path]  # to the end of the line
            self[path] = answer
            if not self.is_lasting(path):
                self._passing[path] = None
            return [self._give_way(to=path) for _ in range(len(self) - MOST_IN_MEMORY)]

    def _give_way(self, *, to: str) -> str:
        others = chain(self._passing, (path for path in self if path not in self.fixed))
        oldest = next(path for path in others if path != to)
        del self[oldest]
        return oldest

    def __delitem__(self, path: str) -> None:
        super().__delitem__(path)
        self._passing.pop(path, None)

    def drop(self, is_unwanted: Callable[[str, Answer], bool]) -> list[str]:
        """Forget all that are unwanted. Returns their paths."""
        with self._changing:
            unwanted = [path for path, answer in self.items() if is_unwanted(path, answer)]
            for path in unwanted:
                del self[path]
        return unwanted
