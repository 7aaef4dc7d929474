from django.urls import path

from .board import board
from .bulletin import bulletin, bulletins, edit_bulletin, new_bulletin
from .bulletin_acts import end_bulletin, pin_bulletin, withdraw_bulletin
from .bulletin_preview import bulletin_preview
from .editing import edit_update
from .facts import facts
from .incident import incident, update
from .merging import merge
from .new_incident import new_incident, new_maintenance
from .preview import page_preview
from .recalling import recall
from .series import end_series
from .splitting import split_off

app_name = "console"

urlpatterns = [
    path("", board, name="board"),
    path("incidents/new/", new_incident, name="new-incident"),
    path("incidents/<slug:public_id>/", incident, name="incident"),
    path("incidents/<slug:public_id>/facts/", facts, name="facts"),
    path("incidents/<slug:public_id>/updates/", update, name="update"),
    path("incidents/<slug:public_id>/updates/<slug:update>/edit/", edit_update, name="edit-update"),
    path("incidents/<slug:public_id>/merge/", merge, name="merge"),
    path("incidents/<slug:public_id>/split-off/", split_off, name="split-off"),
    path("incidents/<slug:public_id>/end-series/", end_series, name="end-series"),
    path("incidents/<slug:public_id>/recall/<slug:announcement>/", recall, name="recall"),
    path("bulletins/", bulletins, name="bulletins"),
    path("bulletins/new/", new_bulletin, name="new-bulletin"),
    path("bulletins/preview/", bulletin_preview, name="bulletin-preview"),
    path("bulletins/<slug:public_id>/", bulletin, name="bulletin"),
    path("bulletins/<slug:public_id>/edit/", edit_bulletin, name="bulletin-edit"),
    path("bulletins/<slug:public_id>/pin/", pin_bulletin, name="bulletin-pin"),
    path("bulletins/<slug:public_id>/end/", end_bulletin, name="bulletin-end"),
    path("bulletins/<slug:public_id>/withdraw/", withdraw_bulletin, name="bulletin-withdraw"),
    path("preview/", page_preview, name="page-preview"),
    path("maintenances/new/", new_maintenance, name="new-maintenance"),
]
