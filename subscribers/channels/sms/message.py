"""SMS: brand, state, what, next word by, one link, how to end. One segment where the words allow, two at most.

The link is the incident's short address: the same for all, and no harm to whoever it is passed on to. To end is said in
words, "Reply STOP to end", where a reply reaches us; it is what the law of most countries asks for, costs no link and
works without a browser. Where the sender is a name no reply reaches anybody, so there a link of one's own stands behind
it, as long as a token of 128 bits is: such an SMS is one segment where the title is short.
"""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from incidents.enums import MaintenanceStatus
from incidents.models import Announcement, Site

from ... import links
from ...models import Confirmation
from .. import wording
from ..message import MergeFields, MergeText, RenderedNotice, Sample
from .segments import ELLIPSIS, fit, is_gsm, plain
from .sender import takes_replies

SEGMENTS = 2
_BRAND, _BRAND_OUTSIDE_GSM = 30, 12
_UNDERSTOOD = 40  # characters of a title that say what fails; fewer are no reason to save a segment
_AT_LEAST = 15


def announcement(announced: Announcement, site: Site) -> RenderedNotice:
    """The SMS about one update. Never shortens a link, and says how to end."""
    merge_fields = MergeFields("token")
    text = _announcement_text(announced, site, links.address("short", merge_fields["token"]))
    return RenderedNotice(
        text=merge_fields.cut(text),
        values=lambda subscriber: {"token": links.subscription_token(subscriber)},
    )


def confirmation(asked: Confirmation, site: Site) -> RenderedNotice:
    """The SMS that asks the owner of a number whether it was they who subscribed it."""
    merge_fields = MergeFields("token")
    link = links.address("short", merge_fields["token"])
    text = _("%(brand)s: Confirm status updates by SMS: %(link)s Not you? Ignore this.")
    text %= {"brand": brand(site), "link": link}
    return RenderedNotice(
        text=merge_fields.cut(text), values=lambda subscriber: {"token": links.confirmation_token(asked)}
    )


def sample(_sample: Sample, site: Site) -> RenderedNotice:
    """The SMS that `send_test` sends."""
    text = _("%(brand)s: This is a test. Nothing happened.") % {"brand": brand(site)}
    return RenderedNotice(text=MergeText((text,)), values=lambda recipient: {})


def _announcement_text(announced: Announcement, site: Site, manage_url: str) -> str:
    before = f"{brand(site)}: {_before_the_state(announced, site)}{wording.state(announced)}: "
    title = sentence(plain(announced.title))
    for after, segments, least in _endings(announced, site, manage_url):
        text = fit(before, title, after, segments)
        if len(text) - len(before) - len(after) >= min(least, len(title)):
            break
    return text


def _endings(announced: Announcement, site: Site, manage_url: str) -> Iterator[tuple[str, int, int]]:
    """Yield what may stand behind the title, in how many segments, and how much of the title must stay. Best first:
    outside the GSM alphabet, where a segment holds half as much, the time goes rather than a title that nobody
    understands."""
    when, link = _when(announced, site), f" {announced.incident.get_short_url()}"
    end = f" {how_to_end(manage_url)}"
    yield when + link + end, 1, _UNDERSTOOD
    yield when + link + end, SEGMENTS, _UNDERSTOOD
    yield link + end, SEGMENTS, _AT_LEAST
    # Two long links are too much there: the way to end stays, and leads to the status page.
    yield (link + end if takes_replies() else end), SEGMENTS, 0


def how_to_end(manage_url: str) -> str:
    """Return how to unsubscribe: by a reply where it reaches us, else by a link of one's own."""
    return _("Reply STOP to end") if takes_replies() else _("End: %(link)s") % {"link": manage_url}


def _before_the_state(announced: Announcement, site: Site) -> str:
    """Return which message it corrects, or about which time it is where that is an earlier one."""
    if announced.corrects is None:
        return f"{about} " if (about := wording.about(announced, site.zone)) else ""
    at = wording.clock(announced.corrects.published_at, site.zone, seen_at=announced.read_at)
    return _("Correction of %(time)s") % {"time": at} + ": "


def sentence(title: str) -> str:
    """Return `title` with a full stop, unless it ends as a sentence does."""
    return title if title.endswith((".", "!", "?")) else f"{title}."


def brand(site: Site) -> str:
    """Return who speaks, in few characters."""
    name = plain(site.name)
    limit = _BRAND if is_gsm(name) else _BRAND_OUTSIDE_GSM
    return name if len(name) <= limit else name[: limit - len(ELLIPSIS)].rstrip() + ELLIPSIS


def _when(announced: Announcement, site: Site) -> str:
    if announced.status == MaintenanceStatus.SCHEDULED and (planned := wording.window(announced, site.zone)):
        return f" {planned}."
    if announced.next_update_at:
        at = wording.clock(announced.next_update_at, site.zone, seen_at=announced.read_at)
        return " " + _("Next word by %(time)s.") % {"time": at}
    return ""
