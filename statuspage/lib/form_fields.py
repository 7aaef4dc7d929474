"""The fields of a form by their kind, which a form itself does not tell."""

from typing import TypeVar

from django.forms import BaseForm, Field

F = TypeVar("F", bound=Field)


def field_of(form: BaseForm, name: str, kind: type[F]) -> F:
    """Return the field `name` of `form`. Raises KeyError without it, TypeError where it is of another kind."""
    field = form.fields[name]
    if not isinstance(field, kind):
        raise TypeError(f"{name} is a {type(field).__name__}")
    return field
