"""Far more addresses than are kept are asked for: what is real stays, and nothing grows without a bound."""

import pytest

from statuspage.edge import answer_cache, answers, last_good
from statuspage.edge import disk_store as disk_stores
from tests.statuspage.edge.stage import get, new_edge

REAL = ["/", "/history/", *(f"/incidents/{number}/" for number in range(40)), "/components/a/", "/history/2026-11/"]


@pytest.fixture
def crawled(stage, tmp_path, settings, monkeypatch):
    """An edge that was asked for every real page, and then for far more months and other addresses than it keeps."""
    settings.ALLOWED_HOSTS = ["status.example.test"]
    monkeypatch.setattr(last_good, "MOST_IN_MEMORY", 20)
    monkeypatch.setattr(disk_stores, "MOST_PASSING", 10)
    edge = new_edge(stage, tmp_path, fixed=["/", "/history/"])
    edge.cache.look()
    for path in REAL[:-1]:
        assert get(edge, path)[0] == "200 OK"
    for number in range(150):
        get(edge, f"/history/2{number:03d}-01/")
    assert get(edge, REAL[-1])[0] == "200 OK"
    stage.status = "404 Not Found"
    for number in range(150):
        get(edge, f"/wp-{number}.php")
    stage.status = "200 OK"
    return edge


def lose(edge, stage, monkeypatch):
    stage.is_up = False
    monkeypatch.setattr(answer_cache, "LOST_AFTER", 0)


def test_every_real_page_survives_a_crawl_though_memory_holds_few(crawled, stage, monkeypatch):
    assert {"/", "/history/"} <= crawled.cache.last_good.keys()
    lose(crawled, stage, monkeypatch)
    for path in [*REAL, *reversed(REAL)]:
        assert get(crawled, path)[2].startswith(f"version 1 of {path}")
        assert len(crawled.cache.last_good) <= 20
        assert crawled.cache.fresh.keys() <= crawled.cache.last_good.keys()
    assert get(crawled, "/history/2000-01/")[0] == "503 Service Unavailable"


def test_it_survives_a_restart_without_the_database_too(crawled, stage, tmp_path, monkeypatch):
    lose(crawled, stage, monkeypatch)
    late = new_edge(stage, tmp_path)
    late.cache.take_up()
    late.cache.has_looked.set()
    for path in REAL:
        assert get(late, path)[2].startswith(f"version 1 of {path}")


def test_what_is_taken_from_the_shelf_says_how_old_it_is_once_the_page_does(crawled, stage, monkeypatch):
    monkeypatch.setattr(answer_cache, "UNCONFIRMED_AFTER", 0)
    lose(crawled, stage, monkeypatch)
    crawled.cache.guard()
    for path in REAL:
        assert "We cannot confirm that this is current." in get(crawled, path)[2]
    stage.is_up = True
    crawled.cache.look()
    for path in REAL:
        assert "Last-Confirmed" not in get(crawled, path)[1]


def test_what_was_hidden_does_not_come_back_from_the_shelf(crawled, stage, monkeypatch):
    content = {file: file.read_bytes() for file in crawled.cache.disk_store.directory.glob("*.answer")}
    stage.version = stage.oldest_shown = 2
    crawled.cache.look()
    for file, was in content.items():  # a disk on which the withdrawal failed
        file.write_bytes(was)
    (crawled.cache.disk_store.directory / "oldest").unlink()
    list(crawled.cache.disk_store.load())
    lose(crawled, stage, monkeypatch)
    assert get(crawled, "/incidents/7/")[0] == "503 Service Unavailable"
    assert get(crawled, "/")[2].startswith("version 2")


def test_nothing_that_strangers_choose_grows_without_a_bound(crawled):
    following = crawled.cache
    assert len(following.missing) <= answers.MOST_ABSENT
    assert len(following.fresh) <= 20
    assert len(list(following.disk_store.directory.glob("*.passing"))) <= 10
    assert (len(following.failed_builds), following.warm_list.keys()) == (0, {"/", "/history/"})


def test_a_page_that_fails_and_gives_way_is_not_built_again_and_again(crawled, stage):
    get(crawled, "/incidents/1/")
    get(crawled, "/incidents/1/")
    stage.version, stage.status = 2, "500 Internal Server Error"
    crawled.cache.look()
    assert "/incidents/1/" in crawled.cache.failed_builds
    stage.status = "200 OK"
    for number in range(20, 40):
        get(crawled, f"/incidents/{number}/")
    assert "/incidents/1/" not in crawled.cache.failed_builds
