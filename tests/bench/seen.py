"""How soon a publish is on the page: `python -m tests.bench.seen [--publishes N] [--beside DIRECTORY]`.

From the moment the publish is committed until every web process shows it, and until the nginx that the program ships
in front of them does. `--beside`: where another version of the program lies, over the same database, asked in turn.
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
    parser.add_argument("--beside", type=Path)
    wanted = parser.parse_args()
    with ExitStack() as stack:
        directory = stack.enter_context(place())
        url = stack.enter_context(site(directory)).url
        places = {"": CHECKOUT} | ({", the other": wanted.beside} if wanted.beside else {})
        webs = {name: started(stack, directory, url, place) for name, place in places.items()}
        measure(
            {
                f"seen in every web process{name}": [Reader(web.port) for _ in range(CONNECTIONS)]
                for name, web in webs.items()
            },
            wanted.publishes,
            PROMISED,
        )
        if shutil.which("nginx"):
            proxies = {name: stack.enter_context(Nginx.as_shipped(directory, web.port)) for name, web in webs.items()}
            named = {f"seen through the shipped nginx{name}": [Reader(nginx.port)] for name, nginx in proxies.items()}
            measure(named, wanted.publishes, PROMISED_BY_NGINX)
        else:
            missing("nginx", "nginx-light", "what is seen through it")
    return verdict()


def started(stack: ExitStack, directory: Path, url: str, checkout: Path) -> Web:
    web = Web(url, directory / f"data-{checkout.name}", "statuspage.wsgi:application", directory, checkout=checkout)
    stack.callback(web.stop)
    web.prepare()
    web.start()
    eventually(lambda: web.get()[0] == 200, 60)
    return web


def measure(named: dict[str, list[Reader]], publishes: int, promised: float) -> None:
    """Each in turn, publish by publish. The slowest of this program has to keep the promise."""
    took: dict[str, list[float]] = {name: [] for name in named}
    for _ in range(publishes):
        for name, readers in named.items():
            took[name].append(_seconds(readers, f"Publish {random.getrandbits(64):x}"))
    for name, seconds in took.items():
        words = f"{min(seconds):.3f} to {max(seconds):.3f} s after the commit, of {publishes}"
        promise = None if name.endswith("other") else at_most(promised, max(seconds))
        row(name, f"{statistics.median(seconds):.3f} s", words, promise)


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
