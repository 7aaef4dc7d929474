"""Larkfield at this moment: two open incidents and a maintenance to come. Words that name a time are made from now."""

from datetime import datetime, timedelta
from typing import NamedTuple

from incidents.enums import ComponentStatus, Impact, IncidentStatus, Severity


class Step(NamedTuple):
    """One update: `blanks` fill the template's step of this status; without a template, `body` is the text."""

    at: datetime
    status: IncidentStatus
    next_update_at: datetime
    body: str = ""
    blanks: dict[str, str] = {}


class Open(NamedTuple):
    title: str
    severity: Severity
    impact: Impact
    components: dict[str, ComponentStatus]
    steps: tuple[Step, ...]
    template: str | None = None


class Planned(NamedTuple):
    title: str
    components: tuple[str, ...]
    announced_at: datetime
    begin: datetime
    end: datetime
    body: str


def open_incidents(now: datetime) -> tuple[Open, ...]:
    """Oldest first, as they were opened."""
    return _late_reports(now), _card_payments(now)


def _late_reports(now: datetime) -> Open:
    opened, later = now - timedelta(hours=3, minutes=20), _next_quarter(now + timedelta(hours=5))
    return Open(
        title="Large exports take longer than usual",
        severity=Severity.P4,
        impact=Impact.MINOR,
        components={"Reporting": ComponentStatus.DEGRADED_PERFORMANCE},
        steps=(
            Step(
                opened,
                IncidentStatus.INVESTIGATING,
                later,
                "Exports of more than 10,000 orders take up to 30 minutes instead of three. Smaller exports and all "
                "reports on the screen are as fast as usual, and you can close the page meanwhile: we send an e-mail "
                f"when the file is ready.\n\nWe are looking for the cause and write again by {_clock(later)}.",
            ),
        ),
    )


def _card_payments(now: datetime) -> Open:
    def ago(minutes):
        return now - timedelta(minutes=minutes)

    first, second, third = (_next_quarter(ago(minutes)) for minutes in (26, 2, -31))
    return Open(
        title="Some card payments fail",
        severity=Severity.P2,
        impact=Impact.MAJOR,
        template="Card payments fail",
        components={"Card processing": ComponentStatus.PARTIAL_OUTAGE},
        steps=(
            Step(
                ago(53),
                IncidentStatus.INVESTIGATING,
                first,
                blanks={
                    "what_we_know": f"it began at {_clock(ago(61))} and concerns about one card payment in six, in all "
                    "shops and with all kinds of card.",
                    "what_we_are_doing": "together with our card processor we follow failed payments step by step.",
                    "next_update_by": _clock(first),
                },
            ),
            Step(
                ago(34),
                IncidentStatus.IDENTIFIED,
                second,
                blanks={
                    "what_we_know": "the step in which the shopper's bank confirms the payment answers too late at one "
                    "of our processor's three sites.",
                    "what_we_are_doing": "we are sending payments to the other two sites, a part at a time, so that "
                    "they are not overrun.",
                    "next_update_by": _clock(second),
                },
            ),
            Step(
                ago(8),
                IncidentStatus.MITIGATING,
                third,
                blanks={
                    "what_we_know": f"Since {_clock(ago(13))} two thirds of all payments go through the healthy sites, "
                    "and failures are down from one in six to about one in twenty.",
                    "what_we_are_doing": "we are moving the remaining third, and keep watching that the healthy sites "
                    "hold.",
                    "next_update_by": _clock(third),
                },
            ),
        ),
    )


def maintenance(now: datetime) -> Planned:
    """The payments move house in the night, three days from now."""
    begin = (now + timedelta(days=3)).replace(hour=2, minute=0)
    return Planned(
        title="Payments move to a new data centre",
        components=("Card processing", "Bank transfer", "Refunds", "Payouts"),
        announced_at=now - timedelta(hours=22),
        begin=begin,
        end=begin + timedelta(hours=2),
        body=(
            "We are moving everything to do with payments to a new data centre. For about five minutes within the "
            "window, checkout asks shoppers to wait and then goes on by itself; nobody has to start again. Refunds "
            "that you make during the window go out at its end, and payouts of that morning leave on time.\n\n"
            "You need not do anything. We write when the work begins and when it is done."
        ),
    )


def _next_quarter(at: datetime) -> datetime:
    """The quarter of an hour that comes next: what a person would promise."""
    return at.replace(minute=0, second=0) + timedelta(minutes=15 * (at.minute // 15 + 1))


def _clock(at: datetime) -> str:
    return f"{at:%H:%M} UTC"
