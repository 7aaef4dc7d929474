"""The state as a small picture for other people's pages: mark, name and word, legible on light and on dark."""

import unicodedata
from dataclasses import dataclass
from functools import cache
from html import escape

from django.utils.translation import gettext as _

from statuspage.lib.static_files import static_file
from statuspage.lib.text import isolated, printable

from ..enums import ComponentStatus
from ..models import Component, Incident
from ..status import appearance, worst
from .incident_views import brand

CONTENT_TYPE = "image/svg+xml; charset=utf-8"
LONGEST_NAME = 40  # characters
_HEIGHT, _MARK, _GAP, _SIZE = 28, 16, 8, 13  # pixels
_FONT = "-apple-system,Segoe UI,Roboto,Ubuntu,Cantarell,Noto Sans,Liberation Sans,Arial,sans-serif"
_WIDTHS = {"fijlrtI.,:;'!|()[] ": 0.32, "mwMWQO@%—…": 0.9, "ABCDEFGHJKLNPRSTUVXYZ&·": 0.7}  # of the type's size


@dataclass(frozen=True)
class Badge:
    """A badge: whose state it is, how it looks and what it says."""

    name: str
    looks: str  # a component's state, or "none"
    word: str

    def svg(self) -> str:
        """The picture. Only attributes, no style: it may stand under any policy."""
        short = self.name if len(self.name) <= LONGEST_NAME else f"{self.name[: LONGEST_NAME - 1].rstrip()}…"
        name_x = 10 + _MARK + _GAP
        word_x = name_x + _width(short) + _GAP
        width = word_x + _width(self.word, bold=True) + 12
        title = escape(f"{isolated(self.name)}: {self.word}")
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_HEIGHT}" role="img" '
            f'viewBox="0 0 {width} {_HEIGHT}" aria-label="{title}"><title>{title}</title>'
            f'<rect x=".5" y=".5" width="{width - 1}" height="{_HEIGHT - 1}" rx="6" fill="#fff" stroke="#d6d2ca"/>'
            f'<svg x="10" y="{(_HEIGHT - _MARK) // 2}" width="{_MARK}" height="{_MARK}"{_mark(self.looks)}'
            f'<g font-family="{_FONT}" font-size="{_SIZE}">'
            f"{_text(short, name_x, fill='#5d5a54')}{_text(self.word, word_x, fill='#1d1c1a', bold=True)}</g></svg>"
        )


def whole() -> Badge:
    """The state of the whole, which never looks calm while an incident is open. Three queries, or four."""
    site = brand()
    statuses = [ComponentStatus(status) for status in Component.objects.public().values_list("status", flat=True)]
    incidents = Incident.objects.public().open().count()
    name, looks = printable(site.page_name), appearance(statuses, incidents=incidents)
    if not statuses and not Incident.all_kinds.public().exists():
        return Badge(name, "none", _("Not set up yet"))
    if looks == ComponentStatus.OPERATIONAL:
        return Badge(name, looks, _("Everything works") if statuses else _("No incidents"))
    return Badge(name, looks, str(looks.label) if looks == worst(statuses) else _("Incident open"))


def component(public_id: str) -> Badge:
    """The state of one public component. Raises Component.DoesNotExist, also for a hidden one."""
    row = Component.objects.public().get(public_id=public_id)
    status = ComponentStatus(row.status)
    return Badge(printable(row.name), status, str(status.label))


@cache
def _mark(looks: str) -> str:
    """The rest of the mark's svg element, which the favicon shows too."""
    return static_file(f"img/state-{looks}.svg").read_text().strip().removeprefix("<svg")


def _text(text: str, x: int, *, fill: str, bold: bool = False) -> str:
    """A text that takes the width that we gave it, whatever font the reader has."""
    weight = ' font-weight="600"' if bold else ""
    fitted = f'textLength="{_width(text, bold=bold)}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="{x}" y="18.5" {fitted} fill="{fill}"{weight}>{escape(isolated(text))}</text>'


def _width(text: str, *, bold: bool = False) -> int:
    """Return about how many pixels `text` takes."""
    return round(sum(map(_em, text)) * _SIZE * (1.06 if bold else 1))


def _em(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    return next((width for chars, width in _WIDTHS.items() if char in chars), 0.55)
