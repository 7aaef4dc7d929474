"""The roof: it only mounts."""

from django.contrib import admin
from django.urls import include, path

from .monitoring import health, metrics
from .setup.account import setup

handler400 = "statuspage.errors.bad_request"
handler403 = "statuspage.errors.permission_denied"
handler404 = "statuspage.errors.page_not_found"
handler500 = "statuspage.errors.server_error"

urlpatterns = [
    path("healthz", health.alive, name="alive"),
    path("readyz", health.ready, name="ready"),
    path("metrics", metrics.metrics, name="metrics"),
    path("", include("incidents.urls")),
    path("", include("subscribers.urls")),
    path("setup/<str:token>/", setup, name="setup"),
    path("admin/setup/", include("statuspage.setup.urls")),
    path("admin/console/", include("incidents.console.urls")),
    path("admin/support/", include("subscribers.staff_urls")),
    path("admin/", admin.site.urls),
]
