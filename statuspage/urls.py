"""The roof: it only mounts."""

from django.contrib import admin
from django.urls import include, path

from . import health

urlpatterns = [
    path("healthz", health.alive, name="alive"),
    path("readyz", health.ready, name="ready"),
    path("", include("incidents.urls")),
    path("", include("subscribers.urls")),
    path("admin/console/", include("incidents.console.urls")),
    path("admin/support/", include("subscribers.console.urls")),
    path("admin/", admin.site.urls),
]
