"""The times that the words of an update promise, read as a customer reads them.

Two kinds: when we write again ("We write again by 06:45 UTC", "next update in 30 min"), and from when to when a
maintenance lasts ("from 22:00 to 23:00"). Times of what happened, and of when things will work again, are neither.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from statuspage.lib.times_in_words import Time, is_range, times

_FAR = 70  # characters between the word that promises and its time
_LONGEST = 1_000  # characters of a sentence; nobody reads on, and each time is held against each promise
_HOURS_BACK = timedelta(hours=3)  # a clock that was passed so short ago is a promise that was not kept
_SENTENCE = re.compile(r"(?<=[.!?])(?<![ap]\.m\.)\s+(?=[^\W\d_]|[“\"(])|\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)")
_NOT_OURS = re.compile(r"~~.*?~~|^(?:>|    ).*$", re.MULTILINE)  # struck, quoted or code: not said now

_HEADING = re.compile(r"^(\W*next\s+(?:status\s+)?update)[ :|]*\n+", re.IGNORECASE | re.MULTILINE)

_WORD = r"(?:updates?|word|news|information|info|details|message|notice|bulletin)"
_NEXT = re.compile(
    rf"\bnext\s+(?:[\w-]+\s+){{0,2}}?{_WORD}\b|^\W*next\s+(?:post|report)\b|^\W*next\s*:", re.IGNORECASE | re.MULTILINE
)
_WILL = r"(?:will|shall|['\u2019]ll|going\s+to|aiming\s+to|(?:aim|plan|intend|hope|expect|want)\s+to)"
_WE = r"\b(?:we|i)(?:['\u2019]\w+)?\s+(?:\w+\s+){0,3}?"
_AGAIN = re.compile(
    rf"""(?<!can\s)(?<!could\s)(?<!able\sto\s)\b(?:write|report|post|speak|talk)\s+(?:to\s+you\s+|here\s+)?(?:again|back)\b
    |{_WE}(?:come|get|be|are|check|follow)\s+(?:to\s+you\s+)?(?:again|back|up)\b(?!\s+(?:up|online|in|to\s+normal))
    |\bcheck\s+(?:back|again)\b|\bhears?\s+(?:more\s+|again\s+)?from\s+us\b
    |\b(?:know|say|tell\s+you|hear|share|post|publish)\s+more\b(?!\s+than)
    |(?:{_WILL}|\band|\bwe)\s+(?:keep|let)\s+you\s+(?:updated|posted|informed|know)\b
    |{_WILL}\s+(?:\w+\s+){{0,2}}?(?:update|inform|tell)\s+
        (?:you|this\s+page|the\s+page|everyone|everybody|customers|again)\b
    |{_WILL}\s+(?:\w+\s+){{0,3}}?(?:write|report\s+back|update\s+(?=by|at|in|within))\b(?!\s+(?:the|data|to\s+the))
    |{_WILL}\s+(?:\w+\s+){{0,2}}?(?:provide|post|share|send|publish|give|issue|bring|have)\s+(?:[\w-]+\s+){{0,4}}?{_WORD}\b
    |\b(?:another|further|more|fresh)\s+(?:[\w-]+\s+){{0,2}}?(?:updates?|news|information|info|details)\b
        (?!\s+(?:was|were|had|has|have)\b)
    |\b(?:another|further)\s+message\b|\bexpect\s+(?:[\w-]+\s+){{0,3}}?(?:update|news|word)\b
    |\b(?:an?|the)\s+(?:[\w-]+\s+)?(?:update|news|word)\s+(?:follows?|comes|is\s+due)\b""",
    re.VERBOSE | re.IGNORECASE,
)
# Alone it may be the product's: "stock updates within 30 minutes". Its time stands right behind it.
_BARE = re.compile(
    r"(?:^\W*|\b(?:an|our|regular|status)\s+)(?:status\s+)?updates?\b|^\W*(?:more|latest|news)\b",
    re.IGNORECASE | re.MULTILINE,
)
_PAST = re.compile(
    r"\b(?:was|were|had|has been|have been|did|wrote|(?<!\bbe )(?:said|told|posted|published|sent|shared|announced)|"
    r"promised|earlier|previous|last|since|ago|following|as of)\b",
    re.IGNORECASE,
)
_HAPPENED = re.compile(
    r"(?:\b\w{3,}ed|\b(?:began|fell|saw|seen|came|went|broke|rose|was|were|of|since|from|fix|outage|start|end|problem"
    r"|failures?|deployment|incident|change|release))\s*$",
    re.IGNORECASE,
)
_EARLIER = re.compile(r"\b(?:previous|last|earlier|first)\s+(?:[\w-]+\s+)?$", re.IGNORECASE)
_LINK = re.compile(
    r"^[\s:|(\u2013\u2014,-]*"
    r"(?:(?:is|will\s+be|due|expected|scheduled|planned|provided|to\s+be|follows?|comes)\b[\s:,-]*){0,4}$",
    re.IGNORECASE,
)
_BEFORE_A_SPAN = ("in", "within", "every", "inside")
_BY = ("by", "before", "until", "till", "no later than", "not later than", "at the latest", *_BEFORE_A_SPAN)
_OR = re.compile(r"\s*(?:[(/=,]|or|i\.e\.)?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Promised:
    """A time that the words name, `earliest` to `latest` where it is named roughly. `again`: the same moment once more,
    in another zone. `is_span`: it is counted from now."""

    words: str
    earliest: datetime
    at: datetime
    latest: datetime
    again: bool = False
    is_span: bool = False

    def agrees_with(self, moment: datetime) -> bool:
        return self.earliest <= moment <= self.latest


def promises(text: str, *, at: datetime, zone: tzinfo) -> list[Promised]:
    """Return when `text`, which is plain, says that we write again, in its order. `at`: when it is published."""
    return [one for sentence in sentences(text) for one in _of_sentence(sentence, at, zone)]


def contradictions(text: str, *, moment: datetime | None, at: datetime, zone: tzinfo) -> list[Promised]:
    """Return those of its `promises` with which `moment`, the promise that is filled in, does not agree; None is no
    promise.

    Where one agrees, a later one is a further promise and contradicts nothing.
    """
    found = promises(text, at=at, zone=zone)
    if moment is None:
        return found
    is_named = any(one.agrees_with(moment) for one in found)
    return [one for one in found if not one.agrees_with(moment) and (one.again or not is_named or one.at < moment)]


def sentences(text: str) -> list[str]:
    """Return what is said now, sentence by sentence: without what is struck out, quoted or code."""
    said = _HEADING.sub(r"\1: ", _NOT_OURS.sub("", text))
    return [part[:_LONGEST] for part in _SENTENCE.split(said) if part]


def _of_sentence(sentence: str, at: datetime, zone: tzinfo) -> Iterator[Promised]:
    named = times(sentence)
    taken: set[int] = set()
    for trigger, is_next in _triggers(sentence) if named else ():
        index = _promised_by(trigger, is_next, sentence, named)
        if index is None or index in taken:
            continue
        first = _reading(named[index], at, zone)
        if first is None or _is_told(named[index], first.at, sentence, trigger, is_next, at):
            continue
        taken.add(index)
        yield from _with_alternates(sentence, named, index, first, at, zone)


def _triggers(sentence: str) -> list[tuple[re.Match[str], bool]]:
    """Return what promises, and whether it is the next update by name, which needs no small word in front of its
    time."""
    found = [(match, True) for match in _NEXT.finditer(sentence)]
    found += [(match, False) for match in _AGAIN.finditer(sentence)]
    return found + [(match, False) for match in _BARE.finditer(sentence) if _has_time_behind(match, sentence)]


def _has_time_behind(bare: re.Match[str], sentence: str) -> bool:
    behind = next((time for time in times(sentence[bare.end() :])), None)
    return bool(behind and behind.before and _LINK.match(sentence[bare.end() :][: behind.start]))


def _promised_by(trigger: re.Match[str], is_next: bool, sentence: str, named: list[Time]) -> int | None:
    """Return which of the times is meant: the first behind the promise, or else the one that begins the clause before
    it."""
    for index, time in enumerate(named):
        if time.start >= trigger.start() and time.end > trigger.end():
            gap = sentence[trigger.end() : max(time.start, trigger.end())]
            if _leads_to(gap, time, is_next):
                return index
            break
    before = [index for index, time in enumerate(named) if time.end <= trigger.start()]
    return before[-1] if before and _opens_clause(named[before[-1]], sentence, trigger) else None


def _leads_to(gap: str, time: Time, is_next: bool) -> bool:
    if len(gap) > _FAR or "{{" in gap or ";" in gap:
        return False
    if time.before in _BY or (time.before == "between" and is_next):
        return True
    if is_next and _LINK.match(gap):
        return True
    return time.before in ("at", "on", "around", "about", "circa") and not _HAPPENED.search(gap)


def _opens_clause(time: Time, sentence: str, trigger: re.Match[str]) -> bool:
    before, gap = sentence[: time.start].rstrip(), sentence[time.end : trigger.start()]
    opens = not before or before[-1] in ",;:\u2013-(" or before.endswith((" and", " but"))
    return opens and time.before in (*_BY, "at", "around", "about") and len(gap) <= 40 and not _PAST.search(gap)


def _is_told(time: Time, moment: datetime, sentence: str, trigger: re.Match[str], is_next: bool, at: datetime) -> bool:
    """Return whether it speaks of what was written before: "our update at 04:10", "we told you more at 04:10"."""
    if is_next:
        return False
    gap = sentence[trigger.end() : time.start] or sentence[time.end : trigger.start()]
    if time.before not in _BY and moment <= at and not re.search(_WILL, trigger[0] + gap, re.IGNORECASE):
        return True
    is_old = _EARLIER.search(sentence[: trigger.start()]) or _PAST.search(gap)
    return bool(is_old) or sentence[time.end : time.end + 1] == ":"


def _reading(time: Time, at: datetime, zone: tzinfo) -> Promised | None:
    moment = time.at(at, zone, back=_HOURS_BACK)
    if moment is None:
        return None
    earliest = at + time.shortest if time.shortest else moment
    return Promised(time.words, earliest - time.slack, moment, moment + time.slack, is_span=bool(time.span))


def _with_alternates(
    sentence: str, named: list[Time], index: int, first: Promised, at: datetime, zone: tzinfo
) -> Iterator[Promised]:
    """The time, as a range where it is one, and the same in other zones: "by 06:45 UTC (07:45 CET)"."""
    time = named[index]
    if index + 1 < len(named) and is_range(sentence, time, named[index + 1]):
        index += 1
        if last := _reading(named[index], first.at, zone):
            words = sentence[time.start : named[index].end].strip()
            first = Promised(words, first.earliest, last.at, last.latest)
    yield first
    for one in named[index + 1 :]:
        gap = sentence[named[index].end : one.start]
        if one.span or one.before or not _OR.fullmatch(gap) or not (other := _reading(one, at, zone)):
            return
        index += 1
        yield Promised(other.words, other.earliest, other.at, other.latest, again=True)
