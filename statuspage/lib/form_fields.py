"""The fields of a form by their kind, which a form itself does not tell."""

from typing import TypeVar

from django.forms import BaseForm, ChoiceField, Field

F = TypeVar("F", bound=Field)


def field_of(form: BaseForm, name: str, kind: type[F]) -> F:
    """Return the field `name` of `form`. Raises KeyError without it, TypeError where it is of another kind."""
    field = form.fields[name]
    if not isinstance(field, kind):
        raise TypeError(f"{name} is a {type(field).__name__}")
    return field


def explain_passwords(form: BaseForm, first: str, again: str) -> None:
    """Say in a line what Django's two fields for a new password ask for."""
    form.fields[first].help_text = "At least 8 characters, and nothing that others guess."
    form.fields[again].label, form.fields[again].help_text = f"{form.fields[first].label} once more", ""


def choices_of(field: ChoiceField) -> list[tuple[str, str]]:
    """Return value and label of each choice."""
    return list(field.choices)  # type: ignore[arg-type]  # however they were given, Django keeps them as pairs
