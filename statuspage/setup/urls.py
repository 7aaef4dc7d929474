from django.urls import path

from .views import checklist, components

app_name = "setup"

urlpatterns = [
    path("", checklist, name="checklist"),
    path("components/", components, name="components"),
]
