"""One incident or maintenance at its lasting address."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Q

from ..enums import ComponentStatus
from ..models import Incident, Site, UpdateRevision
from .incident_views import Brand, FormerWords, IncidentView, brand, build_views, public_codes
from .lively import changed_lately
from .version import Versioned


@dataclass(frozen=True, kw_only=True)
class Link:
    """Another public incident that this one came from, or that came from it."""

    title: str
    url: str


@dataclass(frozen=True, kw_only=True)
class IncidentPage(Versioned):
    at: datetime
    site: Brand
    story: IncidentView
    month: date | None
    short_url: str
    split_from: Link | None = None
    split_off: tuple[Link, ...] = ()
    merged_urls: tuple[str, ...] = ()  # the addresses of what was merged into it, which show this page too
    is_short: bool = False  # shown at its short address, where readers of an SMS arrive

    @property
    def tint(self) -> str:
        """The state that colours the page."""
        return self.story.tint

    @property
    def is_lively(self) -> bool:
        """Whether it is open and more than a plan, or something was said of it lately."""
        return (self.story.is_open and not self.story.is_planned) or changed_lately([self.story.changed_at], self.at)

    @property
    def mark(self) -> ComponentStatus:
        """The mark of the incident: one that is over alarms nobody."""
        return self.story.state if self.story.is_open or self.story.is_maintenance else ComponentStatus.OPERATIONAL


def build(public_id: str, *, at: datetime) -> IncidentPage:
    """The page of one public incident as of `at`; of what was merged that of the other, so that each address that we
    ever gave away goes on to tell, with its updates, also as a plain file. Raises Incident.DoesNotExist, also for a
    hidden one.
    """
    known = Incident.all_kinds.public().with_timeline().select_related("follows")
    incident = known.get(public_id=public_id)
    if incident.merged_into_id:
        incident = known.get(pk=incident.merged_into_id)
    site = brand()
    story = _with_former_words(build_views([incident], codes=public_codes(), at=at)[0])
    came = _came_of(incident)
    return IncidentPage(
        at=at,
        site=site,
        story=story,
        month=_filed_under(story, site),
        short_url=incident.get_short_url(),
        split_from=_split_from(incident),
        split_off=tuple(_link(one) for one in came if one.is_split_off and not one.merged_into_id),
        merged_urls=tuple(one.get_absolute_url() for one in came if one.merged_into_id == incident.pk),
    )


def _came_of(incident: Incident) -> list[Incident]:
    """Return the public incidents that were merged into it, and those that follow it. One query."""
    either = Q(merged_into=incident) | Q(follows=incident)
    return list(Incident.all_kinds.public().filter(either).order_by("started_at", "id"))


def _split_from(incident: Incident) -> Link | None:
    source = incident.follows
    if source is None or not (incident.is_split_off and source.is_public):
        return None
    return None if source.merged_into_id == incident.pk else _link(source)


def _link(incident: Incident) -> Link:
    return Link(title=incident.title, url=incident.get_absolute_url())


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
