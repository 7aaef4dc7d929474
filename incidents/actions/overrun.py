"""Planned work whose time is up and that nobody ended: its owner is asked to end or to extend it."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.urls import reverse

from ..enums import ACTIVE_MAINTENANCE, Act
from ..models import Incident, Site
from .messages import tell_staff
from .owners import may_own
from .planned_words import zone_of
from .publishing import publish
from .scheduling import draft_of
from .window_rules import Window, has_begun


def ask(incident: Incident, *, at: datetime) -> None:
    """Ask whoever owns it, or may publish, what is to become of it; extend it first where the site says so."""
    site, ended = Site.load(), incident.scheduled_until
    if site.extends_itself_minutes and incident.status in ACTIVE_MAINTENANCE:
        window = _extended(incident, site.extends_itself_minutes, at)
        publish(incident, draft_of(Act.MOVE, incident, window=window, by=None, at=at))
        incident.refresh_from_db()
    for person in _asked(incident):
        tell_staff(
            person=person,
            key=f"overrun:{incident.public_id}:{ended:%Y-%m-%dT%H:%MZ}",
            title=f"Runs longer than planned: {incident.title}"[:250],
            body=_words(incident, ended),
            path=reverse("console:incident", args=[incident.public_id]),
            incident=incident,
            at=at,
        )
    Site.raise_page_version()


def _extended(incident: Incident, minutes: int, at: datetime) -> Window:
    """Its window with an end that is to come: put off as often as that takes."""
    assert incident.window is not None  # noqa: S101  a constraint says so
    begins, ends = incident.window
    extra = timedelta(minutes=minutes)
    return begins, ends + extra * max((at - ends) // extra + 1, 1)


def _asked(incident: Incident) -> list[User]:
    owners = may_own().filter(pk=incident.owner_id) if incident.owner_id else may_own().none()
    return list(owners) or list(may_own())


def _words(incident: Incident, ended: datetime | None) -> str:
    zone = zone_of(incident)
    was = f"It was to end at {ended.astimezone(zone):%Y-%m-%d %H:%M %Z}" if ended else "Its time is up"
    if not has_begun(incident):
        return f"{was}, and nobody has said that it began. Say what happened: start it, move it or cancel it."
    if incident.scheduled_until != ended and incident.scheduled_until:
        until = f"{incident.scheduled_until.astimezone(zone):%H:%M %Z}"
        return f"{was}. It was extended until {until}, and subscribers are told. End it as soon as it is over."
    return f"{was}. End it, or extend it."
