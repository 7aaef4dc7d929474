"""A crowd in front of what hangs: few wait, the page stays."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from statuspage.edge import answer_cache
from statuspage.edge import application as edges
from tests.statuspage.edge.stage import get, inside_django, new_edge


class Gate:
    """What hangs inside until it is opened; counts who is in there."""

    def __init__(self, then):
        self.then, self.opened, self.inside = then, threading.Event(), 0

    def __call__(self, *args):
        self.inside += 1
        assert self.opened.wait(60)
        return self.then(*args)


class Watched(threading.BoundedSemaphore):
    """Places of which it is known how long somebody was willing to wait for one."""

    waits: list | None = None

    def acquire(self, blocking=True, timeout=None):
        self.waits = [*(self.waits or []), timeout]
        return super().acquire(blocking, timeout)


@pytest.fixture
def in_front(stage, tmp_path, settings, monkeypatch):
    """An edge with one place in Django, where everything hangs, and two more threads to wait in."""
    settings.ALLOWED_HOSTS = ["status.example.test"]
    monkeypatch.setattr(edges, "SLOT_WAIT", 30)
    edge = new_edge(stage, tmp_path, slots=1, held=3)
    edge.django = Gate(inside_django)
    edge.cache.look()
    yield edge
    edge.django.opened.set()


def until(condition):
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.001)


def is_all_held(edge):
    return edge.held._value == 0


def test_few_wait_for_a_place_and_who_comes_after_them_is_refused_at_once_and_the_page_stays(in_front):
    with ThreadPoolExecutor(3) as crowd:
        said = [crowd.submit(get, in_front, "/admin/") for _ in range(3)]
        until(lambda: is_all_held(in_front))
        assert [get(in_front, "/admin/")[0] for _ in range(200)] == ["503 Service Unavailable"] * 200
        assert [get(in_front, "/")[0] for _ in range(200)] == ["200 OK"] * 200
        assert in_front.django.inside == 1
        in_front.django.opened.set()
    assert [future.result()[0] for future in said] == ["418 Django"] * 3


def test_while_the_database_is_lost_nobody_waits_for_a_place(in_front, monkeypatch):
    in_front.slots = Watched(1)
    assert in_front.slots.acquire()
    monkeypatch.setattr(edges, "SLOT_WAIT", 0.02)
    assert get(in_front, "/admin/")[0] == "503 Service Unavailable"
    monkeypatch.setattr(answer_cache, "LOST_AFTER", 0)
    assert get(in_front, "/admin/")[0] == "503 Service Unavailable"
    assert in_front.slots.waits[-2:] == [0.02, 0]


@pytest.mark.parametrize("path", ["/incidents/{}/", "/incidents/one/"])
def test_first_builds_that_hang_hold_few_threads_whether_of_many_paths_or_of_one(in_front, path):
    ask = Gate(in_front.cache.ask)
    in_front.cache.ask = ask
    with ThreadPoolExecutor(3) as crowd:
        said = [crowd.submit(get, in_front, path.format(number)) for number in range(3)]
        until(lambda: is_all_held(in_front))
        for number in range(3, 200):
            assert get(in_front, path.format(number))[0] == "503 Service Unavailable"
        assert get(in_front, "/")[0] == "200 OK"
        until(lambda: ask.inside == 1)
        ask.opened.set()
    assert [future.result()[0] for future in said] == ["200 OK"] * 3


def test_who_finds_no_thread_to_wait_in_gets_the_last_good_answer(in_front, stage):
    get(in_front, "/incidents/old/")
    stage.version = 2
    in_front.cache.look()
    stage.version = 3
    in_front.cache.look()
    assert "/incidents/old/" not in in_front.cache.fresh
    while in_front.held.acquire(blocking=False):
        pass
    assert get(in_front, "/incidents/old/")[2].startswith("version 2")


def test_who_waits_for_a_first_build_gives_up_once_the_database_is_lost(in_front, monkeypatch):
    in_front.cache.ask = Gate(in_front.cache.ask)
    with ThreadPoolExecutor(3) as crowd:
        builder = crowd.submit(get, in_front, "/incidents/1/")
        until(in_front.cache.building.locked)
        others = [crowd.submit(get, in_front, f"/incidents/{number}/") for number in (2, 3)]
        until(lambda: is_all_held(in_front))
        monkeypatch.setattr(answer_cache, "LOST_AFTER", 0)
        assert [future.result(30)[0] for future in others] == ["503 Service Unavailable"] * 2
        assert not builder.done()
        in_front.cache.ask.opened.set()
