"""What planned work says of itself where nobody writes it: short sentences in the language of the site, with the times
of the window in its own zone."""

from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from statuspage.lib import dates

from ..enums import STATUS_OF_ACT, Act, WindowChange
from ..models import Incident, Site
from .steps import step_text
from .templates import blanks_in
from .window_rules import Window, change_of


def zone_of(incident: Incident) -> ZoneInfo:
    """The zone in which the window of `incident` is told."""
    return ZoneInfo(incident.zone) if incident.zone else Site.load().zone


def in_words(incident: Incident, window: Window | None = None) -> str:
    """Return `window`, its own by default, in its zone: "22 Nov 2026, 02:00 to 04:00 CET"."""
    zone, window = zone_of(incident), window or incident.window
    return dates.window(window[0].astimezone(zone), window[1].astimezone(zone)) if window else ""


def words_of(incident: Incident, act: Act, window: Window | None) -> str:
    """Return what `act` says by itself: the approved words of the step where its template has some without blanks."""
    with Site.speaking():
        approved = step_text(incident.template, STATUS_OF_ACT.get(act, ""))
        return approved if approved and not blanks_in(approved) else _ours(incident, act, window)


def _ours(incident: Incident, act: Act, window: Window | None) -> str:
    own, new = in_words(incident), in_words(incident, window)
    ends = window or incident.window
    end = dates.moment(ends[1].astimezone(zone_of(incident))) if ends else ""
    match act:
        case Act.START:
            return _("The planned work has begun. It is planned until %(end)s.") % {"end": end}
        case Act.END:
            return _("The planned work is over.")
        case Act.CANCEL:
            return _("The planned work on %(window)s will not take place.") % {"window": own}
    match change_of(incident, window):
        case WindowChange.EXTENDED:
            return _("The planned work takes longer. It now ends at %(end)s.") % {"end": end}
        case WindowChange.CUT_SHORT:
            return _("The planned work ends earlier, at %(end)s.") % {"end": end}
    return _("The planned work was moved. It now takes place %(window)s.") % {"window": new}


def took_place(incident: Incident) -> str:
    """Return what is said once of planned work whose whole window passed before anything could be said."""
    with Site.speaking():
        return _("The planned work took place, %(window)s.") % {"window": in_words(incident)}


def reminder(incident: Incident) -> tuple[str, str]:
    """Return title and text of the reminder."""
    names = ", ".join(row.component.name for row in incident.affected.public())
    with Site.speaking():
        said = {"window": in_words(incident), "names": names}
        body = _("Planned work on %(names)s: %(window)s.") if names else _("Planned work: %(window)s.")
        return _("Reminder: %(title)s") % {"title": incident.title}, body % said
