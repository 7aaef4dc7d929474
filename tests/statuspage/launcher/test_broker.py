import os
import subprocess
from pathlib import Path

import pytest
import redis

from statuspage.launcher import Refusal, broker
from statuspage.lib.data_dir import broker_socket, broker_url


@pytest.fixture(params=["server of the machine or the wheel", "server of the wheel"])
def running(request, tmp_path, monkeypatch):
    """A broker for a data directory, as the launcher starts it."""
    if request.param == "server of the wheel":
        monkeypatch.setenv("PATH", "/nowhere")
    process = subprocess.Popen(broker.part(tmp_path).command, stdout=subprocess.DEVNULL)
    broker.wait_until_it_answers(tmp_path)
    yield tmp_path
    process.terminate()
    process.wait(20)


def test_it_answers_at_its_url_and_keeps_what_is_queued(running):
    with redis.Redis.from_url(broker_url(running)) as client:
        client.lpush("queue", "task")
    broker.end_orphan(running)
    assert not broker.answers(running)
    again = subprocess.Popen(broker.part(running).command, stdout=subprocess.DEVNULL)
    broker.wait_until_it_answers(running)
    with redis.Redis.from_url(broker_url(running)) as client:
        assert client.rpop("queue") == b"task"
    again.terminate()
    again.wait(20)


def test_only_its_owner_reaches_it(running):
    assert broker_socket(running).parent.stat().st_mode & 0o077 == 0


def test_there_may_be_no_orphan(tmp_path):
    broker.end_orphan(tmp_path)


def test_a_long_data_directory_still_gets_a_socket_that_fits():
    short, long = Path("/srv/page"), Path("/srv") / ("page" * 30)
    assert broker_socket(short) == short / "broker" / "socket"
    assert len(os.fsencode(broker_socket(long))) < 108
    assert broker_socket(long) != broker_socket(long / "x")


def test_a_silent_server_is_said_with_its_log(tmp_path):
    with pytest.raises(Refusal, match=r"broker\.log"):
        broker.wait_until_it_answers(tmp_path, seconds=0)
