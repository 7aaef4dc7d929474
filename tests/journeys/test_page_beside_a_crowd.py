"""The production server with few threads and with many: while its database is frozen, a crowd asks for what hangs."""

import signal
import urllib.request
from collections import Counter

import pytest

from tests.beside import ALL, beside, style_sheet
from tests.http_clients import Crowd, Request, at_once, in_turn
from tests.web import Web, all_answers, eventually, is_confirmed, warm

READERS = 8
EACH = 20  # answers that every reader of the page gets while all else hangs


@pytest.fixture(params=[2, 3, 64])
def own_web(request, postgres, data_dir, tmp_path):
    web = Web(postgres.url, data_dir, parent=tmp_path, threads=request.param)
    try:
        web.start()
        eventually(lambda: is_confirmed(web), 60)
        warm(web, ["/"])
        yield web
    finally:
        web.stop()


def test_the_page_is_served_to_everybody_while_a_crowd_asks_for_what_hangs(own_web, postgres):
    with beside(own_web.port, ALL, 160) as told:
        postgres.signal_all(signal.SIGSTOP)
        try:
            with Crowd(own_web.port, in_turn(["/"]), readers=READERS) as page:
                eventually(lambda: all(count >= EACH for count in answers(page)), 60)
        finally:
            postgres.signal_all(signal.SIGCONT)
    assert {reply.status for reply in page.replies} == {200}
    assert told[503] > 0
    assert told[404] > 0  # static files that are not there
    eventually(lambda: {reply.status for reply in all_answers(own_web, ["/subscribe/"], each=2)} == {200}, 60)


def answers(crowd):
    """How many each reader got."""
    counts = Counter(reply.reader for reply in list(crowd.replies))
    return [counts[number] for number in range(crowd.readers)]


def test_with_a_healthy_database_a_crowd_at_the_sign_up_form_is_let_in(web):
    replies = at_once(web.port, [Request("/subscribe/")] * 50)
    assert Counter(reply.status for reply in replies) == {200: 50}


def test_a_static_file_is_served_whole_and_what_is_none_is_a_plain_404(web):
    with urllib.request.urlopen(f"http://127.0.0.1:{web.port}{style_sheet(web.port)}") as answer:
        assert answer.headers["Content-Type"].startswith("text/css")
        assert len(answer.read()) > 1000
    for path in ("/static/" + "n" * 300, "/static//etc/passwd", "/static/%2e%2e/secret-key", "/static/nowhere.css"):
        status, headers, text = web.get(path)
        assert (status, headers["Content-Type"], text) == (404, "text/plain; charset=utf-8", "There is no such file.\n")
