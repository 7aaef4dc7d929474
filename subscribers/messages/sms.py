"""SMS: brand, state, what, next word by, the link, how to stop. At most two segments."""

from incidents.enums import MaintenanceStatus
from incidents.models import Announcement, Site

from .. import links
from ..models import Confirmation
from ..segments import ELLIPSIS, fit, is_gsm, plain
from . import words
from .notice import Holes, Notice

SEGMENTS = 2
_BRAND, _BRAND_OUTSIDE_GSM = 30, 12


def announcement(announced: Announcement, site: Site) -> Notice:
    """The SMS about one update. Never shortens a link, and says how to stop."""
    holes = Holes("token")
    text = _announcement_text(announced, site, links.address("short", holes["token"]))
    return Notice(
        text=holes.cut(text),
        values=lambda subscriber: {"token": links.subscription_token(subscriber)},
    )


def confirmation(asked: Confirmation, site: Site) -> Notice:
    """The SMS that asks the owner of a number whether it was they who subscribed it."""
    holes = Holes("token")
    link = links.address("confirm", holes["token"])
    text = f"{_brand(site)}: Confirm that you want status updates by SMS: {link} Not you? Ignore this."
    return Notice(text=holes.cut(text), values=lambda subscriber: {"token": links.confirmation_token(asked)})


def _announcement_text(announced: Announcement, site: Site, manage_url: str) -> str:
    before = f"{_brand(site)}: {_correction(announced, site)}{words.state(announced)}: "
    title = _sentence(plain(announced.title))
    link = f" {announced.incident.get_public_url()} STOP to end"
    when = _when(announced, site)
    # Outside the GSM alphabet a segment holds half as much. Rather than a title that nobody understands, the second
    # link goes, then the time; the first link and STOP stay.
    for after, least in ((f"{when}{link} or change: {manage_url}", 40), (when + link, 15), (link, 0)):
        text = fit(before, title, after, SEGMENTS)
        if len(text) - len(before) - len(after) >= min(least, len(title)):
            break
    return text


def _correction(announced: Announcement, site: Site) -> str:
    if announced.corrects is None:
        return ""
    seen_at = announced.published_at or announced.created_at
    return f"Correction of {words.clock(announced.corrects.published_at, site.zone, seen_at=seen_at)}: "


def _sentence(title: str) -> str:
    return title if title.endswith((".", "!", "?")) else f"{title}."


def _brand(site: Site) -> str:
    name = plain(site.name)
    limit = _BRAND if is_gsm(name) else _BRAND_OUTSIDE_GSM
    return name if len(name) <= limit else name[: limit - len(ELLIPSIS)].rstrip() + ELLIPSIS


def _when(announced: Announcement, site: Site) -> str:
    seen_at = announced.published_at or announced.created_at
    if announced.status == MaintenanceStatus.SCHEDULED and announced.scheduled_for:
        return f" {words.window(announced, site.zone)}."
    if announced.next_update_at:
        return f" Next word by {words.clock(announced.next_update_at, site.zone, seen_at=seen_at)}."
    return ""
