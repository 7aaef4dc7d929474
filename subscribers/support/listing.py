"""The linked customers of an incident as a table: searched, filtered, sorted and paged by the address bar."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import QueryDict

from incidents.models import Incident

from ..enums import NoticeState
from ..models import AffectedCustomer, Delivery
from ..models.customer import AffectedCustomerQuerySet
from . import outcomes

PAGE_SIZE = 50
# What a heading sorts by, and the column in words.
SORTS = {
    "name": ("name", "Customer"),
    "contact": ("subscriber__address", "E-mail or phone"),
    "reference": ("reference", "Reference"),
    "linked": ("linked_at", "Linked"),
}


def search_text(query: QueryDict) -> str:
    """Return what is searched for, as the database can take it (PostgreSQL refuses NUL)."""
    return query.get("q", "").replace("\0", "").strip()[:200]


@dataclass(frozen=True)
class Row:
    customer: AffectedCustomer
    last: Delivery | None

    @property
    def unreachable_reason(self) -> str:
        """Why nothing is written to them; empty when they are."""
        return outcomes.unreachable_reason(self.customer.subscriber, self.customer.suppression)

    @property
    def outcome(self) -> outcomes.DeliveryOutcome | None:
        """The outcome of the last notice; None when there was none."""
        return outcomes.outcome_of(self.last) if self.last else None

    @property
    def mark(self) -> str:
        """The mark on the words of the last notice: withdrawn, a correction; empty where they simply hold."""
        return outcomes.mark_of(self.last.announcement) if self.last and self.last.announcement else ""


@dataclass(frozen=True)
class Heading:
    label: str
    query: str
    direction: str  # of aria-sort; empty: not sorted by this


@dataclass(frozen=True)
class Choice:
    label: str
    count: int
    query: str
    is_chosen: bool
    mark: str


class Listing:
    """One page of the table. Unknown values in the address bar are passed over."""

    def __init__(self, incident: Incident, query: QueryDict):
        self.query = query
        self.search = search_text(query)
        self.show = show if (show := query.get("show", "")) in NoticeState.values else ""
        self.sort = sort if (sort := query.get("sort", "")).removeprefix("-") in SORTS else "name"
        linked = AffectedCustomer.objects.filter(incident=incident).with_standing()
        counted = linked.order_by().values_list("standing").annotate(rows=Count("pk"))  # type: ignore[misc]  # added by it
        self.counts = dict(counted)
        self.total = sum(self.counts.values())
        self.page = self._page(linked)
        self.rows = _rows(self.page)

    def _page(self, linked: AffectedCustomerQuerySet) -> Page:
        chosen = linked.matching(self.search) if self.search else linked
        if self.show:
            chosen = chosen.filter(standing=self.show)  # type: ignore[misc]  # added by with_standing()
        column = SORTS[self.sort.removeprefix("-")][0]
        order = f"-{column}" if self.sort.startswith("-") else column
        chosen = chosen.select_related("subscriber", "linked_by").order_by(order, "pk")
        return Paginator(chosen, PAGE_SIZE).get_page(self.query.get("page"))

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search or self.show)

    @property
    def headings(self) -> list[Heading]:
        """The columns, each with its name, where its link leads, and how it is sorted now."""
        return [self._heading(name, label) for name, (_, label) in SORTS.items()]

    def _heading(self, name: str, label: str) -> Heading:
        direction = {name: "ascending", f"-{name}": "descending"}.get(self.sort, "")
        other = f"-{name}" if direction == "ascending" else name
        return Heading(label, self.with_query(sort=other, page=None), direction)

    @property
    def choices(self) -> list[Choice]:
        """All, then each standing that somebody has, with how many."""
        found = [("", "All", self.total), *((s.value, s.label, self.counts.get(s.value, 0)) for s in NoticeState)]
        return [
            Choice(label, count, self.with_query(show=value or None, page=None), value == self.show, value)
            for value, label, count in found
            if count or value in ("", self.show)
        ]

    @property
    def previous_query(self) -> str:
        return self.with_query(page=self.page.previous_page_number())

    @property
    def next_query(self) -> str:
        return self.with_query(page=self.page.next_page_number())

    def with_query(self, **changes) -> str:
        """The address bar's query with `changes`; None takes a value out."""
        query = self.query.copy()
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = value
        return f"?{query.urlencode()}"


def _rows(page: Page) -> list[Row]:
    ids = [customer.last_delivery_id for customer in page if customer.last_delivery_id]
    last = Delivery.objects.select_related(*(f"announcement__{name}" for name in outcomes.MARKED_BY)).in_bulk(ids)
    return [Row(customer, last.get(customer.last_delivery_id)) for customer in page]
