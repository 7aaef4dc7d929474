"""Addresses that last: they are in mails, feeds and other people's pages."""

from datetime import date

from django.urls import include, path, register_converter

from . import views


class Month:
    """A month in an address, 2026-11, as the date of its first day."""

    regex = r"[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(f"{value}-01")

    def to_url(self, value: date) -> str:
        return f"{value:%Y-%m}"


register_converter(Month, "month")

urlpatterns = [
    path("", views.page, name="page"),
    path("incidents/<slug:public_id>/", views.incident, name="incident"),
    path("components/<slug:public_id>/", views.component, name="component"),
    path("history/", views.history, name="history"),
    path("history/<month:month>/", views.history, name="history-month"),
    path("logo", views.logo, name="logo"),
    path("history.rss", views.rss, name="history-rss"),
    path("history.atom", views.atom, name="history-atom"),
    path("", include("incidents.api.urls")),
]
