"""One of the web processes is killed: the others go on, and it comes back."""

import os
import signal
from collections import Counter
from pathlib import Path

from tests.http_clients import Crowd, in_turn
from tests.web import eventually, warm

PATHS = ["/", "/history/", "/api/v2/summary.json"]
READERS = 24


def workers(web) -> set[int]:
    main = web.process.pid
    return {int(pid) for pid in Path(f"/proc/{main}/task/{main}/children").read_text().split()}


def test_when_one_web_process_is_killed_only_what_it_had_in_hand_is_lost_and_it_comes_back(web):
    warm(web, PATHS)
    before = workers(web)
    victim = min(before)
    with Crowd(web.port, in_turn(PATHS), readers=READERS, pause=0.005) as crowd:
        eventually(lambda: len(crowd.latest()) == READERS)
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: len(workers(web) - before) == 1)
        eventually(lambda: {pid for _, pid, _ in web.builds()} >= workers(web), seconds=60)
        since = len(crowd.replies)
        eventually(lambda: len({reply.reader for reply in crowd.replies[since:]}) == READERS)
    lost = Counter(reply.reader for reply in crowd.replies if not reply.status)
    assert {reply.status for reply in crowd.replies if reply.status} == {200}
    assert set(lost.values()) <= {1}, "more than the one connection that each reader had open"
    assert len(lost) < READERS, "the readers of the other process were cut off too"
    assert len(workers(web)) == len(before)
    assert web.process.poll() is None
    print(f"{len(lost)} of {len(crowd.replies)} requests of {READERS} readers were in the hands of the killed process")
