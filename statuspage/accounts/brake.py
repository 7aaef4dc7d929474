"""The brake on trying passwords. Everybody may try again, after a wait that ends: nobody can lock out anybody.

Who tries is told apart by network and by name, known or not. A browser with which somebody logged in before has a
budget of its own for that name, so that no stranger slows it. While strangers try more than usual, at one name or in
all, one who has not waited for a turn is sent to wait for it: an attacker who comes from a new network each time never
comes back with a turn, a person does so after seconds.
"""

import time
import unicodedata
from typing import NamedTuple

from django.http import parse_cookie

from statuspage.lib import budgets, tokens
from statuspage.lib.budgets import Budget
from statuspage.lib.client import network_of

from . import cookies

NETWORK = Budget("login-network", 10, 10)  # tries of one network, with whatever names
NAME = Budget("login-name", 10, 30)  # tries of one name by strangers, before each has to wait for a turn
HOUSE = Budget("login-house", 20, 1)  # the same for all names: half a core of checks
PATIENT = Budget("login-patient", 3, 20)  # tries of one network by turns
KNOWN = Budget("login-known", 5, 10)  # tries of one known browser
CHANGES = Budget("login-changes", 5, 30)  # tries of one user, logged in, to change the password
TURN_AFTER = 2.0  # seconds
CALM_AFTER = 5.0  # seconds without a try too many


class Slow(Exception):
    """A refusal for now: try again after `seconds`."""

    def __init__(self, seconds: float):
        self.seconds = seconds


class Client(NamedTuple):
    """A client that tries. `turn`: when its turn comes, in seconds since 1970; None for one that has none."""

    network: str
    known: list[cookies.Known]
    turn: int | None

    @classmethod
    def of(cls, environ: dict) -> "Client":
        """The client of a WSGI request."""
        shown, network = parse_cookie(environ.get("HTTP_COOKIE", "")), network_of(environ)
        return cls(
            network,
            cookies.read_known(shown.get(cookies.KNOWN, "")),
            cookies.read_turn(shown.get(cookies.TURN, ""), network),
        )

    @property
    def turn_wait(self) -> float:
        """Seconds until its turn comes; 0 where it has come."""
        return TURN_AFTER if self.turn is None else max(self.turn - time.time(), 0.0)


class Try:
    """One try to log in, on its way: `begin` before anything of it is read, `named` once the name is."""

    def __init__(self, client: Client):
        self.client = client
        self.is_stranger = not client.known
        self.waited = False  # for its turn, which counts against all limits that ask for one
        self.taken: list[tuple[Budget, str]] = []

    def begin(self) -> "Try":
        """Raises Slow."""
        if self.is_stranger:
            self._as_stranger()
        else:
            self._take(KNOWN, str(self.client.known[0].browser))
        return self

    def named(self, name: str, *, known_user) -> None:
        """`known_user`: whoever has that name, looked up where the browser is known at all. Raises Slow."""
        if not self.is_stranger and not (known_user and any(known.is_of(known_user) for known in self.client.known)):
            self.is_stranger = True
            self._as_stranger()
        if self.is_stranger:
            self._take_or_have_waited(NAME, tokens.keyed_hash(NAME.name, _folded(name))[:32])

    def give_back(self) -> None:
        """Let it count as no try: the password was right, or was not looked at."""
        for budget, key in self.taken:
            budgets.counts.give_back(budget, key)

    def _as_stranger(self) -> None:
        if wait := budgets.counts.wait(NETWORK, self.client.network):  # or one network used up what is for all
            raise Slow(wait)
        self._take_or_have_waited(HOUSE, "all")
        self._take(NETWORK, self.client.network)

    def _take_or_have_waited(self, budget: Budget, key: str) -> None:
        if self.waited:
            return
        if not (wait := budgets.counts.take(budget, key)):
            self.taken.append((budget, key))
            return
        # As long as a flood lasts it gets nothing of what drains: that is for those who wait.
        budgets.counts.hold(budget, key, max(wait, CALM_AFTER))
        if wait := self.client.turn_wait:
            raise Slow(wait)
        self._take(PATIENT, self.client.network)
        self.waited = True

    def _take(self, budget: Budget, key: str) -> None:
        if wait := budgets.counts.take(budget, key):
            raise Slow(wait)
        self.taken.append((budget, key))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name[:150]).strip().casefold()
