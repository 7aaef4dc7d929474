"""C31: a thousand connections with random queries, cookies, headers and methods against the production server."""

import re
import time
import urllib.request
from http.cookiejar import CookieJar

from tests import seeds
from tests.fuzz_requests import Storm, builds_too_often, faults, is_ordinary
from tests.http_clients import Crowd
from tests.web import eventually, is_confirmed, warm

PUBLIC = ["/", "/history/", "/history.rss", "/history.atom", "/api/v2/summary.json", "/badge.svg", "/robots.txt"]


def log_in(web) -> bool:
    """By the form, as a person; False where there was no room."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    address = f"http://127.0.0.1:{web.port}/admin/login/"
    try:
        form = opener.open(address, timeout=10).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
        words = f"csrfmiddlewaretoken={token}&username=lead&password=for-this-test-only&next=/admin/"
        return "Log out" in opener.open(address, words.encode(), timeout=10).read().decode()
    except OSError:
        return False


def test_a_storm_costs_no_build_sets_no_cookie_and_shuts_nobody_out(web):
    eventually(lambda: is_confirmed(web), 60)
    warm(web, PUBLIC)
    seed = seeds.seed(31)
    print(f"seed {seed}")
    began = time.time()
    with Crowd(web.port, Storm(PUBLIC, seed), readers=1000) as crowd:
        eventually(lambda: len({reply.reader for reply in list(crowd.replies)}) == crowd.readers, 60)
        took = eventually(lambda: log_in(web), 30)
    ordinary = sorted(reply.seconds for reply in crowd.replies if is_ordinary(reply.request, PUBLIC))
    print(f"{len(crowd.replies)} answers in {time.time() - began:.0f} s, logged in after {took:.1f} s", end=", ")
    print(
        f"median {ordinary[len(ordinary) // 2] * 1000:.0f} ms, p99 {ordinary[len(ordinary) * 99 // 100] * 1000:.0f} ms"
    )
    assert faults(crowd.replies, PUBLIC) == []
    assert builds_too_often([build for build in web.builds() if build[0] > began]) == []
