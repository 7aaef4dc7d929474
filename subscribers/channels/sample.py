"""What `manage.py send_test` sends: says that it is a test, and holds no link that acts for anybody."""

import secrets

from django.conf import settings

from incidents.models import Site

from ..enums import Channel
from .email import message as email
from .message import MergeText, Message, RenderedNotice
from .sms import message as sms

_NOBODY = 0  # the number of no delivery: what is reported of it changes nothing


def sample(channel: Channel, address: str) -> Message:
    """To `address`, as it is."""
    site = Site.load()
    notice = _mail(site) if channel == Channel.EMAIL else _sms(site)
    return Message(_NOBODY, address, notice, {})


def _mail(site: Site) -> RenderedNotice:
    words = f"This is a test of {settings.SITE_URL}. Nothing happened, and nobody else gets it."
    return email.notice_to_all(site, f"sample.{secrets.token_hex(8)}", f"Test: {site.page_name}", words)


def _sms(site: Site) -> RenderedNotice:
    return RenderedNotice(
        text=MergeText((f"{sms.brand(site)}: This is a test. Nothing happened.",)), values=lambda recipient: {}
    )
