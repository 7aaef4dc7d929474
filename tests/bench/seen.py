"""How soon a publish is on the page: `python -m tests.bench.seen [--publishes N] [--checkout DIRECTORY]`.

From the moment the publish is committed until every web process shows it, and until the nginx that the program ships
in front of them does. `--checkout`: where the program lies whose web processes are asked, to compare it with this one.
"""

import argparse
import http.client
import random
import shutil
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from tests.bench.figures import at_most, missing, row, verdict
from tests.bench.site import place, site
from tests.nginx import Nginx
from tests.web import CHECKOUT, Web, eventually

PROMISED, PROMISED_BY_NGINX = 0.15, 1.2  # seconds
CONNECTIONS = 16  # that all of them lead to one of the two processes happens once in 30,000 runs
APART = (1.3, 2.3)  # seconds between two publishes


class Reader:
    """Asks for the page over one connection, which leads to one process."""

    def __init__(self, port: int):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def sees(self, words: str) -> bool:
        self.connection.request("GET", "/")
        return words.encode() in self.connection.getresponse().read()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--publishes", type=int, default=20)
    parser.add_argument("--checkout", type=Path, default=CHECKOUT)
    wanted = parser.parse_args()
    with ExitStack() as stack:
        directory = stack.enter_context(place())
        postgres = stack.enter_context(site(directory))
        web = Web(postgres.url, directory / "data", "statuspage.wsgi:application", directory, checkout=wanted.checkout)
        stack.callback(web.stop)
        web.prepare()
        web.start()
        eventually(lambda: web.get()[0] == 200)
        processes = [Reader(web.port) for _ in range(CONNECTIONS)]
        measure("seen in every web process", processes, wanted.publishes, PROMISED)
        if shutil.which("nginx"):
            nginx = stack.enter_context(Nginx.as_shipped(directory, web.port))
            measure("seen through the shipped nginx", [Reader(nginx.port)], wanted.publishes, PROMISED_BY_NGINX)
        else:
            missing("nginx", "nginx-light", "what is seen through it")
    return verdict()


def measure(what: str, readers: list[Reader], publishes: int, promised: float) -> None:
    """The slowest has to keep the promise."""
    took = [_seconds(readers, f"Publish {random.getrandbits(64):x}") for _ in range(publishes)]
    words = f"{min(took):.3f} to {max(took):.3f} s after the commit, of {publishes}"
    row(what, f"{statistics.median(took):.3f} s", words, at_most(promised, max(took)))


def _seconds(readers: list[Reader], title: str) -> float:
    from tests.factories import a_component, an_open_incident

    component = a_component()
    until = time.monotonic() + random.uniform(*APART)
    while time.monotonic() < until:  # as ever, so that nginx keeps what it may keep
        readers[0].sees(title)
        time.sleep(0.01)
    an_open_incident(component, title=title)
    began = time.monotonic()
    for reader in readers:
        while not reader.sees(title):
            time.sleep(0.005)
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
