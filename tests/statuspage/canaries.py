"""A word that occurs nowhere else in every text field that no stranger may read, whatever models there are."""

from itertools import count

from django.apps import apps
from django.db import models
from django.utils import timezone

from incidents.models import Bulletin, Component, ComponentGroup, Incident, IncidentUpdate, Site

_number = count(1)
_TEXT = (models.CharField, models.TextField, models.JSONField)
# What is no data of the site's: names of models and what one may do with them.
_OF_DJANGO = ("contenttypes", "auth.permission")
# What the public may read, and of which rows. A field or model that is not named here is hidden.
_WORDS = {"public_id", "name", "description"}
PUBLIC = {
    ComponentGroup: (_WORDS, lambda group: group.components.public().exists()),
    Component: (_WORDS, lambda component: component.is_public),
    Incident: ({"public_id", "title"}, lambda incident: incident.is_public),
    Bulletin: (
        {"public_id", "title", "body", "body_html"},
        lambda bulletin: bulletin.was_shown and bulletin.has_begun(timezone.now()),
    ),
    IncidentUpdate: (
        {"public_id", "body", "body_html", "affected_components"},
        lambda update: update.incident.is_public,
    ),
}


def canary() -> str:
    """Fits into every field, also an identifier in an address."""
    return f"zq{next(_number):06d}zq"


def plant() -> dict[str, str]:
    """Put a canary into every hidden text field of every row, and make a row of each model that has none.

    Returns where each is: canary to "model.field". Rows are changed behind the models' backs.
    """
    places = {}
    for model in apps.get_models():
        if not model._meta.label_lower.startswith(_OF_DJANGO) and not model._meta.proxy and model is not Site:
            if not model._base_manager.exists():
                _make(model)
            for row in model._base_manager.all():
                places |= _plant_in(row)
    return places


def _plant_in(row: models.Model) -> dict[str, str]:
    shown, is_public = PUBLIC.get(type(row), (set(), lambda row: False))
    exempt = shown if is_public(row) else set()
    fields = [field for field in text_fields(type(row)) if field.name not in exempt]
    places = {field.name: canary() for field in fields}
    values = {field.name: [places[field.name]] if _is_json(field) else places[field.name] for field in fields}
    if values:
        type(row)._base_manager.filter(pk=row.pk).update(**values)
    return {word: f"{row._meta.label}.{name}" for name, word in places.items()}


def text_fields(model: type[models.Model]) -> list[models.Field]:
    """Those that can hold any words: no choices, no key that others point to."""
    fields = model._meta.concrete_fields
    return [field for field in fields if isinstance(field, _TEXT) and not field.choices and not field.primary_key]


def _make(model: type[models.Model]) -> None:
    """One row with whatever its fields allow, for a model that the tests know nothing of."""
    values = {}
    for field in model._meta.concrete_fields:
        if not (field.null or field.has_default() or field.has_db_default() or isinstance(field, models.AutoField)):
            values[field.attname] = _some_value(field)
    model._base_manager.bulk_create([model(**values)])


def _some_value(field: models.Field):
    if field.remote_field:
        return field.related_model._base_manager.values_list("pk", flat=True).last()
    if field.choices:
        return next(value for value, _ in field.flatchoices)
    if isinstance(field, _TEXT):
        return [] if _is_json(field) else canary()
    return timezone.now() if isinstance(field, models.DateTimeField) else 1


def _is_json(field: models.Field) -> bool:
    return isinstance(field, models.JSONField)
