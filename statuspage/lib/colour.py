"""Colours as people see them: contrast by WCAG 2, and the nearest colour that has enough of it."""

from collections.abc import Iterable

TEXT = 4.5  # to 1, what text needs (WCAG 2.2, 1.4.3)
SHAPE = 3.0  # what a line or a mark needs (1.4.11)
BLACK, WHITE = "#000000", "#ffffff"
_STEPS = 200


def contrast(one: str, other: str) -> float:
    """Return the contrast between two colours written #rrggbb: from 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def least_contrast(colour: str, grounds: Iterable[str]) -> float:
    """Return the contrast on the ground where `colour` is read worst."""
    return min(contrast(colour, ground) for ground in grounds)


def until_readable(colour: str, grounds: Iterable[str], *, towards: str) -> str:
    """The first colour on the way from `colour` to `towards` that is text on all `grounds`; `towards` must be."""
    grounds = tuple(grounds)
    mixes = (_mix(colour, towards, step / _STEPS) for step in range(_STEPS))
    return next((mix for mix in mixes if least_contrast(mix, grounds) >= TEXT), towards)


def _mix(one: str, other: str, share: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (n / 255 for n in _channels(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
