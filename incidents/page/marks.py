"""The marks beside words that were taken back, that put others right, or that were said of another incident, wherever
an update is read."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from statuspage.lib import dates


def mark(
    *,
    withdrawn_at: datetime | None,
    corrects_at: datetime | None,
    said_at: datetime,
    zone: ZoneInfo,
    came_from: str | None = None,
) -> str:
    """ "Withdrawn 02:02 UTC", "Correction of 02:00 UTC", "From “Checkout is down”", or several; empty for words that
    simply hold.

    `corrects_at`: the time that the corrected update shows. The day is named where it is not that of `said_at`.
    `came_from`: the title of the incident that it was said of, before that was merged with this.
    """
    origin = [_("From “%(title)s”") % {"title": came_from}] if came_from else []
    marks = origin + [
        words % {"time": _clock(at.astimezone(zone), said_at.astimezone(zone))}
        for words, at in ((_("Withdrawn %(time)s"), withdrawn_at), (_("Correction of %(time)s"), corrects_at))
        if at
    ]
    return ", ".join(marks)


def _clock(local: datetime, near: datetime) -> str:
    clock = dates.promised_today(local)
    if local.date() == near.date():
        return clock
    return _("%(clock)s on %(day)s") % {"clock": clock, "day": dates.full_day(local)}
