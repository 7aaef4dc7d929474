"""Times that a person types, in the current zone; and what the night of a clock change makes of them."""

import re
from datetime import datetime, tzinfo
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from statuspage.lib import local_time

_PLAIN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
# Beside the field of a time that comes twice: which of the two is meant, as the time with its offset.
WHICH = "-which"
_BOTH = ("first", "second")


Values = TypeVar("Values", QueryDict, dict[str, str])


def answered(values: Values) -> Values:
    """`values` with each time as it was answered which is meant; an answer about another time says nothing."""
    typed = {name: value for name, value in values.items() if isinstance(value, str)}
    answers = {name.removesuffix(WHICH): answer for name, answer in typed.items() if name.endswith(WHICH)}
    meant = {name: answer for name, answer in answers.items() if typed.get(name) and answer.startswith(typed[name])}
    if meant:
        values = values.copy()
        values.update(meant)
    return values


class MomentInput(forms.DateTimeInput):
    """The browser's own field; plain text for what that field would leave empty, like a time with an offset."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        context["widget"]["type"] = "datetime-local" if not shown or _PLAIN.fullmatch(shown) else "text"
        return context


class MomentBoundField(forms.BoundField):
    field: "MomentField"

    @property
    def which(self) -> list[tuple[str, str]]:
        """Value and words of each instant that the time shown may mean, where that is two; else nothing."""
        told = self.field.told_apart(self.value())
        return [(told[f"{one}_value"], f"the {one}, {told['clock']} {told[one]}") for one in _BOTH] if told else []

    @property
    def which_name(self) -> str:
        return f"{self.html_name}{WHICH}"

    @property
    def moved(self) -> str:
        """The sentence that the clocks leave out what was typed, and which time was taken; empty where they do not."""
        return self.field.moved_from(self.data if self.form.is_bound else self.initial)


class MomentField(forms.DateTimeField):
    """A date and time in the page's zone, of this century: at the ends of the calendar no zone can be reckoned.

    Comes back as it was understood: in the night of a clock change with its offset, or moved out of the gap. Of a time
    that comes twice it is asked which is meant, unless the first is not later than `after`.
    """

    bound_field_class = MomentBoundField
    after: datetime | None = None
    zone: tzinfo | None = None  # in which it is typed; None is the current one

    @property
    def typed_in(self) -> tzinfo:
        return self.zone or timezone.get_current_timezone()

    def __init__(self, **kwargs: Any):
        messages = {
            "invalid": "Write a date and a time, like 2026-11-21 14:30.",
            "required": "Say when.",
            "twice": "%(clock)s comes twice that night: the first (%(first)s) or the second (%(second)s)?",
        }
        ours: dict[str, Any] = {"widget": MomentInput(), "error_messages": messages}
        super().__init__(**ours | kwargs)

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values or isinstance(value, datetime):
            return value or None
        moment, letters = self._read(value)
        if timezone.is_aware(moment):
            return moment
        zone = self.typed_in
        if not letters and (both := local_time.twice(moment, zone)):
            return self._one_of(*both)
        try:
            return local_time.instant(moment, zone, letters)
        except ValueError:
            raise ValidationError(f"The page's zone is not called {letters} at this time.", code="zone") from None

    def _one_of(self, first: datetime, second: datetime) -> datetime:
        """The second where the first is past. Raises ValidationError where either may be meant."""
        if self.after and first <= self.after:
            return second
        raise ValidationError(self.error_messages["twice"], code="twice", params=_apart(first, second, self.typed_in))

    def _read(self, text: str) -> tuple[datetime, str]:
        """The time as it is written, and the letters of its zone where there are any."""
        clock, letters = local_time.split(text.strip())
        try:
            # Not DateTimeField's own: that refuses what the clocks show twice or leave out.
            found = parse_datetime(clock) or super(forms.DateTimeField, self).to_python(clock)
            moment: datetime = found  # type: ignore[assignment]  # never None: it would have raised
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        if not 2000 <= moment.year < 2100:
            raise ValidationError(f"Check the year {moment.year}.", code="invalid")
        return moment, letters

    def prepare_value(self, value: Any) -> Any:
        try:
            moment = self.to_python(value)
        except ValidationError as error:
            return self._read(value)[0].isoformat(timespec="minutes") if error.code == "twice" else value
        return local_time.as_typed(moment, self.typed_in) if moment else value

    def told_apart(self, shown: Any) -> dict[str, str]:
        """How to tell the two instants apart that `shown` may mean; empty where it means one or none."""
        try:
            self.to_python(shown)
        except ValidationError as error:
            return error.params or {} if error.code == "twice" else {}
        return {}

    def moved_from(self, typed: Any) -> str:
        """See MomentBoundField.moved."""
        try:
            moment, letters = self._read(typed) if isinstance(typed, str) else (None, "")
        except ValidationError:
            return ""
        zone = self.typed_in
        if moment is None or timezone.is_aware(moment) or not local_time.is_left_out(moment, zone):
            return ""
        taken = local_time.instant(moment, zone, letters).astimezone(zone)
        named = f"{taken:%H:%M} {local_time.zone_name(taken)}"
        return f"The clocks leave out {moment:%H:%M} that night. Taken as {named}."


def _apart(first: datetime, second: datetime, zone: tzinfo) -> dict[str, str]:
    names = {one: local_time.zone_name(at.astimezone(zone)) for one, at in zip(_BOTH, (first, second), strict=True)}
    values = {f"{one}_value": local_time.as_typed(at, zone) for one, at in zip(_BOTH, (first, second), strict=True)}
    return names | values | {"clock": f"{first.astimezone(zone):%H:%M}"}
