"""The production server over a PostgreSQL of its own, which is killed, frozen and cut off under load (C26, C28)."""

import random
import shutil
import signal
import time

import pytest

from statuspage.edge.internal_get import fixed_addresses
from tests.http_clients import Crowd, in_turn
from tests.web import all_answers, eventually, is_confirmed, warm

PUBLIC = [
    "/",
    "/history/",
    "/history.rss",
    "/history.atom",
    "/history.json",
    "/api/v2/summary.json",
    "/api/v2/status.json",
    "/badge.svg",
    "/maintenances.ics",
]
RECOVERY = 15  # seconds until nothing speaks of an old confirmation any more


@pytest.fixture
def public(web):
    """Every kind of public address, warm in every worker."""
    eventually(lambda: is_confirmed(web), 60)
    incident = "/incidents/" + web.get()[2].partition("/incidents/")[2].partition('"')[0]
    paths = [*PUBLIC, incident]
    warm(web, paths)
    return paths


def kill(postgres, proxy):
    postgres.kill(signal.SIGQUIT)


def freeze(postgres, proxy):
    postgres.signal_all(signal.SIGSTOP)


def black_hole(postgres, proxy):
    proxy.black_hole()


def mend(postgres, proxy):
    """Undo whichever of the three it was."""
    proxy.heal()
    if postgres.process.poll() is None:
        postgres.signal_all(signal.SIGCONT)
    else:
        postgres.start()


@pytest.mark.parametrize("fault", [kill, freeze, black_hole])
def test_every_public_answer_stays_while_the_database_is_gone_and_says_how_old_it_is(
    web, postgres, proxy, public, fault
):
    before = {path: said(web.get(path)) for path in public}
    with Crowd(web.port, in_turn(public)) as crowd:
        fault(postgres, proxy)
        try:
            eventually(lambda: readers_told(crowd) == crowd.readers)
            unconfirmed_at = time.monotonic()
            assert web.get("/incidents/bbbbbbbbbbbb/")[0] in (404, 503)
            time.sleep(1)
        finally:
            mended_at = time.monotonic()
            mend(postgres, proxy)
        recovery = eventually(lambda: readers_told(crowd) == 0, RECOVERY)
    print(f"{fault.__name__}: {len(crowd.replies)} answers, p99 {crowd.percentile(0.99) * 1000:.0f} ms", end=", ")
    print(f"confirmed {recovery:.1f} s after the database")
    assert {(reply.request.path, reply.status) for reply in crowd.replies} == {(path, 200) for path in public}
    meanwhile = [reply for reply in crowd.replies if reply.began_at + reply.seconds < mended_at]
    late = [reply for reply in meanwhile if reply.began_at > unconfirmed_at]
    assert len(late) >= len(public)
    assert {"last-confirmed" in reply.headers for reply in late} == {True}
    assert {b"We cannot confirm that this is current" in reply.body for reply in late if is_html(reply)} == {True}
    assert {path: said(web.get(path)) for path in public} == before


def readers_told(crowd):
    """How many of the crowd were last told how old the answer is."""
    return sum("last-confirmed" in reply.headers for reply in crowd.latest())


def is_html(reply):
    return reply.headers["content-type"].startswith("text/html")


def said(answer):
    """What must not change by the fault: the headline of a page, the whole of a picture, the kind of the rest."""
    _, headers, text = answer
    kind = headers["Content-Type"]
    return kind, text.partition("<h1")[2].partition("</h1>")[0] if "html" in kind else len(text) // 100


@pytest.mark.parametrize("fault", [kill, black_hole])
def test_a_start_without_the_database_serves_what_was_kept(web, postgres, proxy, public, fault):
    web.kill()
    fault(postgres, proxy)
    try:
        web.start()
        assert {reply.status for reply in all_answers(web, public)} == {200}
    finally:
        mend(postgres, proxy)
    eventually(lambda: is_confirmed(web), RECOVERY)


def test_what_nobody_asked_for_before_is_there_too(web, postgres, proxy, data_dir):
    """A feed reader or a script that comes for the first time in the middle of it."""
    web.kill()
    shutil.rmtree(data_dir / "published")
    began = time.time()
    web.start()
    fixed = set(fixed_addresses()) - {"/"}
    eventually(lambda: fixed <= built_by_each(web, began), 60)
    kill(postgres, proxy)
    try:
        replies = all_answers(web, fixed)
        assert {reply.request.path for reply in replies if reply.status != 200} <= {"/logo", "/api/v2/"}
        assert {reply.status for reply in replies} <= {200, 404}
    finally:
        mend(postgres, proxy)
    eventually(lambda: is_confirmed(web), RECOVERY)


def built_by_each(web, began) -> set[str]:
    """The paths that both workers built since, though nobody asked."""
    paths: dict[int, set[str]] = {}
    for at, pid, path in web.builds("built"):
        if at > began:
            paths.setdefault(pid, set()).add(path)
    return set.intersection(*paths.values()) if len(paths) == 2 else set()


def damage(directory):
    """Every file cut, flipped or replaced by something else."""
    choice = random.Random(29)
    for number, file in enumerate(sorted(directory.glob("*.answer"))):
        content = bytearray(file.read_bytes())
        content[choice.randrange(len(content))] ^= 0xFF
        file.write_bytes([content, content[: len(content) // 2], b"", b"foreign\n" * 100][number % 4])


@pytest.mark.parametrize(("fault", "lose"), [(kill, damage), (black_hole, shutil.rmtree)])
def test_a_start_with_nothing_says_when_to_come_back_and_heals(web, postgres, proxy, public, data_dir, fault, lose):
    web.kill()
    lose(data_dir / "published")
    fault(postgres, proxy)
    try:
        web.start()
        for path in public:
            status, headers, text = web.get(path)
            assert (status, headers["Retry-After"]) == (503, "10")
            assert "cannot show the status right now" in text or "status is not available right now" in text
    finally:
        mend(postgres, proxy)
    eventually(lambda: {reply.status for reply in all_answers(web, public)} == {200}, RECOVERY)
