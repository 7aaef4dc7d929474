"""The length of something, and its distance from now, in words, which static/js/time.js speaks too."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

# Whole sentences of their own: in many languages the units are other words behind "in" and "ago". Of days there are two
# at least.
LASTED = {
    "m": gettext_noop("%(minutes)s min"),
    "h": gettext_noop("%(hours)s h"),
    "hm": gettext_noop("%(hours)s h %(minutes)s min"),
    "d": gettext_noop("%(days)s days"),
    "dh": gettext_noop("%(days)s days %(hours)s h"),
}
AHEAD = {
    "m": gettext_noop("in %(minutes)s min"),
    "h": gettext_noop("in %(hours)s h"),
    "hm": gettext_noop("in %(hours)s h %(minutes)s min"),
    "d": gettext_noop("in %(days)s days"),
    "dh": gettext_noop("in %(days)s days %(hours)s h"),
}
AGO = {
    "m": gettext_noop("%(minutes)s min ago"),
    "h": gettext_noop("%(hours)s h ago"),
    "hm": gettext_noop("%(hours)s h %(minutes)s min ago"),
    "d": gettext_noop("%(days)s days ago"),
    "dh": gettext_noop("%(days)s days %(hours)s h ago"),
}


def lasted(duration: timedelta) -> str:
    """Write a span in at most two units: minutes, hours with minutes, days with hours; never nothing."""
    return _said(LASTED, duration)


def seen_from(distance: timedelta) -> str:
    """Write the distance of a moment so far ahead, or behind: "in 12 min", "4 min ago"."""
    if abs(distance) < timedelta(minutes=1):
        return _("now")
    return _said(AHEAD, distance) if distance > timedelta() else _said(AGO, -distance)


def _said(words: dict[str, str], duration: timedelta) -> str:
    minutes = max(1, int(duration.total_seconds() // 60))
    hours, days = minutes // 60, minutes // 1440
    if days >= 2:
        return _(words["dh" if hours % 24 else "d"]) % {"days": days, "hours": hours % 24}
    if not hours:
        return _(words["m"]) % {"minutes": minutes}
    return _(words["hm" if minutes % 60 else "h"]) % {"hours": hours, "minutes": minutes % 60}
