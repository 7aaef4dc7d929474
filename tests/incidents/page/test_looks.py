"""The contrast that the design promises: 4.5 to 1 for text, 3 to 1 for shapes, in both schemes."""

import re
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = (Path(settings.BASE_DIR) / "static/css/tokens.css").read_text()
STATES = ["operational", "under-maintenance", "degraded-performance", "partial-outage", "major-outage"]
SURFACES = ["paper", "paper-raised", *(f"{state}-tint" for state in STATES)]


def colours(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css))


LIGHT, DARK = map(colours, TOKENS.split("prefers-color-scheme: dark", 1))


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_both_schemes_name_the_same_colours():
    assert LIGHT.keys() == DARK.keys()


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "surface"),
    [*product(["ink", "ink-soft", "accent", *STATES], SURFACES), ("accent-ink", "accent")],
)
def test_text_can_be_read(scheme, text, surface):
    assert contrast(scheme[text], scheme[surface]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "surface"), [*product(["control", "focus"], SURFACES)])
def test_shapes_can_be_seen(scheme, shape, surface):
    assert contrast(scheme[shape], scheme[surface]) >= 3
