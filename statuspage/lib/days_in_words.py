"""Days as people write them: "today", "on Monday", "2 December", "Dec 2nd, 2026", "2026-12-02"."""

import re
from datetime import date, timedelta

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_NUMBER = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = rf"(?:{_NUMBER}\.?\s+(?:of\s+)?{_MONTH}\b\.?|{_MONTH}\.?\s+{_NUMBER})(?:,?\s+20\d\d)?|20\d\d-\d\d-\d\d"
_WEEKDAY = rf"(?:{'|'.join(_WEEKDAYS)})"
# One expression without groups, to stand inside others, which ignore case and spaces.
DAY = rf"(?:today|tonight|tomorrow|(?:this\s+)?{_WEEKDAY}(?:,?\s+(?:the\s+)?(?:{_DATE}))?|{_DATE})"
_OF_MONTH = re.compile(rf"(?P<number>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(?P<month>{_MONTH})")
_MONTH_FIRST = re.compile(rf"(?P<month>{_MONTH})\.?\s+(?P<number>\d{{1,2}})")


def day_of(words: str, today: date) -> date | None:
    """The date of what DAY found, in lower case; a weekday is the next one, a date without a year the nearest one.

    None for a date that there is not.
    """
    if words in ("today", "tonight", "tomorrow"):
        return today + timedelta(days=words == "tomorrow")
    if iso := re.search(r"20\d\d-\d\d-\d\d", words):
        return _made(*map(int, iso[0].split("-")))
    if found := _OF_MONTH.search(words) or _MONTH_FIRST.search(words):
        return _dated(found, words, today)
    weekday = next(n for n, name in enumerate(_WEEKDAYS) if name in words)
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _dated(found: re.Match[str], words: str, today: date) -> date | None:
    number, month = int(found["number"]), _MONTHS.index(found["month"][:3]) + 1
    if year := re.search(r"20\d\d", words):
        return _made(int(year[0]), month, number)
    made = filter(None, (_made(today.year + n, month, number) for n in (-1, 0, 1)))
    return min(made, key=lambda day: abs(day - today), default=None)


def _made(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
