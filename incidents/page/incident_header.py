"""One incident or maintenance as it stands, and the words for what it does, did or will do to its components."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from ..enums import ComponentStatus, Impact, MaintenanceStatus
from ..status import in_the_past


@dataclass(frozen=True, kw_only=True)
class Affected:
    name: str
    status: ComponentStatus


@dataclass(frozen=True, kw_only=True)
class IncidentHeader:
    """One incident or maintenance as it stands, without what was said of it."""

    pk: int
    public_id: str
    url: str
    title: str
    is_maintenance: bool
    is_open: bool
    is_false_alarm: bool
    status: str
    label: str
    impact: Impact
    state: ComponentStatus
    started_at: datetime
    ended_at: datetime | None
    scheduled_for: datetime | None
    scheduled_until: datetime | None
    next_update_at: datetime | None
    is_overdue: bool
    overruns: bool
    corrected_at: datetime | None
    affected: tuple[Affected, ...]

    @property
    def begins_at(self) -> datetime:
        """The time at which it happened to the reader: a maintenance is announced long before its window."""
        return self.scheduled_for or self.started_at

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        """Begin and end of a maintenance as planned; None for an incident, which has none."""
        return (self.scheduled_for, self.scheduled_until) if self.scheduled_for and self.scheduled_until else None

    @property
    def is_planned(self) -> bool:
        return self.status == MaintenanceStatus.SCHEDULED

    @property
    def is_over(self) -> bool:
        return not self.is_open

    @property
    def is_quiet(self) -> bool:
        """True where its components' states do not hold now: it has not begun, or is over."""
        return self.is_over or self.is_planned

    @property
    def tint(self) -> str:
        """The state in whose colour it stands; none before it begins and once it is over."""
        return "none" if self.is_quiet else self.state

    @property
    def lasted(self) -> timedelta | None:
        """How long it lasted; None while it does, and where it ended before its window."""
        if self.ended_at is None or self.is_false_alarm or not self.took_place or self.ended_at < self.begins_at:
            return None
        return self.ended_at - self.begins_at

    @property
    def affected_in_words(self) -> tuple[tuple[Affected, str], ...]:
        """The affected components, each with the words after its name: how it is, was or will be."""
        return tuple((one, self._in_words(one.status)) for one in self.affected)

    def _in_words(self, status: ComponentStatus) -> str:
        if self.is_planned:
            return _("will be affected")
        if self.is_false_alarm:
            return _("was not affected")
        if not self.took_place:
            return _("would have been affected")
        return str(status.label) if self.is_open else in_the_past(status)

    @property
    def took_place(self) -> bool:
        """True for what was not merely planned, and not called off."""
        return self.status not in (MaintenanceStatus.SCHEDULED, MaintenanceStatus.CANCELLED)
