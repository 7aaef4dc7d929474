"""The page under long faults: `python -m tests.chaos.page [name ...]`; a table at the end, and 1 where one fails.

Each name is a trial below, without one all are made, in about half an hour; those of BESIDE_A_CROWD once more with 200
readers beside them who ask for what hangs. Real parts: the production server with
two workers, PostgreSQL behind a relay of ours, readers over connections that stay open. The notice comes after its
real 90 seconds. Where chance decides, its seed is printed; SEED=n repeats it.
"""

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psycopg

from tests.beside import ALL, beside
from tests.chaos.place import place
from tests.crawler import crawl
from tests.fuzz_requests import Storm, builds_too_often, faults, is_ordinary
from tests.http_clients import Crowd, in_turn
from tests.proxy import Proxy
from tests.seeds import fresh_seed
from tests.servers import Postgres
from tests.web import IMPATIENT, Web, all_answers, eventually, is_confirmed, warm
from tests.with_tables import ENVIRONMENT

PRODUCTION = "statuspage.wsgi:application"
PUBLIC = ["/", "/history/", "/history.rss", "/history.atom", "/api/v2/summary.json", "/badge.svg", "/maintenances.ics"]
NOTICE, RECOVERY, SLOW = 90, 15, 0.1  # seconds: what C26 promises
FROZEN = 300  # seconds
ROUNDS = 10
KILLS = 100
STORM = 60  # seconds
READERS = 32
CROWD = 200


class Result(NamedTuple):
    figure: str
    is_good: bool


class Stage:
    """The program, its database and the relay between them."""

    def __init__(self, directory: Path, postgres: Postgres, proxy: Proxy):
        self.directory, self.postgres, self.proxy = directory, postgres, proxy
        self.choice = random.Random(SEED)
        self.has_crowd = False

    @contextlib.contextmanager
    def web(self, application: str) -> Iterator[Web]:
        url = f"postgres://postgres@127.0.0.1:{self.proxy.port}/postgres"
        web = Web(url, self.directory, application, self.directory)
        try:
            web.start()
            eventually(lambda: is_confirmed(web), 60)
            warm(web, PUBLIC)
            with beside(web.port, ALL, CROWD) if self.has_crowd else contextlib.nullcontext():
                yield web
        finally:
            web.stop()

    def say(self, title: str) -> None:
        """Publish it: the newest open incident has this title from now on."""
        with psycopg.connect(self.postgres.url) as connection:
            connection.execute(
                "UPDATE incidents_incident SET title = %s WHERE id = (SELECT max(id) FROM incidents_incident "
                "WHERE kind = 'incident' AND status <> 'resolved' AND is_public)",
                [title],
            )
            connection.execute("UPDATE incidents_site SET page_version = page_version + 1")


# --- Trials ------------------------------------------------------------------------------------------


def frozen(stage: Stage) -> Result:
    """C26: the database is stopped for five minutes."""
    return without_database(
        stage,
        FROZEN,
        lambda: stage.postgres.signal_all(signal.SIGSTOP),
        lambda: stage.postgres.signal_all(signal.SIGCONT),
    )


def black_holed(stage: Stage) -> Result:
    """C26: what is sent to the database is swallowed for two minutes."""
    return without_database(stage, 120, stage.proxy.black_hole, stage.proxy.heal)


def killed(stage: Stage) -> Result:
    """C26: the database is gone for two minutes."""
    return without_database(stage, 120, lambda: stage.postgres.kill(signal.SIGQUIT), stage.postgres.start)


def without_database(stage: Stage, seconds: float, fault, mend) -> Result:
    with stage.web(PRODUCTION) as web, Crowd(web.port, in_turn(PUBLIC), readers=READERS) as crowd:
        began = time.monotonic()
        fault()
        try:
            notice = eventually(lambda: told(crowd) == READERS, NOTICE + 10)
            time.sleep(max(seconds - (time.monotonic() - began), 0))
        finally:
            mend()
        recovery = eventually(lambda: told(crowd) == 0, 4 * RECOVERY)
    bad = sum(reply.status != 200 for reply in crowd.replies)
    p99 = crowd.percentile(0.99, since=began)
    figure = (
        f"{bad} bad of {len(crowd.replies)}, p99 {p99 * 1000:.0f} ms, notice {notice:.0f} s, healed {recovery:.1f} s"
    )
    return Result(figure, not bad and p99 <= SLOW and notice <= NOTICE + 5 and recovery <= RECOVERY)


def told(crowd: Crowd) -> int:
    return sum("last-confirmed" in reply.headers for reply in crowd.latest())


def cut_after_publish(stage: Stage) -> Result:
    """C26: the database is cut off within a second after a publish; nobody is told less than another was."""
    apart = 0
    with stage.web(IMPATIENT) as web, Crowd(web.port, in_turn(["/"]), readers=READERS) as crowd:
        for name in (f"Round {number:03d}" for number in range(ROUNDS)):
            stage.say(name)
            time.sleep(stage.choice.uniform(0, 1.0))
            stage.proxy.black_hole()
            time.sleep(4)
            apart += len({title(reply) for reply in crowd.latest()}) != 1
            stage.proxy.heal()
            eventually(partial(all_say, crowd, name), 4 * RECOVERY)
    back = went_back(crowd)
    return Result(f"{ROUNDS} rounds, {apart} times two truths, {back} readers went back", not apart and not back)


def all_say(crowd: Crowd, name: str) -> bool:
    return {title(reply) for reply in crowd.latest()} == {name}


def title(reply) -> str:
    """The round that an answer speaks of; empty for what was before the first."""
    _, found, rest = reply.body.partition(b"Round ")
    return "Round " + rest[:3].decode() if found else ""


def went_back(crowd: Crowd) -> int:
    """How many readers were shown an older round after a newer one."""
    newest, back = {}, set()
    for reply in crowd.replies:
        if title(reply) < newest.get(reply.reader, ""):
            back.add(reply.reader)
        newest[reply.reader] = max(title(reply), newest.get(reply.reader, ""))
    return len(back)


def writer_killed(stage: Stage) -> Result:
    """C29: the process that writes the stored answers is killed 100 times."""
    from tests.statuspage.edge.test_disk_store import kill_writers

    kill_writers(stage.directory / "disk_store", KILLS, SEED)
    return Result(f"{KILLS} kills, every file whole, no version went back", True)


def disk_full(stage: Stage) -> Result:
    """C29: the stored answers lie on a disk of 64 kB."""
    disk_store = stage.directory / "published"
    disk_store.mkdir(exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk_store], capture_output=True).returncode:
        return Result("not made: mount is not allowed here", True)
    try:
        with stage.web(IMPATIENT) as web, Crowd(web.port, in_turn(PUBLIC), readers=READERS) as crowd:
            for number in range(10):
                stage.say(f"Full {number:03d}")
                time.sleep(1)
            eventually(lambda: "Full 009" in web.get()[2])
            complaints = web.log().count("cannot keep the published answers")
    finally:
        subprocess.run(["umount", disk_store], check=True)
    bad = sum(reply.status != 200 for reply in crowd.replies)
    return Result(
        f"{bad} bad of {len(crowd.replies)}, said {complaints} times by 2 workers", not bad and 0 < complaints <= 2
    )


def storm(stage: Stage) -> Result:
    """C31: a thousand connections of every kind of request for a minute."""
    with stage.web(IMPATIENT) as web:
        began = time.time()
        with Crowd(web.port, Storm(PUBLIC, SEED), readers=1000) as crowd:
            time.sleep(STORM)
        often = builds_too_often([build for build in web.builds() if build[0] > began])
    wrong = faults(crowd.replies, PUBLIC)
    ordinary = sorted(reply.seconds for reply in crowd.replies if is_ordinary(reply.request, PUBLIC))
    for line in [*wrong[:10], *often[:10]]:
        print(line, file=sys.stderr)
    figure = f"{len(crowd.replies)} answers, {len(wrong)} wrong, {len(often)} builds too many, "
    return Result(figure + f"p99 {ordinary[len(ordinary) * 99 // 100] * 1000:.0f} ms", not wrong and not often)


def crawled(stage: Stage) -> Result:
    """Every real page stays while the database is gone, whatever a crawler asked for before."""
    with stage.web(PRODUCTION) as web:
        real = [*PUBLIC, *sorted(set(re.findall(r"<loc>https?://[^/]+(/[^<]+)</loc>", web.get("/sitemap.xml")[2])))]
        warm(web, real)
        crawl(web.port, stage.choice)
        stage.postgres.kill(signal.SIGQUIT)
        try:
            gone = [reply for reply in all_answers(web, real) if reply.status != 200]
        finally:
            stage.postgres.start()
    return Result(f"{len(gone)} of {len(real)} real pages gone", not gone)


BESIDE_A_CROWD = [killed, black_holed, frozen, cut_after_publish, disk_full]
TRIALS = [*BESIDE_A_CROWD, crawled, writer_killed, storm]
SEED = fresh_seed()


def main(names: list[str]) -> int:
    """Make the trials of these names, or all. Returns 0 where all are good."""
    os.environ |= ENVIRONMENT
    print(f"seed {SEED}", flush=True)
    is_good = True
    with contextlib.ExitStack() as stack:
        directory, postgres = stack.enter_context(place())
        Web(postgres.url, directory, parent=directory).prepare()
        stage = Stage(directory, postgres, stack.enter_context(Proxy(postgres.port)))
        for trial in [trial for trial in TRIALS if not names or trial.__name__ in names]:
            for stage.has_crowd in [False, True] if trial in BESIDE_A_CROWD else [False]:
                result = attempt(trial, stage)
                is_good &= result.is_good
                name = trial.__name__ + ", crowd" * stage.has_crowd
                print(f"{name:24} {result.figure:80} {'pass' if result.is_good else 'FAIL'}", flush=True)
    return 0 if is_good else 1


def attempt(trial, stage: Stage) -> Result:
    try:
        return trial(stage)
    except (AssertionError, OSError) as error:
        return Result(f"{type(error).__name__}: {error}"[:80], False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
