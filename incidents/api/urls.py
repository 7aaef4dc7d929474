"""Addresses for programs, at the host root, where clients of the field look for them."""

from django.urls import path

from . import v2

urlpatterns = [
    path("api/v2/summary.json", v2.summary, name="v2-summary"),
    path("api/v2/status.json", v2.status, name="v2-status"),
    path("api/v2/components.json", v2.components, name="v2-components"),
    path("api/v2/incidents.json", v2.incidents, name="v2-incidents"),
    path("api/v2/incidents/unresolved.json", v2.unresolved_incidents, name="v2-incidents-unresolved"),
    path("api/v2/scheduled-maintenances.json", v2.scheduled_maintenances, name="v2-maintenances"),
    path("api/v2/scheduled-maintenances/upcoming.json", v2.upcoming_maintenances, name="v2-maintenances-upcoming"),
    path("api/v2/scheduled-maintenances/active.json", v2.active_maintenances, name="v2-maintenances-active"),
    path("api/v2/", v2.unknown),
    path("api/v2/<path:path>", v2.unknown),
]
