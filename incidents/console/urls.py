from django.urls import path

from .board import board
from .editing import edit_update
from .facts import facts
from .incident import incident, update
from .new_incident import new_incident, new_maintenance
from .preview import page_preview
from .recalling import recall

app_name = "console"

urlpatterns = [
    path("", board, name="board"),
    path("incidents/new/", new_incident, name="new-incident"),
    path("incidents/<slug:public_id>/", incident, name="incident"),
    path("incidents/<slug:public_id>/facts/", facts, name="facts"),
    path("incidents/<slug:public_id>/updates/", update, name="update"),
    path("incidents/<slug:public_id>/updates/<slug:update>/edit/", edit_update, name="edit-update"),
    path("incidents/<slug:public_id>/recall/<slug:announcement>/", recall, name="recall"),
    path("preview/", page_preview, name="page-preview"),
    path("maintenances/new/", new_maintenance, name="new-maintenance"),
]
