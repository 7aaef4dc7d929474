"""E-mail: multipart, one thread an incident, styled inline, small."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from email.utils import formataddr
from typing import Any
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from incidents.enums import ComponentStatus, Impact
from incidents.models import Announcement, Incident, Message, Site
from incidents.status import state_of_incident
from statuspage.lib import mailbox, markdown
from statuspage.lib.language import ENGLISH

from ... import links
from ...models import AffectedCustomer, Confirmation
from .. import wording
from ..message import MergeFields, Recipient, RenderedNotice, Sample

# Under 30 kB on the wire: text and HTML grow by a third as base64, headers and boundaries take 2 kB.
MAX_BYTES = 20_000
_FROM_NAME = 60  # encoded, it must still fit one line of a header
_BODY_LIMITS = (8_000, 4_000, 2_000, 1_000, 250)
Told = Announcement | Message
_inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


def announcement(announced: Announcement, site: Site) -> RenderedNotice:
    """The mail about one update of an incident or a maintenance."""
    merge_fields = MergeFields("token", "subscriber", "why", "why_html")
    context = _announcement_context(announced, site, merge_fields)
    text, html = within_size("announcement", announced, context)
    headers = {
        **headers_of(site, f"{announced.public_id}.{merge_fields['subscriber']}"),
        **in_thread_of(announced.incident, merge_fields["subscriber"]),
        **to_subscribers(context["unsubscribe_url"]),
    }
    reason = _Reason(announced, site)
    return rendered(
        merge_fields,
        context["subject"],
        text,
        html,
        headers,
        values=lambda subscriber: {
            "token": links.subscription_token(subscriber),
            "subscriber": str(subscriber.pk or 0),
            **reason(subscriber),
        },
    )


def confirmation(asked: Confirmation, site: Site) -> RenderedNotice:
    """The mail that asks the owner of an address whether it was they who subscribed it."""
    merge_fields = MergeFields("token", "subscriber")
    context: dict[str, Any] = {
        "site": site,
        "subject": _("Confirm your subscription to %(page)s") % {"page": site.page_name},
        "what": _what(asked),
        "how_often": _("Every update") if asked.every_update else _("When something begins and when it is over"),
        "was_active": asked.subscriber.is_active,
        "expires": wording.moment(asked.expires_at, site.zone),
        "confirm_url": links.address("confirm", merge_fields["token"]),
        "home": settings.SITE_URL,
    }
    text, html = _render("confirmation", context)
    headers = headers_of(site, f"confirm.{asked.pk or 0}.{merge_fields['subscriber']}")
    return rendered(
        merge_fields,
        context["subject"],
        text,
        html,
        headers,
        values=lambda subscriber: {
            "token": links.confirmation_token(asked),
            "subscriber": str(subscriber.pk or 0),
        },
    )


def sample(_sample: Sample, site: Site) -> RenderedNotice:
    """The mail that `send_test` sends: a line of text, without a link."""
    words = _("This is a test of %(address)s. Nothing happened, and nobody else gets it.")
    words %= {"address": settings.SITE_URL}
    subject = _("Test: %(page)s") % {"page": site.page_name}
    html = f"<!DOCTYPE html><title>{escape(subject)}</title><p>{escape(words)}</p>"
    headers = headers_of(site, f"sample.{secrets.token_hex(8)}")
    return rendered(MergeFields("nothing"), subject, f"{words}\n", html, headers, values=lambda subscriber: {})


def rendered(
    merge_fields: MergeFields,
    subject: str,
    text: str,
    html: str,
    headers: dict[str, str],
    values: Callable[[Recipient], Mapping[str, str]],
) -> RenderedNotice:
    """The parts that all recipients share, cut where `values` puts in what is theirs alone."""
    return RenderedNotice(
        subject=_line(subject),
        text=merge_fields.cut(text),
        html=merge_fields.cut(html),
        headers={name: merge_fields.cut(_line(value)) for name, value in headers.items()},
        values=values,
    )


def _what(asked: Confirmation) -> str:
    if asked.everything:
        return _("Everything on the page")
    return wording.listed(component.name for component in asked.components())


def _announcement_context(announced: Announcement, site: Site, merge_fields: MergeFields) -> dict[str, Any]:
    status = wording.state(announced)
    zone, next_at = site.zone, announced.next_update_at
    corrected = wording.corrected(announced, zone)
    statuses = [ComponentStatus(component["status"]) for component in announced.components or []]
    impact = Impact(announced.impact or Impact.MINOR)  # a preview may not know it yet
    return {
        "site": site,
        "subject": (_("Correction: [%(state)s] %(title)s") if corrected else "[%(state)s] %(title)s")
        % {"state": status, "title": announced.title},
        "corrected": corrected,
        "superseded": "" if corrected else wording.superseded(announced, zone),
        "title": announced.title,
        "status": status,
        "state": ComponentStatus.OPERATIONAL if announced.is_over else state_of_incident(impact, statuses),
        "about": wording.about(announced, zone),
        "affected": wording.affected(announced, zone),
        "holds_promise": wording.holds_promise(announced, zone),
        "next_update": next_at and wording.clock(next_at, zone, seen_at=announced.read_at),
        "published": wording.moment(announced.read_at, zone),
        "incident_url": announced.incident.get_public_url(),
        "manage_url": links.address("manage", merge_fields["token"]),
        "unsubscribe_url": links.address("unsubscribe", merge_fields["token"]),
        "why": merge_fields["why"],
        "why_html": merge_fields["why_html"],
        "home": settings.SITE_URL,
    }


class _Reason:
    """The reason why a recipient gets it, as text and as HTML. Who is linked to the incident is read once, in one
    query."""

    def __init__(self, announced: Announcement, site: Site):
        pk = announced.incident_id
        rows = AffectedCustomer.objects.filter(incident=pk).values_list("subscriber_id", flat=True) if pk else ()
        self.linked = frozenset(rows)
        page = {"page": site.page_name}
        self.of_subscriber = self._both(_("You get this because you subscribed to %(page)s.") % page)
        self.of_customer = self._both(_("You get this because our support team linked you to this incident."))
        either = _("You get this because you subscribed to %(page)s and our support team linked you to this incident.")
        self.of_either = self._both(either % page)

    @staticmethod
    def _both(why: str) -> dict[str, str]:
        return {"why": why, "why_html": escape(why)}

    def __call__(self, subscriber: Recipient) -> dict[str, str]:
        if subscriber.pk not in self.linked:
            return self.of_subscriber
        return self.of_either if subscriber.is_active else self.of_customer


def within_size(name: str, told: Told, context: dict[str, Any]) -> tuple[str, str]:
    """The template `name` as text and as HTML, with as much of the body as a mail may hold."""
    for body, body_html, is_cut in _bodies(told):
        text, html = _render(name, context | {"body": body, "body_html": body_html, "is_cut": is_cut})
        if len(text.encode()) + len(html.encode()) <= MAX_BYTES:
            break
    return text, html


def _bodies(told: Told) -> Iterator[tuple[str, str, bool]]:
    """The body, then ever shorter beginnings of it, each as text and as HTML."""
    body = told.body.replace("\r\n", "\n").strip()
    html = told.body_html or markdown.render(body)
    yield markdown.plain(html), html, False
    for limit in _BODY_LIMITS:
        if limit < len(body):
            html = markdown.render(_beginning(body, limit))
            yield markdown.plain(html), html, True


def _beginning(body: str, limit: int) -> str:
    """Return at most `limit` characters, up to the end of a paragraph, a line or a word where there is one late
    enough."""
    kept = body[:limit]
    for end in ("\n\n", "\n", " "):
        if kept.rfind(end) > limit // 2:
            kept = kept[: kept.rfind(end)]
            break
    return kept.rstrip() + " …"


def _render(name: str, context: Mapping[str, Any]) -> tuple[str, str]:
    text = render_to_string(f"emails/{name}.txt", context)
    return text.strip() + "\n", _inliner.inline(render_to_string(f"emails/{name}.html", context))


def headers_of(site: Site, message_id: str) -> dict[str, str]:
    name, address = mailbox.split(settings.DEFAULT_FROM_EMAIL)
    in_which = {} if get_language() == ENGLISH else {"Content-Language": get_language()}
    return in_which | {
        "From": formataddr((_line(name or site.page_name)[:_FROM_NAME], address)),
        "Message-ID": f"<{message_id}@{host()}>",
        "Auto-Submitted": "auto-generated",
        # Not "All": that would keep the bounces from us.
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }


def in_thread_of(incident: Incident, subscriber: str) -> dict[str, str]:
    """Return the headers by which a mail stands beside all others of `incident` to `subscriber`."""
    root = f"<{incident.public_id}.{subscriber}@{host()}>"
    return {"In-Reply-To": root, "References": root}


def to_subscribers(unsubscribe_url: str) -> dict[str, str]:
    """Return the headers of whatever goes to a list: how to leave it with one click (RFC 8058)."""
    return {
        "List-Id": f"<updates.{host()}>",
        "List-Unsubscribe": f"<{unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Precedence": "bulk",
    }


def host() -> str:
    return urlsplit(settings.SITE_URL).hostname or ""


def _line(text: str) -> str:
    """A header never holds a line break, whatever an import let into a title."""
    return "".join(char if char.isprintable() else " " for char in text).strip()
