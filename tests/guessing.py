"""Attackers who guess passwords, for `tests.http_clients.Crowd`: from everywhere."""

import itertools
import random
from collections.abc import Iterator
from urllib.parse import urlencode

from tests.http_clients import Request

LOG_IN = "/admin/login/"
_TOKEN = "a" * 32  # whoever sends the same in cookie and form needs no page of ours
_HEADERS = (("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", f"csrftoken={_TOKEN}"))


def guesses(number: int) -> Iterator[Request]:
    """Of one attacker: at the lead's password, or of every other one each at another name; always from a new network,
    as the proxy in front says."""
    choice = random.Random(number)
    for count in itertools.count():
        name = f"name{number}-{count}" if number % 2 else "lead"
        address = ".".join(str(choice.randrange(1, 224)) for _ in range(4))
        yield a_try(address, username=name, password=f"guess{count}", next="/admin/")


def a_try(address: str, **fields: str) -> Request:
    body = urlencode({"csrfmiddlewaretoken": _TOKEN, **fields}).encode()
    return Request(LOG_IN, "POST", (*_HEADERS, ("X-Forwarded-For", address)), body)
