"""The SMS of a message that is no update: who speaks, its title, where it leads; for subscribers how to end."""

from incidents.models import Site

from ... import links
from ...enums import RecipientKind
from ..message import MergeFields, RenderedNotice
from ..message_to import MessageTo
from .message import SEGMENTS, brand, how_to_end, sentence
from .segments import fit, plain


def message(to: MessageTo, site: Site) -> RenderedNotice:
    """`to.told` as recipients of one kind get it. The title is shortened where it has to be, never the link."""
    merge_fields = MergeFields("token")
    told, may_end = to.told, to.kind is RecipientKind.SUBSCRIBER
    link = f" {leads}" if (leads := links.of_message(told)) else ""
    end = f" {how_to_end(links.address('short', merge_fields['token']))}" if may_end else ""
    text = fit(f"{brand(site)}: ", sentence(plain(told.title)), link + end, SEGMENTS)
    return RenderedNotice(
        text=merge_fields.cut(text),
        values=lambda recipient: {"token": links.subscription_token(recipient)} if may_end else {"token": ""},
    )
