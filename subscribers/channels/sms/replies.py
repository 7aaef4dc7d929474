"""What we answer to an SMS, one segment each where the names are short."""

from urllib.parse import urlsplit

from django.conf import settings

from incidents.models import Site

from .segments import is_gsm, plain


def stopped(site: Site) -> str:
    return f"{_who(site)}: You get no more status updates by SMS. Reply START to get them again."


def started(site: Site) -> str:
    return f"{_who(site)}: You get status updates by SMS again. Reply STOP to end, HELP for help."


def unknown(site: Site) -> str:
    """To START from a number that never confirmed a subscription."""
    return f"{_who(site)}: Nothing is subscribed for this number. Subscribe at {settings.SITE_URL}"


def helped(site: Site) -> str:
    """Who we are, and how to stop."""
    return f"{_who(site)}: Status updates by SMS when something happens. {settings.SITE_URL} Reply STOP to end."


def _who(site: Site) -> str:
    """The name in few enough characters; outside the GSM alphabet, which would cost a second segment, the host."""
    name = plain(site.name)
    return name[:30].strip() if is_gsm(name) else urlsplit(settings.SITE_URL).hostname or ""
