"""One incident or maintenance at its lasting address."""

from dataclasses import dataclass
from datetime import date, datetime

from ..enums import ComponentStatus
from ..models import Incident
from .stories import Brand, Story, brand, public_codes, tell
from .version import Versioned


@dataclass(frozen=True, kw_only=True)
class IncidentPage(Versioned):
    at: datetime
    site: Brand
    story: Story
    month: date | None

    @property
    def tint(self) -> str:
        """The state that colours the page."""
        return self.story.tint

    @property
    def mark(self) -> ComponentStatus:
        """Its mark: an incident that is over alarms nobody."""
        return self.story.state if self.story.is_open or self.story.is_maintenance else ComponentStatus.OPERATIONAL


def build(public_id: str, *, at: datetime) -> IncidentPage:
    """The page of one public incident as of `at`. Raises Incident.DoesNotExist, also for a hidden one."""
    incident = Incident.all_kinds.public().with_timeline().get(public_id=public_id)
    site = brand()
    story = tell([incident], codes=public_codes(), at=at)[0]
    return IncidentPage(at=at, site=site, story=story, month=_filed_under(story, site))


def _filed_under(story: Story, site: Brand) -> date | None:
    """Its month in the history, which has no place for what is only planned."""
    return None if story.is_planned else story.begins_at.astimezone(site.zone).date().replace(day=1)
