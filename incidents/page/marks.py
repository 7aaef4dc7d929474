"""The marks beside words that were taken back, put others right, were edited or said of another incident, wherever an
update is read."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from statuspage.lib import dates


def mark(
    *,
    withdrawn_at: datetime | None,
    corrects_at: datetime | None,
    edited_at: datetime | None,
    said_at: datetime,
    zone: ZoneInfo,
    came_from: str | None = None,
) -> str:
    """ "Withdrawn 02:02 UTC", "Correction of 02:00 UTC", "Edited 02:10 UTC", or some of them; empty for words that
    simply hold.

    `corrects_at`: the time that the corrected update shows. The day is named where it is not that of `said_at`.
    `came_from`: the title of the incident that it was said of, before that was merged with this.
    """
    marks = (
        (_("Withdrawn %(time)s"), withdrawn_at),
        (_("Correction of %(time)s"), corrects_at),
        (_("Edited %(time)s"), edited_at),
    )
    near = said_at.astimezone(zone)
    origin = [_("From “%(title)s”") % {"title": came_from}] if came_from else []
    return ", ".join(origin + [words % {"time": _clock(at.astimezone(zone), near)} for words, at in marks if at])


def _clock(local: datetime, near: datetime) -> str:
    clock = dates.promised_today(local)
    if local.date() == near.date():
        return clock
    return _("%(clock)s on %(day)s") % {"clock": clock, "day": dates.full_day(local)}
