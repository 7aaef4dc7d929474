"""The board: what is open, what is due, and the next act."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from statuspage.lib.language import Text
from statuspage.lib.methods import read_only

from ..access import PUBLISH, screen, staff_who_may
from ..actions.following import acts
from ..enums import CLOSED, WINDOW_ACTS, Act, MaintenanceStatus
from ..models import Bulletin, Incident, IncidentTemplate
from .bulletin import rows

CLOSED_SHOWN = BULLETINS_SHOWN = 10
SOON = timedelta(minutes=10)


@dataclass(frozen=True)
class Card:
    """One open incident or maintenance as the lead needs it: what it is, what is due, what to do next."""

    incident: Incident
    at: datetime

    @property
    def due_at(self) -> datetime | None:
        """The moment at which somebody has to act: a promised update, or an edge of the window."""
        incident = self.incident
        if incident.next_update_at or not incident.is_maintenance:
            return incident.next_update_at
        return incident.scheduled_for if incident.status == MaintenanceStatus.SCHEDULED else incident.scheduled_until

    @property
    def due_word(self) -> str:
        if self.incident.next_update_at or not self.incident.is_maintenance:
            return "Next update"
        return "Begins" if self.incident.status == MaintenanceStatus.SCHEDULED else "Ends"

    @property
    def was_due(self) -> str:
        """The words before "5 min ago" once `due_at` is past."""
        return {"Begins": "Should have begun", "Ends": "Should have ended"}.get(self.due_word, "Next update was due")

    @property
    def urgency(self) -> str:
        """overdue, soon or nothing: a promise that is broken, or about to be."""
        if self.due_at is None or self.due_at > self.at + SOON:
            return ""
        return "overdue" if self.due_at <= self.at else "soon"

    @property
    def next_act(self) -> str:
        """The words on the large button."""
        return "Post a note" if self.incident.status == MaintenanceStatus.SCHEDULED else "Post an update"

    @property
    def runs_longer(self) -> bool:
        """True for planned work that is at work though its time is up."""
        return self.urgency == "overdue" and self.due_word == "Ends"

    @property
    def window_acts(self) -> list[tuple[Act, Text]]:
        """The acts on planned work that are possible now, with their words."""
        begun = self.incident.status != MaintenanceStatus.SCHEDULED
        words = {Act.MOVE: "Extend it" if begun else "Move it"}
        possible = acts(self.incident, at=self.at) if self.incident.is_maintenance else []
        return [(act, words.get(act, act.label)) for act in possible if act in WINDOW_ACTS]


@staff_who_may(PUBLISH)
@read_only
def board(request: HttpRequest) -> HttpResponse:
    """Show what is open and what to do about it; what was closed last below."""
    at = timezone.now()
    everything = Incident.all_kinds.prefetch_related("affected__component", "updates")
    cards = _most_urgent_first(Card(incident, at) for incident in everything.open().newest_first())
    context = screen(
        request,
        "Incident board",
        is_board=True,
        at=at,
        incidents=[card for card in cards if not card.incident.is_maintenance],
        maintenances=sorted(
            (card for card in cards if card.incident.is_maintenance), key=lambda card: card.incident.scheduled_for
        ),
        closed=Incident.all_kinds.filter(status__in=CLOSED).order_by("-resolved_at", "-id")[:CLOSED_SHOWN],
        bulletins=rows(Bulletin.objects.ahead(at).pinned_first()[:BULLETINS_SHOWN], at),
        has_templates=IncidentTemplate.objects.approved().exists(),
    )
    return render(request, "console/board.html", context)


def _most_urgent_first(cards: Iterable[Card]) -> list[Card]:
    """Broken promises first, then those soon due, then the newest."""
    return sorted(cards, key=lambda card: ("overdue", "soon", "").index(card.urgency))
