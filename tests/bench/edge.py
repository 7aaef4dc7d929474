"""The public page as fast as a file: `python -m tests.bench.edge [--rounds N] [--seconds S]`.

The program's own production server with two workers, nginx serving the same bytes as static files, and the nginx
configuration that the program ships in front of that server: asked in turn by wrk, like against like, so that a busy
machine slows all three. Needs nginx and wrk; starts everything else itself, prints one table, leaves nothing behind.
"""

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from tests.bench.figures import missing, row, verdict
from tests.bench.processes import family, proportional_mb
from tests.bench.site import KEY, place
from tests.nginx import Nginx
from tests.servers import Postgres
from tests.web import Web, eventually

PRODUCTION = "statuspage.wsgi:application"
KINDS = {"identity": [], "gzip": ["Accept-Encoding: gzip"], "304": ["If-None-Match: {etag}"]}
CONNECTIONS = 64
_FILL = """
import django
django.setup()
from django.utils import timezone
from tests.bench.page_data import make
make(at=timezone.now())
"""
_READERS = """
INSERT INTO subscribers_subscriber (channel, address, everything, every_update, confirmed_at, link_version, created_at)
SELECT 'email', 'reader' || n || '@example.test', true, true, now(), 1, now() FROM generate_series(1, 1000000) AS n
"""
PUBLISHES_A_SECOND = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    wanted = parser.parse_args()
    if absent := [name for name in ("nginx", "wrk") if not shutil.which(name)]:
        missing(" and ".join(absent), "nginx-light wrk", "the comparison with nginx")
        return verdict()
    with ExitStack() as stack:
        directory = stack.enter_context(place())
        web = started(stack, directory)
        web.manage("export_site", str(directory / "site"))
        files = stack.enter_context(Nginx.of_files(directory, directory / "site"))
        proxy = stack.enter_context(Nginx.as_shipped(directory, web.port))
        servers = {"nginx, files": files.port, "web": web.port, "nginx, shipped": proxy.port}
        compare(servers, wanted.rounds, wanted.seconds)
        under_publishes(web, wanted.rounds, wanted.seconds)
        memory(web)
    return verdict()


def started(stack: ExitStack, directory: Path) -> Web:
    """The production server over a PostgreSQL of its own, with the demo in it."""
    postgres = Postgres(directory)
    stack.callback(postgres.stop)
    postgres.start()
    web = Web(postgres.url, directory / "data", PRODUCTION, parent=directory)
    web.environ |= {"SECRET_KEY": KEY, "DJANGO_SETTINGS_MODULE": "statuspage.settings"}
    stack.callback(web.stop)
    web.prepare()
    web.start()
    eventually(lambda: all(web.get()[0] == 200 for _ in range(8)))
    return web


def compare(servers: dict[str, int], rounds: int, seconds: int) -> None:
    """Requests a second and the slowest hundredth of each, as medians; their ratio as the median of the rounds'."""
    for kind, headers in KINDS.items():
        found = {name: [] for name in servers}
        for _ in range(rounds):
            for name, port in servers.items():
                found[name].append(load(port, headers, seconds))
        files = found["nginx, files"]
        for name, runs in found.items():
            rate = statistics.median(run[0] for run in runs)
            slowest = statistics.median(run[1] for run in runs)
            ratio, times = (
                statistics.median(ours[n] / its[n] for ours, its in zip(runs, files, strict=True)) for n in (0, 1)
            )
            row(f"/ {kind}, {name}", f"{rate:,.0f}/s", f"{ratio:.2f} of nginx; p99 {slowest:.1f} ms, {times:.1f} times")


def load(port: int, headers: list[str], seconds: int) -> tuple[float, float]:
    """(requests a second, p99 in milliseconds) of `/`; an answer that is not a 200 or 304 ends the bench."""
    asked = [part for header in headers for part in ("-H", header.format(etag=etag(port)))]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", *asked, f"http://127.0.0.1:{port}/"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    value, unit = re.search(r"99%\s+([0-9.]+)(us|ms|s)\b", said).groups()
    rate = float(re.search(r"Requests/sec:\s+([0-9.]+)", said).group(1))
    return rate, float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def etag(port: int) -> str:
    said = subprocess.check_output(["curl", "-sI", f"http://127.0.0.1:{port}/"], text=True)
    return re.search(r'etag:\s*((?:W/)?"[^"]*")', said, re.IGNORECASE).group(1)


def under_publishes(web: Web, rounds: int, seconds: int) -> None:
    """What five publishes a second cost the readers, quiet and busy runs in turn; how often `/` is built meanwhile."""
    quiet, busy = [], []
    for _ in range(rounds):
        quiet.append(load(web.port, KINDS["gzip"], seconds)[0])
        with publishing(web):
            busy.append(load(web.port, KINDS["gzip"], seconds)[0])
    ratio = statistics.median(ours / its for ours, its in zip(busy, quiet, strict=True))
    row("/ gzip under 5 publishes a second", f"{statistics.median(busy):,.0f}/s", f"{ratio:.2f} of a quiet time")


@contextmanager
def publishing(web: Web):
    """Somebody else publishes: in PostgreSQL itself, so that only what it costs the web processes is measured."""
    ended = threading.Event()
    thread = threading.Thread(target=_publish, args=(web.environ["DATABASE_URL"], ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _publish(url: str, ended: threading.Event) -> None:
    with psycopg.connect(url, autocommit=True) as database:
        while not ended.wait(1 / PUBLISHES_A_SECOND):
            database.execute("UPDATE incidents_incidentupdate SET body_html = body_html || ' ' WHERE id % 7 = 0")
            database.execute("UPDATE incidents_site SET page_version = page_version + 1")


def memory(web: Web) -> None:
    """Of the web processes together: as begun, after a crowd, and with a long past and many subscribers behind them."""
    row("memory of the web processes", f"{proportional_mb(family(web.process.pid)):.0f} MB", "with the demo")
    for number in range(10):
        load(web.port, [f"Cookie: sessionid={number}"], 1)
    row("after a crowd", f"{proportional_mb(family(web.process.pid)):.0f} MB", "of some 100,000 requests")
    subprocess.run([sys.executable, "-c", _FILL], env=web.environ, check=True)
    with psycopg.connect(web.environ["DATABASE_URL"], autocommit=True) as database:
        database.execute(_READERS)
        paths = [f"/incidents/{code}/" for (code,) in database.execute("SELECT public_id FROM incidents_incident")]
    for path in ["/", "/history/", *paths[:: len(paths) // 2000]]:
        assert web.get(path)[0] == 200
    figure = f"{proportional_mb(family(web.process.pid)):.0f} MB"
    row("with 10,000 incidents, 1,000,000 readers", figure, "2,000 incident pages asked for, 500 kept by each")


if __name__ == "__main__":
    started_at = time.monotonic()
    code = main()
    print(f"{time.monotonic() - started_at:.0f} s in all")
    sys.exit(code)
