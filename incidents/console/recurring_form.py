"""The fields that say how planned work comes back, and the windows that they make."""

from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.functional import cached_property

from ..actions.recurrence import LONGEST_RULE, Occurrence, Recurrence, check, read_start
from .asked_form import AskedForm, lines

SHOWN = 6  # windows in the preview: two changes of a month, or of the clocks
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Repeats(TextChoices):
    ONCE = "", "Once"
    DAILY = "daily", "Every day"
    WEEKLY = "weekly", "Every week, on that day"
    FORTNIGHTLY = "fortnightly", "Every two weeks, on that day"
    BY_DATE = "by-date", "Every month, on that date"
    BY_WEEKDAY = "by-weekday", "Every month, on that day of the week: the first Sunday"
    BY_RULE = "by-rule", "By a rule of its own"


_RULES: dict[str, str] = {
    Repeats.DAILY: "FREQ=DAILY",
    Repeats.WEEKLY: "FREQ=WEEKLY",
    Repeats.FORTNIGHTLY: "FREQ=WEEKLY;INTERVAL=2",
    Repeats.BY_DATE: "FREQ=MONTHLY",
}


class RecurringFields(AskedForm):
    """Part of a form with `scheduled_for`, `scheduled_until` and `zone`, whose wall times it repeats."""

    repeats = forms.ChoiceField(
        choices=Repeats.choices,
        required=False,
        label="Repeats",
        help_text="Subscribers are written to about the first window now, and about each when it comes near. Say "
        "in your words that it comes back.",
    )
    repeats_until = forms.DateField(
        required=False,
        label="For the last time on",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Empty: until you end the series.",
    )
    rrule = forms.CharField(
        required=False,
        label="Rule of its own",
        max_length=LONGEST_RULE,
        help_text="As calendars write it: FREQ=MONTHLY;BYDAY=-1FR is the last Friday of each month.",
    )
    exdate = lines(2, label="Not on", help_text="One start a line: 2027-12-26 02:00.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for field, messages in (self._read[1].message_dict if self._read[1] else {}).items():
            self.add_error(self._beside(field), messages)
        return cleaned

    @property
    def recurs(self) -> Recurrence | None:
        """How it comes back as far as it is typed and can be; None for once."""
        return self._read[0]

    def _beside(self, field: str) -> str:
        return "repeats" if field == "rrule" and self.typed("repeats") != Repeats.BY_RULE else field

    @property
    def windows(self) -> list[Occurrence]:
        """Return the first windows, SHOWN at most, as it is typed; none where that cannot be told yet."""
        found = self.recurs.windows(after=self.at, before=self.recurs.furthest) if self.recurs else ()
        return list(islice(found, SHOWN))

    @cached_property
    def _read(self) -> tuple[Recurrence | None, ValidationError | None]:
        """The recurrence, or what keeps it from being one: looked at once, for eight years of windows are walked."""
        try:
            return self._recurrence(), None
        except ValidationError as error:
            return None, error

    def _recurrence(self) -> Recurrence | None:
        """Return how it comes back as it is typed; None for once. Raises ValidationError, by field."""
        begins, ends = self.typed("scheduled_for"), self.typed("scheduled_until")
        if not (self.typed("repeats") and begins and ends and begins < ends):
            return None
        zone = ZoneInfo(self.typed("zone")) if self.typed("zone") else timezone.get_current_timezone()
        rule = self._rule(timezone.make_naive(begins, zone))
        recurrence = Recurrence.of_window(begins, ends, zone, rule, frozenset(self._left_out()))
        check(recurrence)
        return recurrence

    def _rule(self, start: datetime) -> str:
        repeats, until = self.typed("repeats"), self.typed("repeats_until")
        if repeats == Repeats.BY_RULE:
            return self.typed("rrule") or ""
        number = (start.day - 1) // 7 + 1
        weekday = f"FREQ=MONTHLY;BYDAY={number if number < 5 else -1}{_DAYS[start.weekday()]}"
        return _RULES.get(repeats, weekday) + (f";UNTIL={until:%Y%m%d}" if until else "")

    def _left_out(self) -> list[datetime]:
        typed = (self.typed("exdate") or "").split("\n")
        return [read_start(line.strip()) for line in typed if line.strip()]
