"""Trials of the workers: killed, told to stop, told something new in the middle of a fan-out."""

import os
import signal
import time
from pathlib import Path

from django.db import connection
from django.utils import timezone

from incidents.actions import publishing, recalling
from incidents.models import Announcement
from subscribers.delivery import pauses
from tests.chaos.delivery_stage import AT_ONCE, CONNECTIONS, Stage, publish, states, until
from tests.chaos.delivery_verdict import Result, account, mails_of
from tests.processes import Process, Stack

MOST_DRAIN = 20  # seconds after a SIGTERM


def workers_killed(stage: Stage) -> Result:
    """C01: SIGKILL at random, half of whole workers, half of one of their processes."""
    kills = 6 if stage.is_short else 20
    with stage.stack() as stack, stage.schedule(stack):
        worker = stack.worker()
        announcement = publish()
        made, in_flight = 0, 0
        for number, moment in enumerate(stage.moments(kills)):
            stage.wait_for(stack, moment)
            if number % 3 == 0:
                worker.kill()
                worker = stack.worker()
                in_flight += AT_ONCE
            else:
                os.kill(stage.choice.choice(children(worker)), signal.SIGKILL)
                in_flight += CONNECTIONS
            made += 1
        stage.settle(stack, announcement)
        return account(stack, announcement).result(in_flight, f"{made} kills", is_good=made == kills)


def children(worker: Process) -> list[int]:
    """The processes that do a worker's work; waits for them."""
    pid = worker.process.pid
    found: list[int] = []

    def have_come():
        found[:] = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return found

    until(have_come, 20)
    return found


def rolling_restarts(stage: Stage) -> Result:
    """C22: two beats, eight workers, each told to stop and started again, three times over."""
    number, rounds = (2, 1) if stage.is_short else (8, 3)
    options = "--concurrency=1" if stage.is_short else "--concurrency=2"
    slow = {"delay": 0.1 if stage.is_short else 0.2}
    with stage.stack(smtp=slow) as stack:
        stack.beat()
        stack.beat("second-")
        workers = [stack.worker(options, f"--hostname=w{index}@%h") for index in range(number)]
        announcement = publish()
        until(lambda: len(stack.smtp.journal) > 0)
        drained, name = [], number
        for _ in range(rounds):
            for index, worker in enumerate(workers):
                drained.append(drain(worker))
                workers[index] = stack.worker(options, f"--hostname=w{name}@%h")
                name += 1
        stage.settle(stack, announcement)
        longest = max(drained)
        is_good = stage.within(longest, MOST_DRAIN)
        return account(stack, announcement).result(0, f"{len(drained)} ends, longest {longest:.1f} s", is_good=is_good)


def drain(worker: Process) -> float:
    """Tell a worker to stop; returns the seconds until it is gone."""
    began = time.monotonic()
    os.kill(worker.process.pid, signal.SIGTERM)  # it alone, as a supervisor does
    worker.process.wait(60)
    return time.monotonic() - began


def superseded(stage: Stage) -> Result:
    """C15: a newer update while the older is still going out."""
    with stage.stack(phones=False, smtp={"delay": 0.3 if stage.is_short else 0.02}) as stack, stage.schedule(stack):
        stack.worker()
        older = publish()
        stage.wait_for(stack, stage.moments(1, 0.2, 0.3)[0])
        newer = update(older, "identified")
        stage.settle(stack, older, newer)
        mails = mails_of(stack, newer)
        everybody = len({entry["to"] for entry in mails}) == len(mails) == stage.readers
        skipped = states(older).get("skipped", 0)
        is_good = everybody and skipped > 0 and not account(stack, older).wrong
        figures = (f"older skipped {skipped}", f"newer to everybody once: {everybody}")
        return account(stack, newer).result(0, *figures, is_good=is_good)


def update(older: Announcement, status: str) -> Announcement:
    words = {"status": status, "body": "We have found the cause.", "by": None, "at": timezone.now()}
    return publishing.post_update(incident=older.incident, **words).announcement


def stopped_and_recalled(stage: Stage) -> Result:
    """C16: everything is paused at 30 %, released, and recalled at 60 %."""
    with stage.stack(phones=False) as stack, stage.schedule(stack):
        stack.worker()
        first = publish()
        after_pause, rate = halt(stage, stack, 0.3, lambda: pauses.pause(reason="Drill", by=None, at=timezone.now()))
        pause = pauses.standing().get()
        pauses.release(pause=pause, by=None, at=timezone.now())
        stage.settle(stack, first)
        whole = account(stack, first)
        before = len(stack.smtp.journal)
        second = publish()
        recall = {"announcement": second, "reason": "Wrong text", "by": None}
        after_recall, rate = halt(stage, stack, 0.3, lambda: recalling.recall(**recall, at=timezone.now()), before)
        stage.settle(stack, second)
        counts = states(second)
        most = AT_ONCE + int(rate * 0.25)  # in flight, and what begins until the next look
        figures = (f"after pause {after_pause}, after recall {after_recall} of {most}", f"recalled {counts}")
        is_good = stage.within(max(after_pause, after_recall), most) and counts.get("skipped", 0) > 0
        return whole.result(0, *figures, is_good=is_good)


def halt(stage: Stage, stack: Stack, share: float, act, before: int = 0) -> tuple[int, float]:
    """How many mails come after `act`, at `share` of the fan-out, and how many a second came until then."""
    began, journal = time.monotonic(), stack.smtp.journal
    until(lambda: len(journal) - before > 0)
    began = time.monotonic()
    until(lambda: len(journal) - before >= stage.readers * share, 120)
    rate = (len(journal) - before) / (time.monotonic() - began)
    act()
    connection.close()  # nothing of ours is open
    handed = len(journal)
    time.sleep(2)
    return len(journal) - handed, rate
