"""The replies to an SMS that people send us, one segment each where the names are short."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from incidents.models import Site
from statuspage.lib import language

from .segments import is_gsm, plain


def _in_its_language(words: Callable[[], str]) -> Callable[[Site], str]:
    """An answer of the site by its words, which name `who` speaks and its `address`."""

    @wraps(words)
    def answer(site: Site) -> str:
        with language.speaking(site.language):
            return words() % {"who": _who(site), "address": settings.SITE_URL}

    return answer


@_in_its_language
def stopped() -> str:
    return _("%(who)s: You get no more status updates by SMS. Reply START to get them again.")


@_in_its_language
def started() -> str:
    return _("%(who)s: You get status updates by SMS again. Reply STOP to end, HELP for help.")


@_in_its_language
def unknown() -> str:
    """Return the reply to START from a number that never confirmed a subscription."""
    return _("%(who)s: Nothing is subscribed for this number. Subscribe at %(address)s")


@_in_its_language
def helped() -> str:
    """Return the reply to HELP: who we are, and how to stop."""
    return _("%(who)s: Status updates by SMS when something happens. %(address)s Reply STOP to end.")


def _who(site: Site) -> str:
    """The name in few enough characters; outside the GSM alphabet, which would cost a second segment, the host."""
    name = plain(site.name)
    return name[:30].strip() if is_gsm(name) else urlsplit(settings.SITE_URL).hostname or ""
