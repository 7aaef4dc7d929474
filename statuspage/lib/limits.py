"""The limits on what strangers may ask of the doors that are open to everybody. All is by WSGI environ; 0 means: go
on."""

import math

from django.utils.translation import ngettext

from . import budgets
from .budgets import Budget
from .client import Environ, network_of

# A thousand of one office behind one address, in the first quarter of an hour; a bot gets no further than they.
SIGN_UPS_OF_NETWORK = Budget("sign-ups-network", 300, 1)
# Twice the worst day: an incident that brings 5,000 in ten minutes.
SIGN_UPS = Budget("sign-ups", 3_000, 0.1)
# Links that open nothing: mistyped, cut off by a mail program, guessed.
MISSES = Budget("misses", 30, 2)


def sign_up(environ: Environ) -> float:
    """Seconds until somebody there may sign up."""
    network = network_of(environ)
    if wait := budgets.counts.take(SIGN_UPS_OF_NETWORK, network):
        return wait
    if wait := budgets.counts.take(SIGN_UPS, "all"):
        budgets.counts.give_back(SIGN_UPS_OF_NETWORK, network)
    return wait


def missed(environ: Environ) -> float:
    """Note that a link opened nothing; seconds until the next one may."""
    return budgets.counts.take(MISSES, network_of(environ))


def misses_wait(environ: Environ) -> float:
    """Seconds until a link may open nothing; notes nothing."""
    return budgets.counts.wait(MISSES, network_of(environ))


def retry_after(seconds: float) -> str:
    """Write a wait as the header of that name says it: whole seconds, rounded up; at least one."""
    return str(_whole(seconds))


def _whole(seconds: float) -> int:
    return max(math.ceil(seconds), 1)


def in_words(seconds: float) -> str:
    """Write seconds in words, such as "3 seconds", rounded up; at least one."""
    number = _whole(seconds)
    if number < 120:
        return ngettext("%(number)s second", "%(number)s seconds", number) % {"number": number}
    number = math.ceil(number / 60)
    return ngettext("%(number)s minute", "%(number)s minutes", number) % {"number": number}
