"""The page as data: everything that it says, decided before a template sees it, in a fixed number of queries."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.db.models import QuerySet

from ..enums import ComponentStatus, Impact
from ..models import Component as ComponentRow
from ..models import Incident
from ..models.selections import IncidentQuerySet
from ..status import NAMES_AT_MOST, Part, Sentence, appearance, explain, overall, worst
from . import bulletins, uptime
from .bulletins import BulletinView
from .incident_header import IncidentHeader
from .incident_views import Brand, IncidentView, brand, build_headers, build_views
from .lively import changed_lately
from .strip import Strip, draw, draw_worst
from .version import Versioned

DAYS = 14


@dataclass(frozen=True, kw_only=True)
class Component:
    public_id: str
    name: str
    description: str
    status: ComponentStatus
    uptime: Strip | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Components under one name; those without a group share one without a name, and without a drawing of it."""

    public_id: str
    name: str
    components: tuple[Component, ...]
    uptime: Strip | None

    @property
    def status(self) -> ComponentStatus:
        """A group shows its worst child."""
        return worst(component.status for component in self.components)

    @property
    def in_trouble(self) -> tuple[Component, ...]:
        return tuple(part for part in self.components if part.status != ComponentStatus.OPERATIONAL)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A story on one of the days that it lasted."""

    story: IncidentHeader
    is_continued: bool


@dataclass(frozen=True, kw_only=True)
class Day:
    date: date
    incidents: tuple[Entry, ...]
    maintenances: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True)
class Page(Versioned):
    at: datetime
    site: Brand
    state: ComponentStatus
    indicator: Impact
    description: str
    sentence: Sentence
    reasons: tuple[IncidentView, ...]
    other_reasons: int
    next_word: IncidentView | None
    is_set_up: bool
    groups: tuple[Group, ...]
    incidents: tuple[IncidentView, ...]
    active: tuple[IncidentView, ...]
    upcoming: tuple[IncidentView, ...]
    pinned: tuple[BulletinView, ...]
    bulletins: tuple[BulletinView, ...]
    days: tuple[Day, ...]

    @property
    def looks(self) -> str:
        """The state in whose colour it stands; none before there is anything to speak of."""
        return self.state if self.is_set_up else "none"

    @property
    def is_lively(self) -> bool:
        """Whether something is open, or changed lately."""
        return bool(self.incidents or self.active) or changed_lately(self._changes(), self.at)

    def _changes(self) -> Iterator[datetime | None]:
        """When what is shown, and not open, changed last."""
        yield from (story.changed_at for story in self.upcoming)
        yield from (at for one in self.pinned + self.bulletins for at in (one.from_at, one.edited_at))
        for day in self.days[:2]:  # it may be a minute after midnight
            for entry in day.incidents + day.maintenances:
                yield from (entry.story.ended_at, entry.story.corrected_at)


def build(*, at: datetime) -> Page:
    """The whole page as of `at`, in nine queries whatever there is to say, or ten without components."""
    site = brand()
    groups = _groups(uptime.build(_components(), site, at=at))
    parts = [Part(row.name, row.status, group.name) for group in groups for row in group.components]
    codes = frozenset(row.public_id for group in groups for row in group.components)
    first_day = at.astimezone(site.zone).date() - timedelta(days=DAYS - 1)
    stories = build_views(_public().open().with_timeline(), codes=codes, at=at)
    past = build_headers(_over_since(_midnight(first_day, site)).with_affected(), at=at)
    incidents = tuple(story for story in stories if story.is_open and not story.is_maintenance)
    active = tuple(story for story in stories if story.is_open and story.is_maintenance and not story.is_planned)
    statuses = [part.status for part in parts]
    reasons = _worst_first(incidents) + active
    said = bulletins.current(at=at)
    is_set_up = bool(parts) or _public().exists()
    return Page(
        at=at,
        site=site,
        state=appearance(statuses, incidents=len(incidents)),
        **overall(statuses)._asdict(),
        sentence=explain(
            parts,
            incidents=len(incidents),
            maintenances=len(active),
            unplaced=sum(map(_is_unplaced, incidents)),
            is_set_up=is_set_up,
        ),
        reasons=reasons[:NAMES_AT_MOST],
        other_reasons=len(reasons[NAMES_AT_MOST:]),
        next_word=_next_word(incidents + active),
        is_set_up=is_set_up,
        groups=groups,
        incidents=incidents,
        active=active,
        upcoming=_by_window(story for story in stories if story.is_planned),
        pinned=tuple(one for one in said if one.is_pinned),
        bulletins=tuple(one for one in said if not one.is_pinned),
        days=_days(first_day, stories + past, site, at),
    )


def _components() -> QuerySet[ComponentRow]:
    """Return the components with the columns that the page shows and no more: of 200 rows each column costs."""
    shown = (
        "public_id",
        "name",
        "description",
        "status",
        "start_date",
        "created_at",
        "group__public_id",
        "group__name",
    )
    return ComponentRow.objects.public().select_related("group").in_order().only(*shown)


def _groups(counted: Iterable[tuple[ComponentRow, uptime.Uptime]]) -> tuple[Group, ...]:
    """Components in page order as groups; those without one come last."""
    return tuple(_group(list(members)) for _, members in groupby(counted, key=lambda found: found[0].group_id))


def _group(members: Sequence[tuple[ComponentRow, uptime.Uptime]]) -> Group:
    group = members[0][0].group
    return Group(
        public_id=group.public_id if group else "",
        name=group.name if group else "",
        components=tuple(
            Component(
                public_id=row.public_id,
                name=row.name,
                description=row.description,
                status=ComponentStatus(row.status),
                uptime=draw(counted),
            )
            for row, counted in members
        ),
        uptime=draw_worst(counted for _, counted in members) if group else None,
    )


def _public() -> IncidentQuerySet[Incident]:
    return Incident.all_kinds.public().unmerged().newest_first()


def _over_since(start: datetime) -> IncidentQuerySet[Incident]:
    """Return the public incidents that were over only after `start`; nothing that is open has such a time."""
    return _public().filter(resolved_at__gte=start)


def _is_unplaced(story: IncidentView) -> bool:
    """Return whether it is open and none of the components shows it."""
    return all(one.status == ComponentStatus.OPERATIONAL for one in story.affected)


def _worst_first(incidents: Iterable[IncidentView]) -> tuple[IncidentView, ...]:
    return tuple(sorted(incidents, key=lambda story: -story.state.rank))


def _by_window(stories: Iterable[IncidentView]) -> tuple[IncidentView, ...]:
    return tuple(sorted(stories, key=lambda story: story.begins_at))


def _next_word(stories: Iterable[IncidentView]) -> IncidentView | None:
    """The one that we shall write about next."""
    promised = [story for story in stories if story.next_update_at]
    return min(promised, key=lambda story: story.next_update_at, default=None)  # type: ignore[arg-type, return-value]  # set


def _midnight(day: date, site: Brand) -> datetime:
    return datetime.combine(day, time.min, site.zone)


def _days(first_day: date, stories: Iterable[IncidentHeader], site: Brand, at: datetime) -> tuple[Day, ...]:
    """Return the days from today back to `first_day`."""
    stories = sorted(stories, key=lambda story: (story.started_at, story.pk), reverse=True)
    return tuple(_day(first_day + timedelta(days=n), stories, site, at) for n in reversed(range(DAYS)))


def _day(day: date, stories: Iterable[IncidentHeader], site: Brand, at: datetime) -> Day:
    start, end = _midnight(day, site), _midnight(day + timedelta(days=1), site)
    entries = [
        Entry(story=story, is_continued=story.begins_at < start)
        for story in stories
        if story.took_place and story.begins_at < end and (story.ended_at or at) >= start
    ]
    return Day(
        date=day,
        incidents=tuple(entry for entry in entries if not entry.story.is_maintenance),
        maintenances=tuple(entry for entry in entries if entry.story.is_maintenance),
    )
