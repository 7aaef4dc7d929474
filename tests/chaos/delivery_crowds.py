"""Trials of the many: a backlog, a million subscribers, fifty at once, people who come and go, SQLite."""

import json
import os
import re
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from incidents.models import Announcement
from subscribers import links
from subscribers.delivery import pauses
from subscribers.models import Fanout, Subscriber
from tests import warm_starts
from tests.chaos.delivery_servers import PASSWORD, a_lead
from tests.chaos.delivery_stage import Stage, publish, until
from tests.chaos.delivery_verdict import Result, account, mails_of
from tests.chaos.writer import WRITERS
from tests.factories import a_component, an_open_incident
from tests.journeys.browsing import Form, Visitor
from tests.processes import Process

BACKLOG = 900_000
MILLION = 1_000_000


def urgent_behind_a_backlog(stage: Stage) -> Result:
    """C14: a P1 to 1,000 while 900,000 rows of low priority are due and two processes send them."""
    number = 20_000 if stage.is_short else BACKLOG
    with stage.stack(phones=False, smtp={"delay": 0, "hold": 0.002}) as stack, stage.schedule(stack):
        low, high = a_component("Slow"), a_component("Fast")
        rows(number, low, high, urgent=1_000)
        pause = pauses.pause(reason="Until all are listed", by=None, at=timezone.now())
        backlog = an_open_incident(low, severity="P4").announcement
        stack.worker()
        until(lambda: listed(backlog), 900)
        pauses.release(pause=pause, by=None, at=timezone.now())
        until(lambda: len(stack.smtp.journal) > 100)
        waiting = backlog.deliveries.waiting().count()
        began = time.monotonic()
        urgent = an_open_incident(high, severity="P1").announcement
        until(lambda: mails_of_the_end(stack, urgent))
        first = time.monotonic() - began
        until(lambda: urgent.deliveries.filter(state="sent").count() >= 1_000, 120)
        last = time.monotonic() - began
        figure = f"{waiting:,} rows before it, first after {first:.2f} s, all 1,000 after {last:.1f} s"
        return Result(figure, stage.within(first, 2) and waiting > 0)


def mails_of_the_end(stack, announcement) -> bool:
    """Whether any of the last mails is about it: without reading the whole journal each time."""
    with open(stack.smtp.journal.path, "rb") as file:
        file.seek(max(os.path.getsize(stack.smtp.journal.path) - 200_000, 0))
        return announcement.public_id.encode() in file.read()


def listed(announcement) -> bool:
    return Fanout.objects.filter(announcement=announcement, finished_at__isnull=False).exists()


def rows(number: int, low, high, *, urgent: int) -> None:
    """So many subscribers of `low`, the first `urgent` of them of `high` instead."""
    Subscriber.objects.all().delete()
    Stage.enrol(number + urgent, phones=False)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE subscribers_subscriber SET everything = false")
        cursor.execute(
            "INSERT INTO subscribers_subscription (subscriber_id, component_id)"
            " SELECT id, CASE WHEN row_number() OVER (ORDER BY id) <= %s THEN %s ELSE %s END"
            " FROM subscribers_subscriber",
            [urgent, high.pk, low.pk],
        )
        cursor.execute("ANALYZE")


def a_million(stage: Stage) -> Result:
    """C17: the publish, the rows with the expander killed five times, and the memory of a worker."""
    small, large = (1_000, 50_000) if stage.is_short else (10_000, MILLION)
    base = expanded(stage, small, kills=0)
    killed = expanded(stage, large, kills=5)
    whole = expanded(stage, large, kills=0)  # a killed process takes its peak with it
    grown = whole.peak_mb - base.peak_mb
    figure = f"publish {killed.publishing * 1000:.0f} ms, {killed.rows:,} rows in {killed.seconds:.0f} s with 5 kills,"
    is_good = killed.rows == killed.readers == large and stage.within(killed.publishing, 0.5) and grown <= 50
    return Result(f"{figure} {whole.seconds:.0f} s without, memory +{grown:.0f} MB", is_good)


class Expanded(NamedTuple):
    publishing: float
    seconds: float
    rows: int
    readers: int
    peak_mb: float


def expanded(stage: Stage, number: int, kills: int) -> Expanded:
    """Publish to so many, nothing is sent, and kill the worker at random until all rows are there."""
    with stage.stack(phones=False) as stack, stage.schedule(stack):
        Subscriber.objects.all().delete()
        Stage.enrol(number, phones=False)
        pauses.pause(reason="Only the rows", by=None, at=timezone.now())
        worker = stack.worker()
        began = time.monotonic()
        announcement = publish()
        publishing = time.monotonic() - began
        for share in sorted(stage.choice.uniform(0.05, 0.9) for _ in range(kills)):
            wait_for_rows(announcement, int(share * number))
            worker.kill()
            worker = stack.worker()
        until(lambda: listed(announcement), 900)
        seconds = time.monotonic() - began
        readers = announcement.deliveries.values("subscriber").distinct().count()
        peak = max(map(peak_mb, family(worker.process.pid)))
        return Expanded(publishing, seconds, announcement.deliveries.count(), readers, peak)


def wait_for_rows(announcement: Announcement, number: int) -> None:
    """By the cursor: counting a million rows takes longer than writing some. The last page moves it no more."""
    first = Subscriber.objects.order_by("pk").values_list("pk", flat=True)[0]
    so_far = Q(cursor__gte=first + number) | Q(finished_at__isnull=False)
    until(Fanout.objects.filter(so_far, announcement=announcement).exists, 900)


def family(pid: int) -> list[int]:
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def peak_mb(pid: int) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def one_key_fifty_times(stage: Stage) -> Result:
    """C19: the same form sent 50 times at once; then again; then with another text."""
    with stage.stack(phones=False) as stack, stage.web(stack) as web:
        lead = Visitor(web.address).log_in(a_lead(), PASSWORD)
        state = f"component-{a_component().public_id}"
        path = "/admin/console/incidents/new/?template=none"
        words = {"title": "Once", "severity": "P1", "body": "Some card payments fail.", state: "partial_outage"}
        values = Form(lead.get(path).text, {"request_key", *words}).values | words
        with ThreadPoolExecutor(50) as pool:
            answers = sorted(pool.map(lambda _: lead.post(path, values), range(50)))
        again = lead.post(path, values)
        changed = lead.post(path, values | {"body": "Another text."})
        number = Announcement.objects.count()
        figure = f"answers {sorted(set(answers))}, {number} announcement, again {again}, another text {changed}"
        # 503: the server is full, and says when to come again.
        return Result(figure, number == 1 and set(answers) <= {302, 503} and again == 302 and changed == 409)


def come_and_go(stage: Stage) -> Result:
    """C21: people unsubscribe and confirm while a fan-out is on its way."""
    each = 100 if stage.is_short else 1_000
    with stage.stack(phones=False, smtp={"delay": 0.05}) as stack, stage.schedule(stack), stage.web(stack) as web:
        asking = [a_request(number) for number in range(each)]
        leaving = list(Subscriber.objects.filter(confirmed_at__isnull=False))
        stage.choice.shuffle(leaving)
        del leaving[each:]
        stack.worker()
        announcement = publish()
        site = web.address
        acts = [f"/subscription/{links.subscription_token(one)}/unsubscribe/" for one in leaving]
        acts += [f"/subscription/{links.confirmation_token(one)}/confirm/" for one in asking]
        stage.choice.shuffle(acts)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda path: Visitor(site).post(path, ONE_CLICK), acts))
        stage.settle(stack, announcement)
        late = late_ones(stack, announcement)
        left = {one.address for one in leaving}
        told = {entry["to"] for entry in mails_of(stack, announcement)}
        owed = Subscriber.objects.filter(confirmed_at__lt=announcement.created_at)
        missed = set(owed.values_list("address", flat=True)) - told - left
        good = set(answers) <= {200, 302} and not late and not missed
        figure = f"{len(acts)} came and went, {len(left - told)} in time, {len(late)} late, {len(missed)} missed"
        return account(stack, announcement).result(0, figure, is_good=good)


ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def a_request(number: int):
    """Somebody who has not confirmed yet."""
    subscriber = Subscriber.objects.create(channel="email", address=f"new{number}@example.test")
    return subscriber.confirmations.create(
        everything=True, every_update=True, component_ids=[], requested_at=timezone.now()
    )


def late_ones(stack, announcement) -> list[str]:
    """Whose mail began more than a second after they left."""
    left = dict(Subscriber.objects.exclude(unsubscribed_at=None).values_list("address", "unsubscribed_at"))
    return [
        entry["to"]
        for entry in mails_of(stack, announcement)
        if entry["to"] in left and entry["at"] > left[entry["to"]].timestamp() + 1
    ]


def six_writers_on_sqlite(stage: Stage) -> Result:
    """C40: SQLite, with six processes that write and one that sends."""
    directory = stage.directory / "sqlite"
    directory.mkdir()
    seconds = 3 if stage.is_short else 60
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"DATA_DIR": str(directory), "EMAIL_URL": "outbox:", "SMS_URL": "outbox:", "LOG_LEVEL": "WARNING"}
    manage = [sys.executable, "manage.py"]
    warm_starts.run([*manage, "migrate", "-v", "0"], env=environment).check_returncode()
    commands = [[sys.executable, "-m", "tests.chaos.writer", str(seconds), str(number)] for number in range(WRITERS)]
    commands.append([*manage, "dispatch"])
    parts = [Process(f"part{n}", words, "", environment, stage.directory) for n, words in enumerate(commands)]
    for part in parts:
        part.start()
    *writers, sender = parts
    ends = [writer.process.wait(seconds + 120) for writer in writers]
    sender.kill(signal.SIGTERM)
    said = [part.log() for part in parts]
    said.append(warm_starts.run([*manage, "dispatch", "--once"], env=environment).stdout)
    audit = warm_starts.run([*manage, "audit_deliveries", "--settled"], env=environment)
    wrong = re.findall(r"\bI[1-6] .*", audit.stdout + audit.stderr)
    print(*wrong[:10], sep="\n", file=sys.stderr)
    locked = sum(text.count("database is locked") for text in said)
    written = sum(json.loads(text.splitlines()[-1])["written"] for text in said[:WRITERS])
    figure = f"{written} writes by {WRITERS}, {locked} locked, {len(wrong)} wrong in the audit, ends {ends}"
    return Result(figure, not locked and not wrong and not any(ends))
