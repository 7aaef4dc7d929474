"""One incident or maintenance at its lasting address."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime

from ..enums import ComponentStatus
from ..models import Incident, Site, UpdateRevision
from .incident_views import Brand, FormerWords, IncidentView, brand, build_views, public_codes
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
    story = _with_former_words(build_views([incident], codes=public_codes(), at=at)[0])
    return IncidentPage(
        at=at, site=site, story=story, month=_filed_under(story, site), short_url=incident.get_short_url()
    )


def build_short(code: str, *, at: datetime) -> IncidentPage:
    """The page behind a short address. Raises Incident.DoesNotExist, also where it stands for a hidden incident."""
    incident = Incident.all_kinds.coded(code).first()
    if incident is None:
        raise Incident.DoesNotExist
    return replace(build(incident.public_id, at=at), is_short=True)


def _with_former_words(story: IncidentView) -> IncidentView:
    """Return it with what stood in its updates before they were edited, where the site shows that; one or two queries
    for a story in which one was."""
    if not any(update.edited_at for update in story.updates) or not Site.load().shows_former_words:
        return story
    former = defaultdict(list)
    rows = UpdateRevision.objects.filter(update__incident=story.pk)
    for code, html, until in rows.values_list("update__public_id", "body_html", "at"):
        former[code].append(FormerWords(html=html, until=until))
    return replace(story, updates=tuple(replace(one, former=tuple(former[one.public_id])) for one in story.updates))


def _filed_under(story: IncidentView, site: Brand) -> date | None:
    """Return its month in the history, which has no place for what is only planned."""
    return None if story.is_planned else story.begins_at.astimezone(site.zone).date().replace(day=1)
