"""The words of an update as somebody writes them: a text with blanks, and what fills these."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.core.exceptions import ValidationError

from statuspage.lib.text import validate_text

from ..enums import CLOSED
from ..models import IncidentTemplate, Site
from . import steps, wording
from .templates import blanks_in

SAID = ("what_we_know", "what_we_are_doing")
Problems = dict[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class Words:
    """`at`: when they are published, which decides what is past. A problem is told by the field that mends it."""

    text: str
    status: str
    at: datetime
    template: IncidentTemplate | None = None
    what_we_know: str = ""
    what_we_are_doing: str = ""
    next_update_at: datetime | None = None
    expected_fixed_by: datetime | None = None

    @cached_property
    def values(self) -> dict[str, str]:
        """The values for the blanks, as far as they are known, in the language of the site."""
        with Site.speaking():
            moments = {
                "next_update_by": steps.in_words(self.next_update_at, self.at),
                "expected_fixed_by": steps.in_words(self.expected_fixed_by, self.at),
            }
        return {name: getattr(self, name) for name in SAID} | moments

    def filled(self) -> str:
        """The text with its blanks filled, as it would be published."""
        return steps.filled(self.text, self.values).strip()

    def filled_as_far_as_known(self) -> str:
        """The same for a preview, with the names of the blanks that are still empty."""
        return steps.filled_as_far_as_known(self.text, self.values).strip()

    def problems(self, *, title: str | None = None, refused: Collection[str] = ()) -> Problems:
        """Return what keeps them from being published. `refused`: the fields that are refused for another reason."""
        found = self._not_plain() | self._past()
        for field, messages in self._unfilled().items():
            if field not in refused:
                found.setdefault(field, messages)
        asks_again = any(steps.FIELD_OF_BLANK[blank] in {*found, *refused} for blank in blanks_in(self.text))
        found |= self._of_another_step()
        for field, messages in wording.problems(body=self.filled(), title=title).items():
            if field not in refused and not (field == "body" and asks_again):
                found.setdefault(field, messages)
        return found

    def _not_plain(self) -> Problems:
        """Return the problems of each value that could not be published, or that holds a blank itself."""
        found: Problems = {}
        for name in SAID:
            try:
                validate_text(getattr(self, name))
                wording.validate_filled(getattr(self, name))
            except ValidationError as error:
                found[name] = error.messages
        return found

    def _past(self) -> Problems:
        if self.status in CLOSED:
            return {}
        moments = {"next_update_at": self.next_update_at, "expected_fixed_by": self.expected_fixed_by}
        past = (name for name, moment in moments.items() if moment and moment <= self.at)
        return {name: ["This is past; choose a later time."] for name in past}

    def _unfilled(self) -> Problems:
        empty = [blank for blank in blanks_in(self.text) if not self.values[blank]]
        return {
            steps.FIELD_OF_BLANK[blank]: [f"Fill this in, or take {{{{{blank}}}}} out of the text."] for blank in empty
        }

    def _of_another_step(self) -> Problems:
        other = steps.words_of_another_step(self.template, self.status, steps.same_newlines(self.text))
        told = f"These are the words for {other}. Take the words for this state, or change them."
        return {"body": [told]} if other else {}
