"""Bulletins as the public reads them: those that hold now, one at its lasting address, and all of them by year."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncYear
from django.urls import reverse

from ..models import Bulletin
from .incident_views import Brand, brand
from .version import Versioned

MOST_ON_FRONT_PAGE = 10
PER_PART = 50


@dataclass(frozen=True, kw_only=True)
class BulletinView:
    """One bulletin, frozen. `is_over`: it is not on the front page any more."""

    public_id: str
    url: str
    title: str
    html: str
    from_at: datetime
    until_at: datetime | None
    is_pinned: bool
    is_over: bool
    edited_at: datetime | None
    withdrawn_at: datetime | None

    promised_at = None  # its words promise no update

    @property
    def at(self) -> datetime:
        """When its words were said: the times in them are near to this."""
        return self.from_at


@dataclass(frozen=True, kw_only=True)
class BulletinPage(Versioned):
    at: datetime
    site: Brand
    bulletin: BulletinView


@dataclass(frozen=True, kw_only=True)
class YearPage(Versioned):
    """A part of a year, the newest first. `years`: those in which there was anything, the newest first."""

    at: datetime
    site: Brand
    year: int
    part: int  # 1 holds the newest
    parts: int
    bulletins: tuple[BulletinView, ...]
    years: tuple[int, ...]

    @property
    def url(self) -> str:
        return address(self.year, self.part)

    @property
    def later_url(self) -> str:
        """The address of what was said later in the same year; empty where nothing was."""
        return address(self.year, self.part - 1) if self.part > 1 else ""

    @property
    def earlier_url(self) -> str:
        return address(self.year, self.part + 1) if self.part < self.parts else ""


def address(year: int, part: int) -> str:
    """The year's own address is that of its newest part."""
    return reverse("bulletins-year", args=[year]) if part == 1 else reverse("bulletins-year-part", args=[year, part])


def build(public_id: str, *, at: datetime) -> BulletinPage:
    """The page of one bulletin as of `at`, in two queries. Raises Bulletin.DoesNotExist, also before its time."""
    row = Bulletin.objects.shown(at).get(public_id=public_id)
    return BulletinPage(at=at, site=brand(), bulletin=view(row, at=at))


def build_year(year: int | None, *, at: datetime, part: int = 1) -> YearPage:
    """A part of a year, in three queries; with None the last year in which there was anything, or this.

    Raises ValueError for a year or a part that holds nothing: there are no more addresses than the past has.
    """
    site = brand()
    counts = _counts(site, at)
    year_shown = year or max(counts, default=at.astimezone(site.zone).year)
    if year and year not in counts:
        raise ValueError(f"nothing was said in {year}")
    parts = -(-counts.get(year_shown, 0) // PER_PART) or 1
    if part > parts:
        raise ValueError(f"{year_shown} has no part {part}")
    rows = _in_year(year_shown, site, at)[(part - 1) * PER_PART : part * PER_PART]
    return YearPage(
        at=at,
        site=site,
        year=year_shown,
        part=part,
        parts=parts,
        bulletins=views(rows, at=at),
        years=tuple(sorted(counts, reverse=True)),
    )


def _counts(site: Brand, at: datetime) -> dict[int, int]:
    """How many began in each year."""
    rows = Bulletin.objects.shown(at).annotate(year=TruncYear("from_at", tzinfo=site.zone)).order_by().values("year")
    return {row["year"].year: row["count"] for row in rows.annotate(count=Count("pk"))}


def _in_year(year: int, site: Brand, at: datetime) -> QuerySet[Bulletin]:
    start, end = (datetime(number, 1, 1, tzinfo=site.zone) for number in (year, year + 1))
    return Bulletin.objects.shown(at).filter(from_at__gte=start, from_at__lt=end).newest_first()


def current(*, at: datetime) -> tuple[BulletinView, ...]:
    """Return those that hold now, the pinned first, MOST_ON_FRONT_PAGE at most. One query."""
    return views(Bulletin.objects.current(at).pinned_first()[:MOST_ON_FRONT_PAGE], at=at)


def views(rows: Iterable[Bulletin], *, at: datetime) -> tuple[BulletinView, ...]:
    return tuple(view(row, at=at) for row in rows)


def view(row: Bulletin, *, at: datetime) -> BulletinView:
    """One bulletin, also one that is not saved."""
    return BulletinView(
        public_id=row.public_id,
        url=row.get_absolute_url(),
        title=row.title,
        html=row.body_html,
        from_at=row.from_at,
        until_at=row.until_at,
        is_pinned=row.is_pinned,
        is_over=row.is_over(at),
        edited_at=row.edited_at,
        withdrawn_at=row.withdrawn_at,
    )
