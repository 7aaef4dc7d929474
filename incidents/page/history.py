"""The past by month, in the page's zone; a month in which very much happened in parts, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from django.db.models import Count
from django.db.models.functions import Coalesce, TruncMonth
from django.urls import reverse

from ..enums import MaintenanceStatus
from ..models import Incident
from ..models.selections import IncidentQuerySet
from .incident_views import Brand, IncidentSummary, brand, build_summaries, public_codes
from .version import Versioned

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class FiledAt(TypedDict):
    """The column that `told` adds."""

    filed_at: datetime


Filed: TypeAlias = "WithAnnotations[Incident, FiledAt]"

PER_PART = 50


@dataclass(frozen=True, kw_only=True)
class Month:
    """A month in which something happened, and how much."""

    first_day: date
    count: int


@dataclass(frozen=True, kw_only=True)
class Year:
    number: int
    months: tuple[Month, ...]


@dataclass(frozen=True, kw_only=True)
class MonthPage(Versioned):
    at: datetime
    site: Brand
    first_day: date
    part: int  # 1 holds the newest
    parts: int
    stories: tuple[IncidentSummary, ...]
    older: Month | None
    newer: Month | None
    years: tuple[Year, ...]

    @property
    def url(self) -> str:
        return address(self.first_day, self.part)

    @property
    def later_url(self) -> str:
        """The address of what happened later in the same month; empty where nothing did."""
        return address(self.first_day, self.part - 1) if self.part > 1 else ""

    @property
    def earlier_url(self) -> str:
        return address(self.first_day, self.part + 1) if self.part < self.parts else ""


def address(first_day: date, part: int) -> str:
    """The month's own address is that of its newest part."""
    if part == 1:
        return reverse("history-month", args=[first_day])
    return reverse("history-month-part", args=[first_day, part])


def build(first_day: date | None, *, at: datetime, part: int = 1) -> MonthPage:
    """A part of the month that begins with `first_day`, newest first; with None the last in which something happened.

    Six queries, whatever happened. Raises ValueError for a month that has not begun or lies before the first of
    which something is told, and for a part that it lacks: there are no more addresses than the past has months.
    """
    site = brand()
    this_month = at.astimezone(site.zone).date().replace(day=1)
    months = _months(site)
    first_day = first_day or (months[0].first_day if months else this_month)
    if first_day > this_month:
        raise ValueError(f"{first_day:%Y-%m} has not begun")
    if first_day < min([this_month, *(month.first_day for month in months)]):
        raise ValueError(f"{first_day:%Y-%m} is before the first word")
    parts = -(-next((month.count for month in months if month.first_day == first_day), 0) // PER_PART) or 1
    if part > parts:
        raise ValueError(f"{first_day:%Y-%m} has no part {part}")
    shown = _in_month(first_day, site)[(part - 1) * PER_PART : part * PER_PART]
    return MonthPage(
        at=at,
        site=site,
        first_day=first_day,
        part=part,
        parts=parts,
        stories=build_summaries(shown, codes=public_codes(), at=at),
        older=next((month for month in months if month.first_day < first_day), None),
        newer=next((month for month in reversed(months) if month.first_day > first_day), None),
        years=_by_year(months),
    )


def told() -> IncidentQuerySet[Filed]:
    """All that is public and no longer a mere plan, with the moment under which it is filed."""
    told = Incident.all_kinds.public().unmerged().exclude(status=MaintenanceStatus.SCHEDULED)
    return told.annotate(filed_at=Coalesce("scheduled_for", "started_at"))


def _months(site: Brand) -> list[Month]:
    """Every month that has something, newest first, in one query."""
    rows = told().annotate(month=TruncMonth("filed_at", tzinfo=site.zone)).order_by().values("month")
    counted = rows.annotate(count=Count("pk")).order_by("-month")
    return [Month(first_day=row["month"].date(), count=row["count"]) for row in counted]


def _in_month(first_day: date, site: Brand) -> IncidentQuerySet[Filed]:
    following = first_day.replace(year=first_day.year + first_day.month // 12, month=first_day.month % 12 + 1)
    start, end = (datetime(day.year, day.month, 1, tzinfo=site.zone) for day in (first_day, following))
    return told().filter(filed_at__gte=start, filed_at__lt=end).order_by("-filed_at", "-id").with_latest()


def _by_year(months: Sequence[Month]) -> tuple[Year, ...]:
    numbers = dict.fromkeys(month.first_day.year for month in months)
    return tuple(
        Year(number=number, months=tuple(month for month in months if month.first_day.year == number))
        for number in numbers
    )
