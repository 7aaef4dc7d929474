"""The roof: it only mounts."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("incidents.urls")),
    path("", include("subscribers.urls")),
    path("admin/console/", include("incidents.console.urls")),
    path("admin/support/", include("subscribers.console.urls")),
    path("admin/", admin.site.urls),
]
