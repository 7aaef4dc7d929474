"""What `manage.py send_test` sends: says that it is a test, and holds no link that acts for anybody."""

import secrets

from django.conf import settings
from django.utils.translation import gettext as _

from incidents.models import Site

from ..enums import Channel
from .email import message as email
from .message import MergeText, Message, RenderedNotice
from .sms import message as sms

_NOBODY = 0  # the number of no delivery: what is reported of it changes nothing


def sample(channel: Channel, address: str) -> Message:
    """To `address`, as it is."""
    with Site.speaking() as site:
        notice = _mail(site) if channel == Channel.EMAIL else _sms(site)
    return Message(_NOBODY, address, notice, {})


def _mail(site: Site) -> RenderedNotice:
    words = _("This is a test of %(address)s. Nothing happened, and nobody else gets it.")
    subject = _("Test: %(page)s") % {"page": site.page_name}
    return email.notice_to_all(site, f"sample.{secrets.token_hex(8)}", subject, words % {"address": settings.SITE_URL})


def _sms(site: Site) -> RenderedNotice:
    text = _("%(brand)s: This is a test. Nothing happened.") % {"brand": sms.brand(site)}
    return RenderedNotice(text=MergeText((text,)), values=lambda recipient: {})
