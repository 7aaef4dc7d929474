"""Two runners of planned work, one of which is killed again and again: each step is done once, and told once."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from incidents.actions import running
from incidents.models import Announcement, Incident, PlannedStep
from tests import seeds
from tests.factories import a_component
from tests.planned import a_window
from tests.processes import wait_until

RUNNER = Path(__file__).with_name("planned_runner.py")
WINDOWS = int(os.environ.get("WINDOWS", 60))  # whose time comes in one moment; `make chaos` has 1,000
KILLS = 3
SEED = seeds.seed(7)
HOUR = timedelta(hours=1)


@contextmanager
def runner():
    database = connection.settings_dict
    url = f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    environment = os.environ | {"DATABASE_URL": url}
    with subprocess.Popen(
        [sys.executable, RUNNER], stdout=subprocess.PIPE, text=True, start_new_session=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def kill_some(process, choice):
    for _ in range(KILLS):
        worker = int(process.stdout.readline())
        time.sleep(choice.uniform(0.05, 0.6))
        os.kill(worker, signal.SIGKILL)


@pytest.mark.django_db(transaction=True)
def test_windows_due_in_one_moment_begin_and_end_once_whatever_is_killed():
    print(f"SEED={SEED}")
    database = a_component("Database")
    passed = [a_window(database, begins=-2 * HOUR, lasts=HOUR) for _ in range(WINDOWS // 2)]
    begun = [a_window(database, begins=timedelta(0), lasts=HOUR) for _ in range(WINDOWS - len(passed))]
    with ExitStack() as stack:
        first, _second = (stack.enter_context(runner()) for _ in range(2))
        kill_some(first, random.Random(SEED))
        wait_until(lambda: not PlannedStep.objects.due().exists(), seconds=600)
    states = dict(Incident.all_kinds.values_list("pk", "status"))
    assert {states[one.pk] for one in passed} == {"completed"}
    assert {states[one.pk] for one in begun} == {"in_progress"}
    said = dict(Incident.all_kinds.annotate(number=Count("updates")).values_list("pk", "number"))
    assert {said[one.pk] for one in passed} == {3}
    assert {said[one.pk] for one in begun} == {2}
    told = Announcement.objects.values("incident", "status").annotate(number=Count("pk"))
    assert set(told.values_list("number", flat=True)) == {1}
    assert told.count() == 2 * WINDOWS  # the plan, and one word about what passed or began
    database.refresh_from_db()
    assert database.status == "under_maintenance"


@pytest.mark.django_db
@pytest.mark.parametrize("ahead", [timedelta(hours=2), -timedelta(hours=2)])
def test_a_nodes_clock_two_hours_off_begins_nothing_too_soon_and_nothing_too_late(time_machine, ahead):
    due = a_window(a_component(), begins=-timedelta(minutes=1), lasts=3 * HOUR)
    later = a_window(a_component(), begins=HOUR, lasts=HOUR)
    time_machine.move_to(timezone.now() + ahead, tick=True)
    running.run_due()
    for one in (due, later):
        one.refresh_from_db()
    assert (due.status, later.status) == ("in_progress", "scheduled")
    said = due.updates.get(status="in_progress").display_at
    assert abs(said - due.scheduled_for) < HOUR
