import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from statuspage.lib.threads import Threads


def test_whatever_the_callers_number_it_runs_in_so_many_threads_and_each_gets_its_own_result():
    seen = set()

    def act(number, *, plus):
        seen.add(threading.current_thread())
        time.sleep(0.001)
        return number + plus

    run = Threads(3, "some").running(act)
    with ThreadPoolExecutor(20) as callers:
        assert list(callers.map(lambda number: run(number, plus=1), range(100))) == list(range(1, 101))
    assert len(seen) <= 3
    assert all(thread.name.startswith("some-") and thread.daemon for thread in seen)


def test_a_fault_is_the_callers_and_the_thread_goes_on():
    run = Threads(1, "one").running(lambda number: 1 / number)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            run(0)
        assert run(1) == 1


def test_no_thread_begins_before_the_first_call():
    before = threading.active_count()
    run = Threads(5, "lazy").running(lambda: None)
    assert threading.active_count() == before
    run()
    assert threading.active_count() == before + 5
