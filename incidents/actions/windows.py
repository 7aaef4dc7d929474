"""The time that a maintenance lasts by its words, held against its window.

What lasts only for a part of the window ("logins fail between 22:10 and 22:20") agrees with it; so does what is done
before its end. Times of anything else ("support is there from 08:00 to 18:00") are left alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from statuspage.lib.times_in_words import Range, Time, ranges, times

from .promised import sentences

_BACK = timedelta(hours=12)  # a clock means its occurrence nearest to the window
# Of a sentence: that it is about what happened, what does not hold, or the hours of people.
_ELSEWHERE = re.compile(
    r"\b(?:was|were|had|saw|failed|observed|experienced|instead|rather|originally|previously|moved|postponed|no longer|"
    r"not at|not from|support|office|hotline|phone|staff|business hours|working hours|reach us|call us|write again|"
    r"next update)\b",
    re.IGNORECASE,
)
_IN_PART = re.compile(
    r"\b(?:un(?:available|reachable)|interrupt\w*|slow\w*|fails?|offline|down|read-only|short\w*|brief\w*|may|might|can|"
    r"cannot|delay\w*|outages?|moment\w*|step|phase|first|second|then|pause\w*|wait|minutes?)\b",
    re.IGNORECASE,
)
_BEGINS = re.compile(
    r"\b(?:begin(?:s|ning)?|start(?:s|ing)?|commenc\w+|from)\b(?:\s+\w+){0,3}?\s*(?:at|on|from)?\s*$", re.IGNORECASE
)
_ENDS = re.compile(r"\b(?:ends?|ending|lasts?|until|till)\b(?:\s+\w+){0,3}?\s*$", re.IGNORECASE)
_DONE = re.compile(r"\b(?:finish\w*|done|over|complet\w+|back|again|normal\w*)\b(?:\s+\w+){0,3}?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Window:
    """The window of the work, with the zone in which the page speaks and the moment at which it says so."""

    begins: datetime
    ends: datetime
    zone: tzinfo
    said_at: datetime

    def at(self, time: Time) -> datetime | None:
        """The instant of a single time; None for a span and for what there is not."""
        return None if time.span else time.at(self.begins, self.zone, back=_BACK, said_at=self.said_at)

    def is_named_by(self, one: Range) -> bool:
        return one.at(self.begins, self.zone, back=_BACK, said_at=self.said_at) in (None, (self.begins, self.ends))

    def holds(self, one: Range) -> bool:
        found = one.at(self.begins, self.zone, back=_BACK, said_at=self.said_at)
        return found is not None and self.begins <= found[0] and found[1] <= self.ends


def contradictions(text: str, window: Window) -> list[str]:
    """The words of `text`, which is plain, that name other times for the work than `window`, in order."""
    said = [sentence for sentence in sentences(text) if not _ELSEWHERE.search(sentence)]
    is_named = any(window.is_named_by(one) for sentence in said for one in ranges(sentence))
    return [words for sentence in said for words in _of_sentence(sentence, window, is_named)]


def _of_sentence(sentence: str, window: Window, is_named: bool) -> Iterator[str]:
    """`is_named`: the window itself is named somewhere, so that what lies within it is a part."""
    may_be_part = is_named or bool(_IN_PART.search(sentence))
    found = list(ranges(sentence))
    for one in found:
        if not window.is_named_by(one) and not (may_be_part and window.holds(one)):
            yield one.words
    of_ranges = {time.start for one in found for time in (one.since, one.until)}
    for time in times(sentence):
        if time.start not in of_ranges and not _agrees(time, sentence, window, may_be_part):
            yield time.words


def _agrees(time: Time, sentence: str, window: Window, may_be_part: bool) -> bool:
    """A single time: of the beginning it must be the beginning, of the end the end, or be done before."""
    moment, before = window.at(time), sentence[: time.start]
    if moment is None or (may_be_part and window.begins <= moment <= window.ends):
        return True
    if _BEGINS.search(before) or time.before == "from":
        return moment == window.begins
    if _ENDS.search(before) or time.before in ("until", "till"):
        return moment in (window.begins, window.ends)
    return moment <= window.ends or not _DONE.search(before)
