"""The cookies that a browser shows at the log-in: that somebody logged in with it before, or that it waited for its
turn.

Both are signed, sent to the log-in page alone, and worth nothing without a password.
"""

import secrets
import time
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from statuspage.lib import tokens

KNOWN = "known-browser"
TURN = "login-turn"
_KNOWN_FOR = 180 * 86_400  # seconds since the last log-in
_TURN_FOR = 120  # seconds in which a turn is taken, once it has come
_MOST_PEOPLE = 4  # who share a browser


class Known(NamedTuple):
    """A user who logged in with this browser; `password` and `browser` are fingerprints, `at` seconds since 1970."""

    user: int
    password: int
    browser: int
    at: int

    def is_of(self, user) -> bool:
        """Whether it was `user`, with the password that they still have."""
        return (self.user, self.password) == (user.pk, _fingerprint(user.password))


def read_known(cookie: str) -> list[Known]:
    """Return who logged in with the browser that shows `cookie`, the latest first."""
    if not cookie:
        return []
    read = (tokens.read(KNOWN, token) for token in cookie.split(".")[:_MOST_PEOPLE])
    return [known for numbers in read if numbers and (known := Known(*numbers)).at > time.time() - _KNOWN_FOR]


def remember(response: HttpResponse, user, others: list[Known]) -> None:
    """Give the browser its pass for `user`, beside those of the others it has."""
    browser = others[0].browser if others else secrets.randbits(64)
    latest = Known(user.pk, _fingerprint(user.password), browser, int(time.time()))
    people = [latest, *(other for other in others if other.user != user.pk)][:_MOST_PEOPLE]
    _set(response, KNOWN, ".".join(tokens.make(KNOWN, *known) for known in people), _KNOWN_FOR)


def _fingerprint(text: str) -> int:
    return int(tokens.keyed_hash(KNOWN, text)[:16], 16)


def read_turn(cookie: str, network: str) -> int | None:
    """Return when the turn of whoever shows `cookie` comes, in seconds since 1970; None without one for this
    network."""
    match tokens.read(TURN, cookie):
        case (of_network, at) if of_network == _fingerprint(network) and at + _TURN_FOR > time.time():
            return at
    return None


def give_turn(response: HttpResponse, network: str, at: float) -> None:
    """Let the browser show later that it has waited until `at`, seconds since 1970."""
    _set(response, TURN, _turn(network, at), _TURN_FOR)


def turn_header(network: str, at: float) -> str:
    """The same as a Set-Cookie of its own."""
    return f"{TURN}={_turn(network, at)}; {_turn_attributes()}"


def _turn(network: str, at: float) -> str:
    return tokens.make(TURN, _fingerprint(network), int(at))


@cache
def _turn_attributes() -> str:
    response = HttpResponse()
    _set(response, TURN, "", _TURN_FOR)
    return response.cookies[TURN].OutputString(["max-age", "path", "secure", "httponly", "samesite"]).partition("; ")[2]


def _set(response: HttpResponse, name: str, value: str, seconds: int) -> None:
    """Set a cookie without a date: Max-Age is what browsers go by."""
    response.cookies[name] = value
    response.cookies[name].update(
        {  # type: ignore[arg-type]  # a Morsel takes whole numbers and flags too, and Django writes them
            "max-age": seconds,
            "path": reverse("admin:login"),
            "secure": settings.SESSION_COOKIE_SECURE,
            "httponly": True,
            "samesite": "Strict",
        }
    )
