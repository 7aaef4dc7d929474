"""The definitions of reference links: "[status]: https://example.com"."""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

_DEFINITION = re.compile(r" {0,3}\[([^\[\]]{1,100}+)\]: *+(\S++)$")


class Definitions:
    """The targets of a text by name. A line that no link uses stays where it is: it was written to be read."""

    def __init__(self) -> None:
        self._targets: dict[str, str] = {}
        self._lines: dict[str, tuple[Element, Element]] = {}
        self._used: set[str] = set()

    @staticmethod
    def is_one(lines: Sequence[str], at: int, in_paragraph: bool) -> bool:
        return not in_paragraph and bool(_DEFINITION.match(lines[at]))

    def read(self, parent: Element, lines: Sequence[str], at: int) -> int:
        """Remember the target, and show the line for now. The first of a name counts."""
        ((label, target),) = _DEFINITION.findall(lines[at])
        paragraph = SubElement(parent, "p")
        paragraph.text = "\\" + lines[at].strip()  # escaped, or it would be a link to itself
        if _name(label) not in self._targets:
            self._targets[_name(label)], self._lines[_name(label)] = target, (parent, paragraph)
        return at + 1

    def find(self, label: str) -> str | None:
        """The target of `label`, None where there is none."""
        return self._targets.get(_name(label)) if self._targets and len(label) <= 100 else None

    def use(self, label: str) -> None:
        """A link leads to what `find` found."""
        self._used.add(_name(label))

    def hide_used(self) -> None:
        """Take away the lines that did their work."""
        for name in self._used:
            parent, paragraph = self._lines[name]
            parent.remove(paragraph)


def _name(label: str) -> str:
    return " ".join(label.split()).casefold()
