"""Days and times in words, as the language that is spoken writes them."""

from datetime import date, datetime

from django.utils.dateformat import format as formatted
from django.utils.translation import gettext, pgettext

from .local_time import letters, zone_name


def day(at: date) -> str:
    """ "21 November"."""
    return formatted(at, pgettext("date format", "j F"))


def full_day(at: date) -> str:
    """ "21 November 2026"."""
    return formatted(at, pgettext("date format", "j F Y"))


def short_day(at: date) -> str:
    """ "21 Nov": for an SMS, and wherever room is scarce."""
    return formatted(at, pgettext("date format, as short as it stays clear", "j M"))


def clock(local: datetime) -> str:
    """ "14:03 CET", of an aware time."""
    return f"{local:%H:%M} {zone_name(local)}"


def moment(local: datetime, near: datetime | None = None) -> str:
    """ "21 Nov 2026, 14:03 CET"; without the day, or the year, that `near` shares."""
    if near and near.date() == local.date():
        return clock(local)
    is_near = near and near.year == local.year
    pattern = pgettext("date format", "j M, H:i") if is_near else pgettext("date format", "j M Y, H:i")
    return f"{formatted(local, pattern)} {zone_name(local)}"


def promised(local: datetime, *, seen_at: datetime) -> str:
    """Write a time as words that are published name it: "14:03 CET", on another day "14:03 CET on 21 November"."""
    return promised_today(local) if local.date() == seen_at.date() else promised_on_its_day(local)


def promised_today(local: datetime) -> str:
    return f"{local:%H:%M} {letters(local)}"


def promised_on_its_day(local: datetime) -> str:
    return gettext("%(clock)s on %(day)s") % {"clock": promised_today(local), "day": day(local)}


def window(start: datetime, end: datetime) -> str:
    """ "22 Nov 2026, 02:00 to 04:00 CET", with both days where it crosses midnight or a clock change."""
    if start.date() != end.date() or start.utcoffset() != end.utcoffset():
        return gettext("%(start)s to %(end)s") % {"start": moment(start), "end": moment(end)}
    begins = formatted(start, pgettext("date format", "j M Y, H:i"))
    return gettext("%(start)s to %(end)s") % {"start": begins, "end": clock(end)}
