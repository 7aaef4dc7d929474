"""The mail of a message that is no update: to a member of staff, a stakeholder, a customer, or to subscribers."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from incidents.models import Site

from ... import links
from ...enums import RecipientKind
from .. import wording
from ..message import MergeFields, Recipient, RenderedNotice
from ..message_to import MessageTo
from .message import headers_of, in_thread_of, rendered, to_subscribers, within_size


def message(to: MessageTo, site: Site) -> RenderedNotice:
    """`to.told` as recipients of one kind get it. Only subscribers find a way to unsubscribe."""
    merge_fields = MergeFields("token", "recipient", "thread")
    told, may_end = to.told, to.kind is RecipientKind.SUBSCRIBER
    context: dict[str, Any] = {
        "site": site,
        "subject": told.title,
        "title": told.title,
        "link": links.of_message(told),
        "why": wording.why(to.kind) % {"page": site.page_name},
        "manage_url": links.address("manage", merge_fields["token"]) if may_end else "",
        "unsubscribe_url": links.address("unsubscribe", merge_fields["token"]) if may_end else "",
        "home": settings.SITE_URL,
    }
    text, html = within_size("message", told, context)
    headers = headers_of(site, f"{told.public_id}.{merge_fields['recipient']}")
    if may_end:
        headers |= to_subscribers(context["unsubscribe_url"])
    if may_end and told.incident:
        headers |= in_thread_of(told.incident, merge_fields["thread"])

    def values(recipient: Recipient) -> Mapping[str, str]:
        token = links.subscription_token(recipient) if may_end else ""
        return {"token": token, "recipient": f"{to.kind[:2]}{recipient.pk}", "thread": str(recipient.pk or 0)}

    return rendered(merge_fields, told.title, text, html, headers, values=values)
