"""What it costs to build each public answer again: `python -m tests.bench.rebuild [--incidents N] [--components N]`.

A page with a long past on a PostgreSQL of its own, whole requests through Django with the deployed settings. Prints one
table and leaves nothing behind. Not a test: nothing fails because the machine is slow.
"""

import argparse
import gzip
import os
import statistics
import sys
import time
from collections.abc import Iterator

from tests.bench.processes import peak_mb
from tests.bench.site import place, site

TIMES = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--incidents", type=int, default=10_000)
    parser.add_argument("--components", type=int, default=200)
    amounts = vars(parser.parse_args())
    with place() as directory, site(directory):
        return run(**amounts)


def run(**amounts: int) -> int:
    fill(**amounts)
    from statuspage.wsgi import ask

    print(f"{'':34} {'median':>9} {'worst':>9} {'queries':>8} {'bytes':>9} {'gzip':>8}   of {TIMES} each, {amounts}")
    wrong = [path for path in paths() if not measure(ask, path)]
    print(f"memory of the process at its most: {peak_mb(os.getpid()):.0f} MB")
    return len(wrong)


def fill(**amounts: int) -> None:
    """The static files and the past; PostgreSQL knows how much there is."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from tests.bench import page_data

    call_command("collectstatic", interactive=False, verbosity=0)
    page_data.make(at=timezone.now(), **amounts)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def paths() -> Iterator[str]:
    """Each kind of answer; of a month, an incident and a component the ones with most to tell."""
    from incidents.models import Component, Incident

    component = Component.objects.in_order().first()
    yield "/"
    yield f"/incidents/{Incident.objects.open().first().public_id}/"
    yield "/history/"
    yield f"/history/{Incident.objects.newest_first()[500].started_at:%Y-%m}/"
    yield f"/components/{component.public_id}/"
    yield from (f"/api/v2/{name}.json" for name in ("summary", "incidents", "scheduled-maintenances", "components"))
    yield from (
        "/updates.atom",
        "/history.atom",
        "/history.rss",
        "/history.json",
        f"/components/{component.public_id}/history.atom",
    )
    yield from ("/maintenances.ics", "/sitemap.xml", "/badge.svg")


def measure(ask, path: str) -> bool:
    """Ask for `path` TIMES times and print how long that took; whether the answer was good."""
    from django.db import connection

    asked, took = [], []

    def counted(execute, sql, *args):
        asked.append(sql)
        return execute(sql, *args)

    ask(path)  # what is loaded once
    for _ in range(TIMES):
        started = time.perf_counter()
        ask(path)
        took.append((time.perf_counter() - started) * 1000)
    with connection.execute_wrapper(counted):
        status, _, body = ask(path)
    shown = "/".join(part if len(part) != 12 or part == "history.atom" else "<id>" for part in path.split("/"))
    print(
        f"{shown:34} {statistics.median(took):6.0f} ms {max(took):6.0f} ms {len(asked):8}"
        f" {len(body):9,} {len(gzip.compress(body, 6)):8,}   {'' if status == '200 OK' else status}",
        flush=True,
    )
    return status == "200 OK"


if __name__ == "__main__":
    sys.exit(main())
