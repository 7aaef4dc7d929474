"""The word that this worker was told to end. Its main process hears the signal, its children do the work: a byte that
they share tells them, so that nothing more is begun that would have to be waited for."""

import mmap

_byte = mmap.mmap(-1, 1)  # shared with whatever is forked off later


def begin() -> None:
    """Note that this worker was told to end. May be called from a handler of signals."""
    _byte[0] = 1


def reset() -> None:
    """Forget that anybody said it."""
    _byte[0] = 0


def is_begun() -> bool:
    return _byte[0] == 1
