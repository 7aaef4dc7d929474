"""Addresses that last: they are in mails, feeds and other people's pages."""

from datetime import date

from django.urls import include, path, register_converter

from statuspage.lib.ids import ALPHABET, LENGTH

from . import views
from .models.incident import CODE_LENGTH


class Month:
    """A month in an address, 2026-11, as the date of its first day."""

    regex = r"[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(f"{value}-01")

    def to_url(self, value: date) -> str:
        return f"{value:%Y-%m}"


class Year:
    """A year in an address, as a number."""

    regex = r"20[0-9]{2}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class Part:
    """The part of a month, or of a year, from the second on: the first has the month's own address."""

    regex = r"[2-9]|[1-9][0-9]{1,3}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class Code:
    """The short name of an incident: see Incident.short_code. Far shorter than any token below the same path."""

    regex = rf"[{ALPHABET}]{{{CODE_LENGTH}}}(?:[{ALPHABET}]{{{LENGTH - CODE_LENGTH}}})?"

    def to_python(self, value: str) -> str:
        return value

    to_url = to_python


register_converter(Code, "code")
register_converter(Month, "month")
register_converter(Part, "part")
register_converter(Year, "year")

urlpatterns = [
    path("", views.page, name="page"),
    path("incidents/<slug:public_id>/", views.incident, name="incident"),
    path("s/<code:code>/", views.incident_short, name="incident-short"),
    path("components/<slug:public_id>/", views.component, name="component"),
    path("history/", views.history, name="history"),
    path("history/search/", views.search, name="search"),
    path("history/<month:month>/", views.history, name="history-month"),
    path("history/<month:month>/<part:part>/", views.history, name="history-month-part"),
    path("bulletins/", views.bulletins, name="bulletins"),
    path("bulletins/<year:year>/", views.bulletins, name="bulletins-year"),
    path("bulletins/<year:year>/<part:part>/", views.bulletins, name="bulletins-year-part"),
    path("bulletins/<slug:public_id>/", views.bulletin, name="bulletin"),
    path("logo", views.logo, name="logo"),
    path("", include("incidents.api.urls")),
]
