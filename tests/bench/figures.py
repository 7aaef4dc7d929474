"""How figures are printed, and what is said of one that is not as promised."""

import sys
from typing import NamedTuple


class Promise(NamedTuple):
    words: str
    is_kept: bool


_broken: list[str] = []
_missing: list[str] = []


def at_least(promised: float, figure: float) -> Promise:
    return Promise(f"at least {promised:,g}", figure >= promised)


def at_most(promised: float, figure: float) -> Promise:
    return Promise(f"at most {promised:,g}", figure <= promised)


def row(what: str, figure: str, more: str = "", promise: Promise | None = None) -> None:
    """One line of the table. Where the promise is not kept, it says so, and `verdict` will."""
    said = f"   [{promise.words}]" if promise else ""
    if promise and not promise.is_kept:
        _broken.append(what)
        said = f"   FALLS SHORT of {promise.words}"
    print(f"{what:44} {figure:>10}   {more}{said}", flush=True)


def missing(tool: str, package: str, what: str) -> None:
    """In words: `what` cannot be measured without `tool`, and `verdict` will say that something was left out."""
    _missing.append(what)
    print(f"{tool} needed (apt install {package}): {what} left out", file=sys.stderr, flush=True)


def verdict() -> int:
    """The exit code: 1 when a promise was not kept, 2 when a tool was missing, else 0."""
    if _broken:
        print(f"FALLS SHORT: {', '.join(_broken)}", flush=True)
    return 1 if _broken else 2 if _missing else 0
