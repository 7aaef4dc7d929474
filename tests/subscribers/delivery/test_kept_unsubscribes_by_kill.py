"""Whoever keeps or does unsubscribes is killed at random moments: what was promised is done, once."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from subscribers.delivery import kept_unsubscribes
from subscribers.models import Subscriber
from tests import seeds
from tests.factories import a_subscriber
from tests.processes import wait_until

KEEPER = Path(__file__).with_name("unsubscribe_keeper.py")
KILLS = 12
SEED = seeds.seed(5)


@contextmanager
def workers(act, directory):
    database = connection.settings_dict
    url = f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    environment = os.environ | {"DATA_DIR": str(directory), "DATABASE_URL": url}
    command = [sys.executable, KEEPER, act]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def kill_some(process):
    print(f"SEED={SEED}")
    choice = random.Random(SEED)
    for _ in range(KILLS):
        worker = int(process.stdout.readline())
        time.sleep(choice.uniform(0, 0.15))
        os.kill(worker, signal.SIGKILL)


def test_every_promise_is_whole_on_the_disk(tmp_path):
    with workers("keep", tmp_path) as process:
        kill_some(process)
    directory = tmp_path / "unsubscribes"
    promised = (tmp_path / "promised").read_text().split()
    assert promised
    for number in promised:
        assert datetime.fromisoformat((directory / number).read_text())
    assert len(list(directory.glob(".*"))) <= KILLS


@pytest.mark.django_db(transaction=True)
def test_whoever_does_them_may_be_killed_between_the_row_and_the_file(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    at = timezone.now()
    people = [a_subscriber(confirmed_at=at - timedelta(days=1)) for _ in range(200)]
    with workers("settle", tmp_path) as process:
        for person in people:
            kept_unsubscribes.keep(person.pk, at=at)
        kill_some(process)
        wait_until(lambda: not Subscriber.objects.active().exists())
        wait_until(lambda: not os.listdir(tmp_path / "unsubscribes"))
    assert set(Subscriber.objects.values_list("unsubscribed_at", flat=True)) == {at}
