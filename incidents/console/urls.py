from django.urls import path

from .board import board
from .incident import incident, update
from .merging import merge
from .new_incident import new_incident, new_maintenance
from .preview import page_preview
from .recalling import recall
from .splitting import split_off

app_name = "console"

urlpatterns = [
    path("", board, name="board"),
    path("incidents/new/", new_incident, name="new-incident"),
    path("incidents/<slug:public_id>/", incident, name="incident"),
    path("incidents/<slug:public_id>/updates/", update, name="update"),
    path("incidents/<slug:public_id>/merge/", merge, name="merge"),
    path("incidents/<slug:public_id>/split-off/", split_off, name="split-off"),
    path("incidents/<slug:public_id>/recall/<slug:announcement>/", recall, name="recall"),
    path("preview/", page_preview, name="page-preview"),
    path("maintenances/new/", new_maintenance, name="new-maintenance"),
]
