"""What stands beside words that were taken back, or that put others right, wherever an update is read."""

from datetime import datetime
from zoneinfo import ZoneInfo


def mark(*, withdrawn_at: datetime | None, corrects_at: datetime | None, said_at: datetime, zone: ZoneInfo) -> str:
    """ "Withdrawn 02:02 UTC", "Correction of 02:00 UTC", or both; empty for words that simply hold.

    `corrects_at`: the time that the corrected update shows. The day is named where it is not that of `said_at`.
    """
    marks = [
        f"{word} {_clock(at.astimezone(zone), said_at.astimezone(zone))}"
        for word, at in (("Withdrawn", withdrawn_at), ("Correction of", corrects_at))
        if at
    ]
    return ", ".join(marks)


def _clock(local: datetime, near: datetime) -> str:
    clock = f"{local:%H:%M %Z}"
    return clock if local.date() == near.date() else f"{clock} on {local:%-d %B %Y}"
