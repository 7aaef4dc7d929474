"""Every address of the production server under 20,000 requests of every shape: `python -m tests.chaos.doors`.

A table at the end, and 1 where a request was a 5xx, showed a traceback or took over two seconds. The seed is printed;
SEED=n repeats it, SHOTS=n makes fewer.
"""

import contextlib
import http.client
import os
import sys
import threading
import time
from collections import Counter
from itertools import islice
from typing import NamedTuple

import psycopg

from tests.chaos.place import place
from tests.journeys.browsing import Visitor
from tests.seeds import fresh_seed
from tests.servers import Postgres
from tests.web import Web, eventually
from tests.with_tables import ENVIRONMENT

SEED = fresh_seed()
SHOTS = int(os.environ.get("SHOTS") or 20_000)
# The administrator is left to the tests: it could take the others' rights away.
ROLES = ("anonymous", "lead", "support")
LOG_IN_EVERY = 200  # shots: one of them logs out
SLOWEST = 2.0  # seconds: C38
KNOWN = {
    "public_id": "SELECT public_id FROM incidents_incident UNION SELECT public_id FROM incidents_component",
    "announcement": "SELECT public_id FROM incidents_announcement",
    "pk": "SELECT id FROM subscribers_subscriber LIMIT 20",
    "delivery": "SELECT id FROM subscribers_delivery LIMIT 20",
    "object_id": "SELECT id FROM incidents_incident LIMIT 5",
}


class Hit(NamedTuple):
    shot: object
    status: int  # 0 where the connection failed
    seconds: float
    has_traceback: bool

    @property
    def is_wrong(self) -> bool:
        return self.status == 0 or self.status >= 500 or self.has_traceback


class Attacker(threading.Thread):
    """One role's share of the shots, one after the other."""

    def __init__(self, web: Web, role: str, known: dict[str, list[str]]):
        super().__init__(name=role)
        self.web, self.role, self.known = web, role, known
        self.visitor = Visitor(web.address)
        self.headers: dict[str, str] = {}
        self.hits: list[Hit] = []

    def run(self) -> None:
        from tests.fuzz import Fuzzer

        shots = iter(Fuzzer(SEED * len(ROLES) + ROLES.index(self.role), self.known))
        for number, shot in enumerate(islice(shots, SHOTS // len(ROLES))):
            if number % LOG_IN_EVERY == 0:
                self._arrive()
            self.hits.append(self._hit(shot))

    def _arrive(self) -> None:
        """With all that a browser has after a look at a form, or after the log-in."""
        self.visitor.get("/subscribe/")
        if self.role != "anonymous":
            self._log_in()
        visitor = self.visitor
        cookies = {cookie.name: cookie.value for cookie in visitor.cookies}
        assert self.role == "anonymous" or "sessionid" in cookies, f"{self.role} cannot log in: {visitor.status}"
        said = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self.headers = {"Cookie": said, "X-CSRFToken": cookies["csrftoken"]}

    def _log_in(self) -> None:
        """As often as it asks for min_overdue: what is shot at the log-in comes from the same network. By the same
        browser each time, which is known after the first."""
        until = time.monotonic() + 120
        self.visitor.log_out()
        while self.visitor.log_in(self.role, self.web.environ["DEMO_PASSWORD"]).status == 429:
            assert time.monotonic() < until, f"{self.role} cannot log in"
            time.sleep(1)

    def _hit(self, shot) -> Hit:
        kind = {"Content-Type": shot.content_type} if shot.content_type else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.web.port, timeout=60)
        began = time.monotonic()
        try:
            connection.request(shot.method, shot.path, shot.body, shot.headers | kind | self.headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            return Hit(shot, 0, time.monotonic() - began, b"Traceback" in str(error).encode())
        finally:
            connection.close()
        return Hit(shot, answer.status, time.monotonic() - began, b"Traceback (most recent" in body)


def known_values(postgres: Postgres) -> dict[str, list[str]]:
    """For each variable part of an address what is really there, and tokens that open something."""
    from statuspage.lib import tokens

    with psycopg.connect(postgres.url) as connection:
        known = {name: [str(value) for (value,) in connection.execute(query)] for name, query in KNOWN.items()}
    people = [tokens.make("subscription", int(pk), 1) for pk in known["pk"]]
    return known | {
        "token": [*people, tokens.make("confirm", 1), tokens.make("sms report", 1)],
        "month": [f"{time.gmtime().tm_year}-{time.gmtime().tm_mon:02d}"],
        "key": [tokens.make("sms incoming", 1)],
        "code": [public_id[:8] for public_id in known["public_id"]],
        "channel": ["email", "sms"],
    }


def attack(web: Web, postgres: Postgres) -> bool:
    known = known_values(postgres)
    attackers = [Attacker(web, role, known) for role in ROLES]
    for attacker in attackers:
        attacker.start()
    for attacker in attackers:
        attacker.join()
    hits = [hit for attacker in attackers for hit in attacker.hits]
    wrong = [hit for hit in hits if hit.is_wrong]
    for hit in wrong[:20]:
        print(hit.status, hit.shot, file=sys.stderr)
    seconds = sorted(hit.seconds for hit in hits)
    said = web.log()
    for fault in said.split("Traceback (most recent")[1:6]:
        print(fault[:3_000], file=sys.stderr)
    for hit in sorted(hits, key=lambda hit: -hit.seconds)[:3]:
        print(f"{hit.seconds:.2f} s: {hit.shot}", file=sys.stderr)
    leaks = [line for line in said.splitlines() if any(token in line for token in known["token"])]
    for line in leaks[:20]:
        print(line[:500], file=sys.stderr)
    print(f"{len(hits)} requests: {dict(sorted(Counter(hit.status for hit in hits).items()))}")
    print(f"{len(wrong)} wrong, p99 {seconds[len(seconds) * 99 // 100]:.2f} s, slowest {seconds[-1]:.2f} s")
    print(f"in the log: {said.count('Traceback')} tracebacks, {len(leaks)} lines with a token")
    return (
        len(hits) == SHOTS // len(ROLES) * len(ROLES)
        and not wrong
        and seconds[-1] <= SLOWEST
        and "Traceback" not in said
        and not leaks
    )


def main() -> int:
    os.environ |= ENVIRONMENT | {"SMS_URL": "http://127.0.0.1:9/send"}  # so that its doors are there; nobody listens
    print(f"seed {SEED}", flush=True)
    with contextlib.ExitStack() as stack:
        directory, postgres = stack.enter_context(place())
        web = Web(postgres.url, directory, "statuspage.wsgi:application", directory)
        stack.callback(web.stop)
        web.prepare()
        web.start()
        eventually(lambda: web.get()[0] == 200, 60)
        import django

        os.environ["DATA_DIR"] = str(directory)
        django.setup()
        is_good = attack(web, postgres)
        print("pass" if is_good else "FAIL")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
