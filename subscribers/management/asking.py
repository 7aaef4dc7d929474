"""What the console asks before it publishes, said at a prompt."""

from collections.abc import Collection, Iterable
from datetime import datetime

from incidents.actions import opening
from incidents.actions.doubts import Doubt, asked
from incidents.models import Component


def ways(doubts: Iterable[Doubt]) -> list[str]:
    """Return what may be done about `doubts`, each sentence once: where the console is pressed again, --anyway says
    it."""
    return [sentence.replace("publish again", "add --anyway") for sentence in asked(doubts)]


def noted(components: Collection[Component], *, at: datetime, request_key: str) -> list[str]:
    """Return what to know of a new incident on `components`, in lines; nobody at a prompt is held up by it."""
    found = opening.of_open_ones(components, at=at, request_key=request_key) + opening.of_no_component(components)
    return [f"--component: {doubt.text} {_more(doubt)}".rstrip() for doubt in found]


def _more(doubt: Doubt) -> str:
    update = f"`manage.py incident update {doubt.instead.public_id}` adds to it." if doubt.instead else ""
    return update or doubt.aside
