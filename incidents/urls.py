from datetime import datetime

from django.urls import path, register_converter

from . import views


class Month:
    """A month in an address: 2026-11."""

    regex = r"[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> datetime:
        return datetime.strptime(value, "%Y-%m")

    def to_url(self, value) -> str:
        return f"{value:%Y-%m}"


register_converter(Month, "month")

urlpatterns = [
    path("", views.page, name="page"),
    path("incidents/<slug:public_id>/", views.incident, name="incident"),
    path("history/", views.history, name="history"),
    path("history/<month:month>/", views.history, name="history-month"),
    path("history.rss", views.feed, name="history-rss"),
    path("history.atom", views.feed, name="history-atom"),
]
