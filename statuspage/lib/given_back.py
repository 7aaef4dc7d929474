"""Forms whose words come back to whoever typed them, while the database that should have taken them is away.

Without the database nobody can be recognised: the answer holds only what the request itself brought. A view is marked
for it; what is not marked (a password above all) is never sent back.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from statuspage.lib.language import Text

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
_MARK = "gives_back"
_TOKEN = "csrfmiddlewaretoken"  # noqa: S105 -- the name of a field


class Words(NamedTuple):
    """The sentences above the words. `nothing`: what did not happen; `unknown`: the same where it may have.

    `again`: what pressing the button again does then. `labels`: of the fields that somebody types into, by the last
    part of their names.
    """

    nothing: Text
    unknown: Text
    again: Text
    labels: dict[str, Text]


class Field(NamedTuple):
    name: str
    value: str
    label: Text = ""  # none: it travels along unseen

    @property
    def rows(self) -> int:
        """The height of the field in lines; 0 for one that takes a single line."""
        return min(20, self.value.count("\n") + 2) if "\n" in self.value or len(self.value) > 60 else 0


def gives_back(nothing: Text, unknown: Text, again: Text, **labels: Text) -> Callable[[View], View]:
    """Mark a view: see Words."""

    def mark(view: View) -> View:
        setattr(view, _MARK, Words(nothing, unknown, again, labels))
        return view

    return mark


def words_of(request: HttpRequest) -> Words | None:
    """Return what the view behind a request was marked with, if it was sent a form."""
    if request.method != "POST" or not (match := request.resolver_match):
        return None
    of_admin = getattr(match.func, "model_admin", None)
    words: Words | None = getattr(match.func, _MARK, None) or getattr(of_admin, _MARK, None)
    return words


def fields_of(request: HttpRequest, words: Words) -> list[Field]:
    """Return what was posted, in its order; what nobody typed, or left empty, without a label."""
    return list(_fields(request, words.labels))


def _fields(request: HttpRequest, labels: dict[str, Text]) -> Iterator[Field]:
    for name, values in request.POST.lists():
        for value in values if name != _TOKEN else ():
            yield Field(name, value, labels.get(name.rpartition("-")[2], "") if value.strip() else "")
