"""The fingerprint of what was asked for, by which a repeated key tells a retry from a changed request."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import Model

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# Of the attempt, not of what is said: a retry comes later, and perhaps from a colleague.
_OF_THE_ATTEMPT = {"by", "at", "request_key"}
# What a new incident gets from us or from its first update; whatever else it has was asked for.
_OURS = {
    "id",
    "public_id",
    "source_id",
    "status",
    "started_at",
    "detected_at",
    "acknowledged_at",
    "declared_at",
    "mitigated_at",
    "monitoring_at",
    "resolved_at",
    "next_update_at",
    "corrected_at",
    "is_false_alarm",
    "merged_into",
    "is_split_off",
    "window_moves",
    "owner",
    "created_by",
    "created_at",
    "updated_at",
}


def fingerprint(draft: "DataclassInstance", incident: Model | None = None) -> str:
    """64 hexadecimal digits over every field of `draft` and of `incident`, of one that is saved only which it is.
    None: the draft says all.

    A field that is added later belongs to it unless it is named above. A key that was used under an older rule
    is refused as used for something else: nothing is published twice.
    """
    said = {one.name: _plain(getattr(draft, one.name)) for one in fields(draft) if one.name not in _OF_THE_ATTEMPT}
    content = json.dumps([_about(incident), said], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _about(incident: Model | None) -> object:
    if incident is None or incident.pk is not None:
        return incident and incident.pk
    columns = (field for field in incident._meta.concrete_fields if field.name not in _OURS)
    said = {field.attname: _plain(getattr(incident, field.attname)) for field in columns}
    return said | {"owner": _chosen_owner(incident)}


def _chosen_owner(incident: Model) -> object:
    """Return the owner, where that is somebody else than whoever asks: it belongs to the attempt otherwise."""
    owner, author = getattr(incident, "owner_id", None), getattr(incident, "created_by_id", None)
    return None if owner == author else owner


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return sorted([_plain(key), _plain(one)] for key, one in value.items())
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, Collection) and not isinstance(value, str):
        return sorted(map(_plain, value), key=str)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value if value is None else str(value)
