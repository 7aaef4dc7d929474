"""Log-ins in the audit: who, from which network, and who tried. Never a password, and never an unknown name: people
type their password into the wrong field. A flood writes few rows; each row says how many were not written."""

import threading

from django.contrib.auth import get_user_model

from incidents.audit_verbs import AuditVerb
from incidents.models import AuditEvent
from incidents.models.audit import nobody_is_called
from statuspage.lib import budgets, tokens
from statuspage.lib.budgets import Budget

_OF_ONE = Budget("login-audit-name", 10, 600)
_OF_ALL = Budget("login-audit", 60, 30)


class _Unknown:
    pk = ""

    def __str__(self):
        return "an unknown name"


class _Unwritten:
    """The number of tries that this process refused or slowed without a row of their own."""

    def __init__(self):
        self.number = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        with self._lock:
            self.number += 1

    def taken(self) -> int:
        """The number so far; counts from 0 again."""
        with self._lock:
            number, self.number = self.number, 0
        return number


unwritten = _Unwritten()


def logged_in(user, *, network: str) -> None:
    if not budgets.counts.take(_OF_ONE, f"in:{user.pk}"):
        AuditEvent.record(AuditVerb.LOGGED_IN, user, by=user, network=network)


def refused(name: str, *, network: str) -> None:
    """Note a refused try. Known and unknown names take the same steps, so that the answer takes the same time."""
    user = get_user_model().objects.filter(username=name).first()
    key = tokens.keyed_hash(_OF_ONE.name, name)[:32]
    if budgets.counts.take(_OF_ONE, key) or budgets.counts.take(_OF_ALL, "all"):
        return unwritten.add()
    with nobody_is_called("somebody"):
        AuditEvent.record(
            AuditVerb.TRIED_TO_LOG_IN, user or _Unknown(), by=None, network=network, not_written=unwritten.taken()
        )
