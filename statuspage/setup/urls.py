from django.urls import path

from .views import checklist, components, sender_domain

app_name = "setup"

urlpatterns = [
    path("", checklist, name="checklist"),
    path("sender/", sender_domain, name="sender"),
    path("components/", components, name="components"),
]
