"""The colours of static/css/tokens.css, and what an accent of one's own must look like on them."""

import re
from functools import cache
from typing import NamedTuple

from . import colour
from .static_files import static_file

_BLOCK = re.compile(r'(?::root|\[data-state="([a-z_]+)"\])[^{]*\{([^}]*)\}')
_COLOUR = re.compile(r"--([a-z-]+): (#[0-9a-f]{6})")


class Scheme(NamedTuple):
    """`named`: paper, ink and so on. `states`, `tints`: the text and the ground of each state."""

    named: dict[str, str]
    states: dict[str, str]
    tints: dict[str, str]

    @property
    def grounds(self) -> tuple[str, ...]:
        """Whatever text may stand on."""
        return (self.named["paper"], self.named["raised"], *self.tints.values())


class Accents(NamedTuple):
    """One accent for both schemes."""

    light: str
    dark: str


@cache
def schemes() -> tuple[Scheme, Scheme]:
    """Light and dark."""
    light, dark = static_file("css/tokens.css").read_text().split("prefers-color-scheme: dark", 1)
    return _scheme(light), _scheme(dark)


@cache
def accents(chosen: str) -> Accents:
    """`chosen` (#rrggbb) as it is on light grounds, and lightened until it is text on the dark ones."""
    dark = schemes()[1]
    grounds = (*dark.grounds, dark.named["accent-ink"])
    return Accents(chosen, colour.until_readable(chosen, grounds, towards=colour.WHITE))


def light_grounds() -> tuple[str, ...]:
    """Return what an accent is read on in the light scheme, the white words of a button included."""
    return (*schemes()[0].grounds, colour.WHITE)


def _scheme(css: str) -> Scheme:
    scheme = Scheme({}, {}, {})
    for state, body in _BLOCK.findall(css):
        found = dict(_COLOUR.findall(body))
        if state and found:
            scheme.states[state], scheme.tints[state] = found["state"], found["tint"]
        elif not state:
            scheme.named.update(found)
    return scheme
