"""What we answer to an SMS, one segment each where the names are short."""

from django.conf import settings

from incidents.models import Site

from ..segments import plain


def stopped(site: Site) -> str:
    return f"{_who(site)}: You get no more status updates by SMS. Reply START to get them again."


def started(site: Site) -> str:
    return f"{_who(site)}: You get status updates by SMS again. Reply STOP to end, HELP for help."


def unknown(site: Site) -> str:
    """To START from a number that never confirmed a subscription."""
    return f"{_who(site)}: Nothing is subscribed for this number. Subscribe at {settings.SITE_URL}"


def helped(site: Site) -> str:
    """Who we are, and how to stop."""
    return f"{_who(site)}: Status updates by SMS, only when something happens. {settings.SITE_URL} Reply STOP to end."


def _who(site: Site) -> str:
    return plain(site.name)[:40].strip()
