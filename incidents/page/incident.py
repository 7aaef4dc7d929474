"""One incident or maintenance at its lasting address."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from ..enums import ComponentStatus
from ..models import Incident
from .incident_views import Brand, IncidentView, brand, build_views, public_codes
from .version import Versioned


@dataclass(frozen=True, kw_only=True)
class IncidentPage(Versioned):
    at: datetime
    site: Brand
    story: IncidentView
    month: date | None
    short_url: str
    is_short: bool = False  # shown at its short address, where readers of an SMS arrive

    @property
    def tint(self) -> str:
        """The state that colours the page."""
        return self.story.tint

    @property
    def mark(self) -> ComponentStatus:
        """The mark of the incident: one that is over alarms nobody."""
        return self.story.state if self.story.is_open or self.story.is_maintenance else ComponentStatus.OPERATIONAL


def build(public_id: str, *, at: datetime) -> IncidentPage:
    """The page of one public incident as of `at`. Raises Incident.DoesNotExist, also for a hidden one."""
    incident = Incident.all_kinds.public().with_timeline().get(public_id=public_id)
    site = brand()
    story = build_views([incident], codes=public_codes(), at=at)[0]
    return IncidentPage(
        at=at, site=site, story=story, month=_filed_under(story, site), short_url=incident.get_short_url()
    )


def build_short(code: str, *, at: datetime) -> IncidentPage:
    """The page behind a short address. Raises Incident.DoesNotExist, also where it stands for a hidden incident."""
    incident = Incident.all_kinds.coded(code).first()
    if incident is None:
        raise Incident.DoesNotExist
    return replace(build(incident.public_id, at=at), is_short=True)


def _filed_under(story: IncidentView, site: Brand) -> date | None:
    """Return its month in the history, which has no place for what is only planned."""
    return None if story.is_planned else story.begins_at.astimezone(site.zone).date().replace(day=1)
