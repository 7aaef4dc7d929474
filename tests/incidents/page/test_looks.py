"""The contrast that the design promises: 4.5 to 1 for text, 3 to 1 for shapes, in both schemes."""

import pytest

from statuspage.lib.colour import SHAPE, TEXT, contrast, least_contrast
from statuspage.lib.palette import schemes

LIGHT, DARK = schemes()


def test_both_schemes_name_the_same_colours():
    for light, dark in zip(LIGHT, DARK, strict=True):
        assert light.keys() == dark.keys()
    assert len(LIGHT.states) == 5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("text", ["ink", "soft", "accent", "alarm"])
def test_text_can_be_read(scheme, text):
    assert least_contrast(scheme.named[text], scheme.grounds) >= TEXT


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("state", LIGHT.states)
def test_the_word_of_a_state_can_be_read(scheme, state):
    assert least_contrast(scheme.states[state], scheme.grounds) >= TEXT


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), [("accent-ink", "accent"), ("paper", "alarm")])
def test_words_on_colour_can_be_read(scheme, text, ground):
    assert contrast(scheme.named[text], scheme.named[ground]) >= TEXT


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_shapes_can_be_seen(scheme):
    assert least_contrast(scheme.named["edge"], scheme.grounds) >= SHAPE


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_bar_of_a_calm_day_can_be_seen(scheme):
    assert least_contrast(scheme.named["calm"], (scheme.named["paper"], scheme.named["raised"])) >= SHAPE
