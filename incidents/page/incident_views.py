"""An incident or a maintenance as the public reads it: frozen values, no row and no query behind them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from zoneinfo import ZoneInfo

from statuspage.lib.palette import Accents

from ..enums import CLOSED, ComponentStatus, Impact, MaintenanceStatus
from ..models import Component, Incident, IncidentUpdate, Site
from ..status import state_of_incident
from .incident_header import Affected, IncidentHeader
from .marks import mark


@dataclass(frozen=True, kw_only=True)
class Brand:
    name: str
    page_name: str
    support_url: str
    home_url: str
    legal_url: str
    accents: Accents | None
    logo_path: str
    logo_width: int
    logo_height: int
    zone: ZoneInfo


@dataclass(frozen=True, kw_only=True)
class Change:
    """A component moved from one state to another with an update."""

    name: str
    old: ComponentStatus
    new: ComponentStatus


@dataclass(frozen=True, kw_only=True)
class FormerWords:
    """The words that stood in an update until they were edited."""

    html: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Update:
    public_id: str
    label: str
    html: str
    at: datetime
    changes: tuple[Change, ...]
    withdrawn_at: datetime | None = None
    corrects_at: datetime | None = None
    edited_at: datetime | None = None
    promised_at: datetime | None = None
    written_at: datetime | None = None
    former: tuple[FormerWords, ...] = ()
    came_from: str | None = None

    def mark(self, zone: ZoneInfo) -> str:
        """Return what must stand beside it: of what else it was said, that it was withdrawn, corrects another, was
        edited; empty where it simply holds."""
        return mark(
            withdrawn_at=self.withdrawn_at,
            corrects_at=self.corrects_at,
            edited_at=self.edited_at,
            came_from=self.came_from,
            said_at=self.at,
            zone=zone,
        )

    @property
    def changed_at(self) -> datetime:
        """When something about it happened last: written, withdrawn, edited; never before the time that it shows."""
        return max(at for at in (self.at, self.written_at, self.withdrawn_at, self.edited_at) if at)


@dataclass(frozen=True, kw_only=True)
class IncidentSummary(IncidentHeader):
    """One incident or maintenance with what was said of it last and holds."""

    latest: Update | None


@dataclass(frozen=True, kw_only=True)
class IncidentView(IncidentHeader):
    """One incident or maintenance with its whole timeline, newest update first."""

    updates: tuple[Update, ...]

    @property
    def latest(self) -> Update | None:
        """The newest that holds: words that were withdrawn speak for nobody."""
        return next((update for update in self.updates if not update.withdrawn_at), None)

    @property
    def earlier(self) -> tuple[Update, ...]:
        """All others, withdrawn ones among them, which may be newer."""
        return tuple(update for update in self.updates if update != self.latest)

    @property
    def spoke_at(self) -> datetime:
        """The time at which we last said something about it, or took something back."""
        moments = [at for update in self.updates for at in (update.at, update.withdrawn_at) if at]
        return max(moments, default=self.started_at)

    @property
    def changed_at(self) -> datetime:
        """The same, or when its words were last edited, or something was added about an earlier time."""
        return max((self.spoke_at, *(update.changed_at for update in self.updates)))


def brand() -> Brand:
    """Return who speaks, in one query."""
    site = Site.load()
    return Brand(**{field.name: getattr(site, field.name) for field in fields(Brand)})


def public_codes() -> frozenset[str]:
    """The components that may be named, in one query."""
    return frozenset(Component.objects.public().values_list("public_id", flat=True))


def build_views(incidents: Iterable[Incident], *, codes: frozenset[str], at: datetime) -> tuple[IncidentView, ...]:
    """The stories of `incidents` (selected `with_timeline`), as they stand at `at`, naming only `codes`.

    An update keeps the names of its components as they were then: one that was hidden since must not be read there.
    """
    return tuple(
        build_view(incident, affected=_affected(incident), updates=said(incident.updates.all(), codes=codes), at=at)
        for incident in incidents
    )


def build_view(
    incident: Incident, *, affected: tuple[Affected, ...], updates: tuple[Update, ...], at: datetime
) -> IncidentView:
    """The story of one incident, also of one that is not saved: of its rows only itself is read."""
    return IncidentView(**_header(incident, affected, at), updates=updates)


def said(updates: Iterable[IncidentUpdate], *, codes: frozenset[str]) -> tuple[Update, ...]:
    """`updates` by themselves, in their order, naming only `codes`."""
    return tuple(_update(update, codes) for update in updates)


def build_summaries(
    incidents: Iterable[Incident], *, codes: frozenset[str], at: datetime
) -> tuple[IncidentSummary, ...]:
    """The same of `incidents` selected `with_latest`."""
    return tuple(
        IncidentSummary(
            **_header(incident, _affected(incident), at),
            latest=next((_update(one, codes) for one in incident.updates.all()), None),
        )
        for incident in incidents
    )


def build_headers(incidents: Iterable[Incident], *, at: datetime) -> tuple[IncidentHeader, ...]:
    """The same of `incidents` selected `with_affected`, of which nobody asks what was said."""
    return tuple(IncidentHeader(**_header(incident, _affected(incident), at)) for incident in incidents)


def _affected(incident: Incident) -> tuple[Affected, ...]:
    return tuple(
        Affected(name=row.component.name, status=ComponentStatus(row.status)) for row in incident.affected.all()
    )


def _header(incident: Incident, affected: tuple[Affected, ...], at: datetime) -> dict:
    return {
        "pk": incident.pk,
        "public_id": incident.public_id,
        "url": incident.get_absolute_url(),
        "title": incident.title,
        "is_maintenance": incident.is_maintenance,
        "is_open": incident.is_open,
        "is_false_alarm": incident.is_false_alarm,
        "status": incident.status,
        "label": incident.status_label,
        "impact": Impact(incident.impact),
        "state": _state(incident, affected),
        "started_at": incident.started_at,
        "ended_at": incident.resolved_at,
        "scheduled_for": incident.scheduled_for,
        "scheduled_until": incident.scheduled_until,
        "next_update_at": incident.next_update_at,
        "is_overdue": _passed(incident, incident.next_update_at, at),
        "overruns": _passed(incident, _window_edge(incident), at),
        "corrected_at": incident.corrected_at,
        "affected": affected,
    }


def _state(incident: Incident, affected: tuple[Affected, ...]) -> ComponentStatus:
    if incident.is_maintenance:
        return ComponentStatus.UNDER_MAINTENANCE
    return state_of_incident(Impact(incident.impact), (component.status for component in affected))


def _passed(incident: Incident, due: datetime | None, at: datetime) -> bool:
    return due is not None and due < at and incident.status not in CLOSED


def _window_edge(incident: Incident) -> datetime | None:
    """Return what comes next of its window: its beginning while it is only planned, else its end."""
    planned = incident.status == MaintenanceStatus.SCHEDULED
    return incident.scheduled_for if planned else incident.scheduled_until


def _update(update: IncidentUpdate, codes: frozenset[str]) -> Update:
    return Update(
        public_id=update.public_id,
        label=update.status_label,
        html=update.body_html,
        at=update.display_at,
        changes=tuple(_changes(update, codes)),
        withdrawn_at=update.withdrawn_at,
        corrects_at=update.corrects_at,
        edited_at=update.edited_at,
        promised_at=update.next_update_at,
        written_at=update.created_at,
        came_from=update.came_from,
    )


def _changes(update: IncidentUpdate, codes: frozenset[str]) -> Iterator[Change]:
    """Yield what moved with this update: nothing while a maintenance is only planned, or called off before it began."""
    if update.status in (MaintenanceStatus.SCHEDULED, MaintenanceStatus.CANCELLED):
        return
    for row in update.affected_components:
        if row["code"] in codes and row["old_status"] != row["new_status"]:
            yield Change(
                name=row["name"], old=ComponentStatus(row["old_status"]), new=ComponentStatus(row["new_status"])
            )
