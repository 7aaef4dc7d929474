"""The colours of the states are said in static/css/tokens.css. Where they must stand as they are, they are the same."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from statuspage.lib.colour import SHAPE, TEXT, contrast, least_contrast
from statuspage.lib.palette import schemes

CHECKOUT = Path(__file__).resolve().parents[2]
LIGHT, DARK = schemes()
CONSOLE = CHECKOUT / "static/css/console-base.css"
MAIL = CHECKOUT / "templates/emails/_style.css"
DARK_MAIL = CHECKOUT / "templates/emails/_dark.css"
BANNER = CHECKOUT / "static/js/embed.js"
# The states that clients of the v2 JSON know an impact by; without one, something is wrong all the same.
STATE_OF_IMPACT = {
    "none": "degraded_performance",
    "minor": "degraded_performance",
    "major": "partial_outage",
    "critical": "major_outage",
    "maintenance": "under_maintenance",
}


def console_colours() -> dict[str, tuple[str, str]]:
    """Name -> (light, dark), of every custom property of the console that has two colours."""
    found = re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", CONSOLE.read_text())
    return {name: (light, dark) for name, light, dark in found}


def grounds_of_the_admin(css: str) -> list[str]:
    """What Django's admin puts below the console's text, as #rrggbb."""
    text = Path(finders.find(f"admin/css/{css}")).read_text()
    found = re.findall(r"--(?:body-bg|darkened-bg): #([0-9a-f]{3,6});", text)
    return [f"#{digits if len(digits) == 6 else ''.join(digit * 2 for digit in digits)}" for digits in found]


def test_the_console_has_the_pages_colours():
    states = {name: pair for name, pair in console_colours().items() if name.startswith("state-")}
    assert states == {
        f"state-{state.replace('_', '-')}": (LIGHT.states[state], DARK.states[state]) for state in LIGHT.states
    }


@pytest.mark.parametrize(("number", "css"), [(0, "base.css"), (1, "dark_mode.css")], ids=["light", "dark"])
def test_the_consoles_colours_can_be_read_on_the_admins_grounds(number, css):
    grounds = grounds_of_the_admin(css)
    assert len(grounds) >= 2
    for name, pair in console_colours().items():
        if name == "act-ink":
            assert contrast(pair[number], console_colours()["act"][number]) >= TEXT
        else:
            assert least_contrast(pair[number], grounds) >= (SHAPE if name == "edge" else TEXT), name


@pytest.mark.parametrize(("file", "scheme"), [(MAIL, LIGHT), (DARK_MAIL, DARK)], ids=["light", "dark"])
def test_a_mail_has_the_pages_colours(file, scheme):
    css = file.read_text()
    states = "|".join(scheme.states)
    assert dict(re.findall(rf"\.({states}) {{ color: (#[0-9a-f]{{6}})", css)) == scheme.states
    assert dict(re.findall(rf"\.({states})-edge {{ border-left-color: (#[0-9a-f]{{6}})", css)) == scheme.states


def test_the_banner_has_the_pages_colours_for_dark_ground():
    script = BANNER.read_text()
    colours = dict(re.findall(r'(\w+): "(#[0-9a-f]{6})"', script))
    assert colours == {impact: DARK.states[state] for impact, state in STATE_OF_IMPACT.items()}
    (ground,) = re.findall(r"background:(#[0-9a-f]{6})", script)
    assert ground == LIGHT.named["ink"]
    assert all(contrast(colour, ground) >= SHAPE for colour in colours.values())


def test_no_other_file_says_the_colour_of_a_state():
    compared = {CHECKOUT / "static/css/tokens.css", CONSOLE, MAIL, DARK_MAIL, BANNER}
    colours = re.compile("|".join([*LIGHT.states.values(), *DARK.states.values()]), re.IGNORECASE)
    files = [file for folder in ("static", "templates") for file in (CHECKOUT / folder).rglob("*") if file.is_file()]
    saying = {file for file in files if file.suffix != ".png" and colours.search(file.read_text())}
    assert saying == compared
