"""Budgets in one process and in all of them together."""

import threading
from types import SimpleNamespace

import pytest
from redis import Redis

from statuspage.lib.budgets import Budget, Memory, Shared
from tests.servers import free_port

TRIES = Budget("tries", 3, 10)


class Clock:
    """Seconds that pass when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def processes(settings, clock):
    """Two processes that count in the same Redis, with nothing counted yet."""
    redis = Redis.from_url(settings.REDIS_URL)
    redis.delete(*(f"statuspage:tries:{key}" for key in ("a", "b")))
    yield [Shared(lambda: settings.REDIS_URL, Memory(clock)) for _ in range(2)]
    redis.close()


def test_so_many_at_once_then_one_at_a_time(clock):
    counts = Memory(clock)
    assert [counts.take(TRIES, "a") for _ in range(5)] == [0, 0, 0, 10, 10]
    clock.now += 7
    assert counts.wait(TRIES, "a") == counts.take(TRIES, "a") == 3
    clock.now += 3
    assert (counts.take(TRIES, "a"), counts.take(TRIES, "a")) == (0, 10)


def test_what_is_refused_costs_nothing_and_one_key_nothing_of_another(clock):
    counts = Memory(clock)
    for _ in range(100):
        counts.take(TRIES, "a")
    assert counts.wait(TRIES, "a") == 10
    assert counts.take(TRIES, "b") == 0
    assert counts.take(Budget("others", 3, 10), "a") == 0


def test_no_time_saves_up_more_than_the_budget(clock):
    counts = Memory(clock)
    counts.take(TRIES, "a")
    clock.now += 1_000_000
    assert [counts.take(TRIES, "a") for _ in range(4)] == [0, 0, 0, 10]


def test_what_is_given_back_may_be_taken_again(clock):
    counts = Memory(clock)
    for _ in range(3):
        counts.take(TRIES, "a")
    counts.give_back(TRIES, "a")
    assert [counts.take(TRIES, "a") for _ in range(2)] == [0, 10]
    for _ in range(9):
        counts.give_back(TRIES, "a")
    assert [counts.take(TRIES, "a") for _ in range(4)] == [0, 0, 0, 10]


def test_a_flood_of_keys_fills_no_memory(clock):
    counts = Memory(clock, most_keys=100)
    for number in range(1_000):
        counts.take(TRIES, str(number))
    assert len(counts._empty_at) == 100
    assert [counts.take(TRIES, "999") for _ in range(3)] == [0, 0, 10]


def test_processes_share_one_budget(processes):
    one, other = processes
    taken = [process.take(TRIES, "a") for process in (one, other, one)]
    assert taken == [0, 0, 0]
    assert one.take(TRIES, "a") > 5
    assert other.take(TRIES, "a") > 5
    assert other.take(TRIES, "b") == 0


def test_a_process_that_was_told_so_refuses_by_itself(processes, settings):
    one, other = processes
    for _ in range(3):
        other.take(TRIES, "a")
    assert one.take(TRIES, "a") > 5
    one.redis._client = None
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    assert one.take(TRIES, "a") > 5
    assert one.redis._client is None


def test_processes_give_back_to_each_other(processes):
    one, other = processes
    for _ in range(3):
        one.take(TRIES, "a")
    one.give_back(TRIES, "a")
    assert other.take(TRIES, "a") == 0
    assert other.take(TRIES, "a") > 5


def test_without_redis_each_process_counts_by_itself(clock, caplog):
    alone = Shared(lambda: f"redis://127.0.0.1:{free_port()}/0", Memory(clock))
    assert [alone.take(TRIES, "a") for _ in range(4)] == [0, 0, 0, 10]
    assert [record.levelname for record in caplog.records] == ["WARNING"]  # and then it is left alone for a while
    clock.now += 10
    assert alone.take(TRIES, "a") == 0
    assert len(caplog.records) == 2


def test_with_a_redis_that_hangs_one_thread_at_a_time_finds_out(clock):
    """Threads are few, and the public page needs them."""
    hangs, may_end, asked = threading.Event(), threading.Event(), []

    def ask(**_):
        asked.append(threading.current_thread())
        hangs.set()
        may_end.wait()
        raise TimeoutError

    counts = Shared(lambda: "", Memory(clock))
    counts.redis._client = SimpleNamespace(register_script=lambda text: ask)
    counts.redis._ask_again_at = clock.now - 1  # it failed before
    first = threading.Thread(target=counts.take, args=(TRIES, "a"))
    first.start()
    try:
        assert hangs.wait(20)
        assert counts.take(TRIES, "a") == 0  # would hang, did it ask
    finally:
        may_end.set()
        first.join()
    assert asked == [first]


def test_redis_is_asked_again_by_everybody_once_it_answers(processes, clock):
    one, other = processes
    one.redis._ask_again_at = clock.now - 1
    for _ in range(3):
        assert one.take(TRIES, "a") == 0
    assert other.take(TRIES, "a") > 5
