"""Our rows as the objects of the field's API v2: every key, in its order, with its type. No query is made here.

Where the field has more states than we or fewer: mitigating reads as identified. A cancelled maintenance reads as
completed, for clients know no other end and one that vanished would never be closed on their side; its last update
says in words that it was called off.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from django.conf import settings

from statuspage.lib import markdown

from ..enums import ComponentStatus, IncidentStatus, MaintenanceStatus
from ..models import Component, ComponentGroup, Incident, IncidentUpdate, Site
from ..status import worst
from .marks import mark

_AS_THE_FIELD_SAYS: dict[str, str] = {
    IncidentStatus.MITIGATING: IncidentStatus.IDENTIFIED,
    MaintenanceStatus.CANCELLED: MaintenanceStatus.COMPLETED,
}


def page(site: Site) -> dict:
    """Return whose page it is, and since when it says what it says."""
    return {
        "id": site.public_id,
        "name": site.name,
        "url": settings.SITE_URL,
        "time_zone": site.time_zone,
        "updated_at": moment(site.updated_at, site.zone),
    }


def moment(at: datetime | None, zone: ZoneInfo) -> str | None:
    """ISO 8601 with milliseconds in the page's zone, Z where that is UTC itself."""
    if at is None:
        return None
    local = at.astimezone(zone)
    text = local.isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z" if local.tzname() == "UTC" else text


@dataclass(frozen=True)
class Catalogue:
    """Components in page order (see `ComponentQuerySet.in_order`), a group before its own, counted from 1."""

    site: Site
    components: Sequence[Component]

    def objects(self) -> list[dict]:
        """All of them, groups included; a group has `components`, a leaf has no such key."""
        listed: list[dict] = []
        for _, found in groupby(self.components, key=lambda component: component.group_id):
            members = list(found)
            if group := members[0].group:
                listed.append(self._group(group, members, position=len(listed) + 1))
            listed += [self._leaf(member, position=n) for n, member in enumerate(members, len(listed) + 1)]
        return listed

    def _leaf(self, component: Component, *, position: int) -> dict:
        return self._object(
            component,
            position,
            status=component.status,
            showcase=True,
            start_date=component.start_date and component.start_date.isoformat(),
            group_id=component.group and component.group.public_id,
            group=False,
        )

    def _group(self, group: ComponentGroup, members: Sequence[Component], *, position: int) -> dict:
        state = worst(ComponentStatus(member.status) for member in members)
        values = self._object(
            group, position, status=str(state), showcase=False, start_date=None, group_id=None, group=True
        )
        return values | {"components": [member.public_id for member in members]}

    def _object(self, row: Component | ComponentGroup, position: int, **values) -> dict:
        """`showcase`: its uptime is on the page. Nothing here hides itself while it works."""
        return {
            "id": row.public_id,
            "name": row.name,
            "status": values["status"],
            "created_at": moment(row.created_at, self.site.zone),
            "updated_at": moment(row.updated_at, self.site.zone),
            "position": position,
            "description": row.description or None,
            "showcase": values["showcase"],
            "start_date": values["start_date"],
            "group_id": values["group_id"],
            "page_id": self.site.public_id,
            "group": values["group"],
            "only_show_if_degraded": False,
        }


@dataclass(frozen=True)
class Timelines:
    """Incidents and maintenances selected `with_timeline`, naming only `components` (by id, in page order).

    An update keeps the names of its components as they were then: one that was hidden since must not be read there.
    `announced`: the keys of the updates that we sent out.
    """

    site: Site
    components: Mapping[str, dict]
    announced: Collection[int]

    def incidents(self, rows: Iterable[Incident]) -> list[dict]:
        """`rows`, in their order. No interval of reminders is kept, so it is null."""
        return [self._object(row) | {"reminder_intervals": None} for row in rows]

    def maintenances(self, rows: Iterable[Incident]) -> list[dict]:
        """`rows`, in their order: an incident each, with its window."""
        return [
            self._object(row)
            | {"scheduled_for": self._moment(row.scheduled_for), "scheduled_until": self._moment(row.scheduled_until)}
            for row in rows
        ]

    def _object(self, row: Incident) -> dict:
        updates = list(row.updates.all())
        affected = {one.component.public_id for one in row.affected.all()}
        return {
            "id": row.public_id,
            "name": row.title,
            "status": _status(row.status),
            "created_at": self._moment(row.created_at),
            "updated_at": self._moment(row.updated_at),
            "monitoring_at": self._moment(row.monitoring_at or _verifying_at(updates)),
            "resolved_at": self._moment(row.resolved_at),
            "impact": row.impact,
            "shortlink": row.get_public_url(),
            "started_at": self._moment(row.started_at),
            "page_id": self.site.public_id,
            "incident_updates": [self._update(update, row) for update in updates],
            "components": [shown for code, shown in self.components.items() if code in affected],
        }

    def _update(self, update: IncidentUpdate, incident: Incident) -> dict:
        """We do not tweet, and the field's bodies are plain text.

        One that was withdrawn stays, for clients that have it would keep it; its text begins with the mark, the only
        place that every client shows, as that of an edited one does.
        """
        changed_at = max(at for at in (update.created_at, update.withdrawn_at, update.edited_at) if at)
        return {
            "id": update.public_id,
            "status": _status(update.status),
            "body": self._body(update),
            "incident_id": incident.public_id,
            "created_at": self._moment(update.created_at),
            "updated_at": self._moment(changed_at),
            "display_at": self._moment(update.display_at),
            "affected_components": self._affected(update),
            "deliver_notifications": update.pk in self.announced,
            "custom_tweet": None,
            "tweet_id": None,
        }

    def _body(self, update: IncidentUpdate) -> str:
        about = mark(
            withdrawn_at=update.withdrawn_at,
            corrects_at=update.corrects_at,
            edited_at=update.edited_at,
            came_from=update.came_from,
            said_at=update.display_at,
            zone=self.site.zone,
        )
        said = markdown.plain(update.body_html)
        return f"{about}: {said}" if about else said

    def _affected(self, update: IncidentUpdate) -> list[dict] | None:
        keys = ("code", "name", "old_status", "new_status")
        return [
            {key: one[key] for key in keys} for one in update.affected_components if one["code"] in self.components
        ] or None

    def _moment(self, at: datetime | None) -> str | None:
        return moment(at, self.site.zone)


def _status(status: str) -> str:
    return str(_AS_THE_FIELD_SAYS.get(status, status))


def _verifying_at(updates: Sequence[IncidentUpdate]) -> datetime | None:
    """Return when a maintenance came to what monitoring is to an incident."""
    return min((update.display_at for update in updates if update.status == MaintenanceStatus.VERIFYING), default=None)
