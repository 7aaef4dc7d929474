import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from statuspage.edge import answer_cache, answers, internal_get, last_good
from statuspage.edge import application as edges
from statuspage.edge.answer import Answer
from statuspage.edge.disk_store import DiskStore
from statuspage.edge.internal_get import NOWHERE
from tests.statuspage.edge.stage import get, inside_django, new_edge


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(edges, "SLOT_WAIT", 0.1)


@pytest.fixture
def edge(stage, tmp_path, settings):
    settings.ALLOWED_HOSTS = ["status.example.test"]
    return new_edge(stage, tmp_path)


def test_a_page_is_built_once_and_sent_to_all(edge, stage):
    edge.cache.look()
    for number in range(50):
        status, headers, body = get(edge, QUERY_STRING=f"x={number}", HTTP_COOKIE=f"sessionid={number}")
        assert (status, "Set-Cookie" in headers) == ("200 OK", False)
        assert body.startswith("version 1 of /")
    assert stage.builds == ["/"]


def test_a_publish_is_seen_with_the_next_look_and_rebuilds_only_what_is_read(edge, stage):
    edge.cache.look()
    get(edge, "/"), get(edge, "/history/"), get(edge, "/incidents/old/")
    stage.version = 2
    edge.cache.look()
    get(edge, "/history/")
    stage.builds.clear()
    stage.version = 3
    edge.cache.look()
    assert stage.builds == ["/", "/history/"]
    assert get(edge, "/incidents/old/")[2].startswith("version 3")
    assert get(edge, "/")[2].startswith("version 3")


def test_what_most_people_read_is_built_first_after_the_front_page(edge, stage):
    edge.cache.look()
    for path, readers in (("/a/", 2), ("/history/", 9), ("/api/v2/summary.json", 5)):
        for _ in range(readers):
            get(edge, path)
    stage.builds.clear()
    stage.version = 2
    edge.cache.look()
    assert stage.builds == ["/", "/history/", "/api/v2/summary.json", "/a/"]


def test_what_a_crawler_asked_for_is_built_again_only_when_somebody_asks(edge, stage, monkeypatch):
    edge.cache.look()
    for number in range(5):
        get(edge, f"/incidents/{number}/"), get(edge, f"/incidents/{number}/")
    monkeypatch.setattr(answer_cache, "RENEW_FOR", 0)
    stage.version = 2
    edge.cache.look()
    assert len(edge.cache.fresh) == 0
    stage.builds.clear()
    assert get(edge, "/incidents/3/")[2].startswith("version 2")
    assert stage.builds == ["/incidents/3/"]


def test_without_a_change_nothing_is_built_again(edge, stage):
    for _ in range(5):
        edge.cache.look()
        get(edge)
    assert stage.builds == ["/"]


def test_what_is_fixed_is_kept_though_nobody_asks_and_after_what_is_read(stage, tmp_path, settings, monkeypatch):
    settings.ALLOWED_HOSTS = ["status.example.test"]
    monkeypatch.setattr(answer_cache, "WARM_FOR", 0)  # one between two looks
    edge = new_edge(stage, tmp_path, fixed=["/", "/history.rss", "/history.atom"])
    for version in (1, 2):
        stage.version = version
        stage.builds.clear()
        get(edge, "/history/")
        edge.cache.look()
        assert "/history.rss" not in stage.builds
        for _ in range(4):
            edge.cache.look()
        assert stage.builds.count("/") == 1
        assert stage.builds[-2:] == ["/history.rss", "/history.atom"]
    stage.is_up = False
    monkeypatch.setattr(answer_cache, "LOST_AFTER", 0)
    assert get(edge, "/history.atom")[2].startswith("version 2")
    assert get(edge, "/never/")[0].startswith("503")


def test_what_the_front_page_leads_to_is_built_once_though_nobody_asks(edge, stage, monkeypatch):
    stage.links = ["/incidents/linked/", "/"]
    edge.cache.linked = lambda body: stage.links
    for _ in range(4):
        edge.cache.look()
    assert stage.builds == ["/", "/incidents/linked/"]
    stage.version = 2
    stage.links = ["/incidents/linked/", "/incidents/new/"]
    for _ in range(4):
        edge.cache.look()
    assert (stage.builds.count("/incidents/linked/"), stage.builds.count("/incidents/new/")) == (1, 1)
    stage.is_up = False
    monkeypatch.setattr(answer_cache, "LOST_AFTER", 0)
    assert get(edge, "/incidents/linked/")[2].startswith("version 1")
    assert get(edge, "/incidents/new/")[2].startswith("version 2")


def test_a_linked_page_that_fails_is_tried_once_for_each_answer_that_leads_to_it(edge, stage):
    edge.cache.linked = lambda body: ["/incidents/linked/"]
    edge.cache.look()
    stage.status = "500 Internal Server Error"
    for _ in range(4):
        edge.cache.look()
    assert stage.builds.count("/incidents/linked/") == 1


def test_what_is_fixed_and_not_there_is_asked_for_once_a_version(stage, tmp_path, settings):
    edge = new_edge(stage, tmp_path, fixed=["/logo"])
    stage.status = "404 Not Found"
    for _ in range(5):
        edge.cache.look()
    assert stage.builds.count("/logo") == 1


@pytest.mark.parametrize("request_", [{"path": "/admin/"}, {"path": "/admin/", "method": "POST"}])
def test_what_is_not_public_goes_to_django(edge, request_):
    edge.cache.look()
    assert get(edge, **request_)[0] == "418 Django"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_a_wrong_method_is_refused_without_a_place_in_django(edge, stage, method):
    edge.cache.look()
    assert edge.slots.acquire(blocking=False)
    assert edge.slots.acquire(blocking=False)
    status, headers, body = get(edge, "/history/", method, HTTP_IF_NONE_MATCH="*")
    assert (status, headers["Allow"]) == ("405 Method Not Allowed", "GET, HEAD")
    assert "cannot be used in that way" in body
    assert stage.builds == ["/"]  # by the look
    assert get(edge, "/admin/", method)[0] == "503 Service Unavailable"  # Django's to answer, and there is no place


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "BREW"])
def test_an_address_of_nothing_is_answered_without_a_place_in_django(stage, tmp_path, settings, method):
    settings.ALLOWED_HOSTS = ["status.example.test"]
    stage.status = "404 Not Found"
    edge = new_edge(stage, tmp_path, is_public=lambda path: False, is_known=lambda path: path == "/admin/")
    edge.cache.look()
    assert edge.slots.acquire(blocking=False)
    assert edge.slots.acquire(blocking=False)
    for number in range(20):
        assert get(edge, f"/wp-login-{number}.php", method)[0] == "404 Not Found"
    assert stage.builds.count(NOWHERE) == 1
    assert get(edge, "/admin/")[0] == "503 Service Unavailable"  # Django's to answer


def test_an_address_of_nothing_is_503_in_its_own_kind_while_nothing_is_known(stage, tmp_path, settings):
    settings.ALLOWED_HOSTS = ["status.example.test"]
    stage.is_up = False
    edge = new_edge(stage, tmp_path, is_public=lambda path: False, is_known=lambda path: False)
    status, headers, _ = get(edge, "/api/v2/nothing.json")
    assert (status, headers["Content-Type"]) == ("503 Service Unavailable", "application/json")


@pytest.mark.parametrize(
    ("path", "is_known"),
    [
        ("/", True),
        ("/subscribe", True),
        ("/admin/no/such/", True),
        ("/wp-login.php", False),
        ("/incidents/a/b/", False),
    ],
)
def test_an_address_is_known_where_a_view_or_a_redirect_stands(path, is_known):
    assert internal_get.is_known(path) is is_known
    assert not internal_get.is_known(NOWHERE)


def test_what_was_hidden_is_gone_with_the_next_look_also_from_the_shelf(edge, stage, tmp_path):
    edge.cache.look()
    get(edge, "/incidents/secret/")
    get(edge, "/incidents/secret/")
    stage.version, stage.status = 2, "404 Not Found"
    edge.cache.look()
    assert get(edge, "/incidents/secret/")[0] == "404 Not Found"
    stage.is_up = False
    assert "/incidents/secret/" not in dict(DiskStore(tmp_path / "published").load())
    assert "/incidents/secret/" not in edge.cache.last_good


def test_a_missing_page_is_asked_for_once_until_the_page_changes(edge, stage, monkeypatch):
    monkeypatch.setattr(answers, "MOST_ABSENT", 10)
    edge.cache.look()
    stage.status = "404 Not Found"
    for number in range(50):
        for _ in range(3):
            assert get(edge, f"/incidents/{number}/")[0] == "404 Not Found"
    assert stage.builds.count("/incidents/7/") == 1
    assert "/incidents/7/" not in edge.cache.last_good
    assert len(edge.cache.missing) == 10
    stage.version, stage.status = 2, "200 OK"
    edge.cache.look()
    assert get(edge, "/incidents/49/")[0] == "200 OK"


def test_the_last_good_answer_stays_while_the_database_is_away(edge, stage, monkeypatch):
    edge.cache.look()
    before = get(edge)
    stage.is_up = False
    with pytest.raises(ConnectionError):
        edge.cache.look()
    assert get(edge) == before
    edge.cache.guard()
    assert get(edge) == before
    monkeypatch.setattr(answer_cache, "UNCONFIRMED_AFTER", 0)
    monkeypatch.setattr(answer_cache, "LOST_AFTER", 0)
    edge.cache.guard()
    assert "We cannot confirm that this is current." in get(edge)[2]
    stage.is_up = True
    edge.cache.look()
    assert get(edge)[2] == before[2]


def test_a_fault_of_a_page_leaves_its_last_good_answer(edge, stage):
    edge.cache.look()
    stage.version, stage.status = 2, "500 Internal Server Error"
    edge.cache.look()
    assert get(edge)[2].startswith("version 1")


def test_a_process_that_starts_without_a_database_serves_what_was_kept(edge, stage, tmp_path):
    edge.cache.look()
    get(edge, "/history/")
    stage.is_up = False
    late = new_edge(stage, tmp_path)
    late.cache.take_up()
    assert get(late)[2].startswith("version 1 of /")
    assert get(late, "/history/")[0] == "200 OK"
    status, headers, body = get(late, "/incidents/never-seen/")
    assert (status, headers["Retry-After"]) == ("503 Service Unavailable", "10")
    assert "cannot show the status" in body
    status, headers, body = get(late, "/api/v2/status.json")
    assert (status, headers["Content-Type"]) == ("503 Service Unavailable", "application/json")
    assert (headers["Access-Control-Allow-Origin"], "error" in json.loads(body)) == ("*", True)


def test_a_hanging_database_leaves_room_for_the_public_page(stage, tmp_path, settings):
    settings.ALLOWED_HOSTS = ["status.example.test"]
    gate = threading.Event()

    def hanging(environ, start_response):
        gate.wait(10)
        return inside_django(environ, start_response)

    edge = new_edge(stage, tmp_path, slots=2)
    edge.django = hanging
    edge.cache.look()
    stuck = [threading.Thread(target=get, args=(edge, "/admin/")) for _ in range(2)]
    for thread in stuck:
        thread.start()
    while edge.slots._value:
        time.sleep(0.001)
    assert get(edge, "/admin/")[0] == "503 Service Unavailable"
    assert get(edge, "/")[0] == "200 OK"
    gate.set()
    for thread in stuck:
        thread.join()
    assert get(edge, "/admin/")[0] == "418 Django"


def test_what_was_taken_off_the_page_does_not_come_back_while_the_database_is_away(edge, stage, tmp_path, monkeypatch):
    edge.cache.look()
    get(edge, "/incidents/hidden-soon/"), get(edge, "/history/")
    stage.version = 2
    edge.cache.look()
    assert "/incidents/hidden-soon/" in edge.cache.last_good
    get(edge, "/history/")
    stage.version = stage.oldest_shown = 3
    edge.cache.look()
    edge.cache.look()
    stage.is_up = False
    monkeypatch.setattr(answer_cache, "LOST_AFTER", 0)
    edge.cache.has_looked.set()
    assert get(edge, "/incidents/hidden-soon/")[0] == "503 Service Unavailable"
    assert get(edge, "/")[2].startswith("version 3")
    assert dict(DiskStore(tmp_path / "published").load()).keys() == edge.cache.last_good.keys()


def test_memory_is_bounded_and_the_front_page_stays(edge, monkeypatch):
    monkeypatch.setattr(last_good, "MOST_IN_MEMORY", 10)
    edge.cache.look()
    for number in range(100):
        get(edge, f"/incidents/{number}/")
    assert len(edge.cache.last_good) == len(edge.cache.fresh) == 10
    assert "/" in edge.cache.last_good


def test_many_first_readers_cost_one_build(edge, stage):
    edge.cache.look()
    threads = [threading.Thread(target=get, args=(edge, "/history/")) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stage.builds.count("/history/") == 1


def test_a_page_that_failed_is_built_again_soon_and_not_only_with_the_next_change(edge, stage, monkeypatch):
    edge.cache.look()
    stage.version, stage.status = 2, "500 Internal Server Error"
    edge.cache.look()
    stage.status = "200 OK"
    edge.cache.look()
    assert get(edge)[2].startswith("version 2")
    stage.builds.clear()
    edge.cache.look()
    assert stage.builds == []


def test_who_hangs_after_a_sign_of_life_takes_nothing_back(edge, stage, monkeypatch):
    """The disk took longer than the database lived: what was marked meanwhile stays marked."""
    edge.cache.look()
    get(edge)
    stage.version = 2
    monkeypatch.setattr(answer_cache, "LOST_AFTER", 0)
    monkeypatch.setattr(answer_cache, "UNCONFIRMED_AFTER", 0)
    monkeypatch.setattr(answer_cache, "RENEW_FOR", 0)

    def hang():
        stage.is_up = False
        edge.cache.guard()

    monkeypatch.setattr(edge.cache.disk_store, "confirm", hang)
    edge.cache.look()
    assert "Last-Confirmed" in get(edge)[1]


def test_a_sign_of_life_while_all_is_being_marked_ends_the_marks_with_the_next_look(edge, monkeypatch):
    edge.cache.look()
    get(edge)
    unconfirmed, looks = Answer.unconfirmed, [edge.cache.look]

    def meanwhile(answer, since):
        if looks:
            looks.pop()()
        return unconfirmed(answer, since)

    monkeypatch.setattr(Answer, "unconfirmed", meanwhile)
    with monkeypatch.context() as patch:
        patch.setattr(answer_cache, "LOST_AFTER", 0)
        patch.setattr(answer_cache, "UNCONFIRMED_AFTER", 0)
        edge.cache.guard()
    edge.cache.look()
    assert "Last-Confirmed" not in get(edge)[1]


def test_a_page_that_fails_for_long_says_since_when_though_the_database_answers(edge, stage, monkeypatch):
    edge.cache.look()
    get(edge, "/history/")
    monkeypatch.setattr(answer_cache, "UNCONFIRMED_AFTER", 0)
    monkeypatch.setattr(answer_cache, "RETRY_EVERY", 0)
    ask = edge.cache.ask

    def only_history(path):
        if path == "/":
            raise ValueError("a fault of the page")
        return ask(path)

    edge.cache.ask = only_history
    stage.version = 2
    edge.cache.look()
    edge.cache.look()
    assert "version 1" in get(edge)[2]
    assert "We cannot confirm that this is current." in get(edge)[2]
    assert "Last-Confirmed" not in get(edge, "/history/")[1]
    edge.cache.ask = ask
    edge.cache.look()
    assert get(edge)[2].startswith("version 2")
    assert "Last-Confirmed" not in get(edge)[1]


@pytest.fixture
def late(edge, stage, tmp_path, monkeypatch):
    """Another process beside `edge`, which did not hear of version 2 before the database fell silent."""
    late = new_edge(stage, tmp_path)
    for one in (edge, late):
        one.cache.look()
        get(one, "/history/")
    stage.version = 2
    edge.cache.look()
    stage.is_up = False
    monkeypatch.setattr(answer_cache, "SILENT_AFTER", 0)
    return late


def test_a_process_that_was_late_for_the_last_publish_takes_it_up_from_the_others(late):
    assert get(late)[2].startswith("version 1")
    late.cache.follow()
    assert get(late)[2].startswith("version 2")
    assert get(late, "/history/")[2].startswith("version 2")


def test_what_it_takes_up_says_how_old_it_is_once_the_page_does(late, monkeypatch):
    monkeypatch.setattr(answer_cache, "UNCONFIRMED_AFTER", 0)
    monkeypatch.setattr(answer_cache, "LOST_AFTER", 0)
    late.cache.guard()
    late.cache.follow()
    assert get(late)[2].startswith("version 2")
    assert "Last-Confirmed" in get(late)[1]


def test_while_the_database_answers_nothing_is_taken_from_others(edge, stage, tmp_path):
    other = new_edge(stage, tmp_path)
    edge.cache.look()
    stage.version = 2
    other.cache.look()
    edge.cache.follow()
    assert get(edge)[2].startswith("version 1")


def test_what_another_process_withdrew_is_not_shown_by_one_that_was_late(edge, stage, tmp_path, monkeypatch):
    late = new_edge(stage, tmp_path)
    for one in (edge, late):
        one.cache.look()
        get(one, "/incidents/hidden-soon/")
    stage.version = stage.oldest_shown = 2
    stage.status = "404 Not Found"
    edge.cache.look()
    stage.is_up = False
    monkeypatch.setattr(answer_cache, "SILENT_AFTER", 0)
    monkeypatch.setattr(answer_cache, "LOST_AFTER", 0)
    assert get(late, "/incidents/hidden-soon/")[0] == "200 OK"
    late.cache.follow()
    assert get(late, "/incidents/hidden-soon/")[0] == "503 Service Unavailable"


def test_a_restored_database_is_believed_though_it_is_older_than_what_was_kept(edge, stage, tmp_path):
    stage.version = 50
    edge.cache.look()
    get(edge, "/history/")
    stage.version = 3
    edge.cache.look()
    assert get(edge)[2].startswith("version 3")
    assert {path: answer.version for path, answer in DiskStore(tmp_path / "published").load()}["/"] == 3
    fresh = new_edge(stage, tmp_path)
    fresh.cache.look()
    assert get(fresh)[2].startswith("version 3")


def test_a_start_in_vain_makes_nobody_wait_for_what_is_not_kept(edge, stage):
    stage.is_up = False
    with pytest.raises(ConnectionError):
        edge.cache.look()
    assert get(edge)[0] == "503 Service Unavailable"
    assert stage.builds == []


def test_a_crowd_larger_than_the_room_is_answered_by_one_build(stage, tmp_path, settings):
    settings.ALLOWED_HOSTS = ["status.example.test"]

    def slowly(path):
        time.sleep(0.5)
        return stage.ask(path)

    edge = new_edge(stage, tmp_path, slots=1, ask=slowly)
    edge.cache.look()
    with ThreadPoolExecutor(12) as crowd:
        said = list(crowd.map(lambda _: get(edge, "/incidents/new/")[0], range(12)))
    assert said == ["200 OK"] * 12
    assert stage.builds.count("/incidents/new/") == 1


STATIC = {"/static/site.css": inside_django}


@pytest.mark.parametrize(
    "path",
    [
        "/static/nowhere.css",
        "/static/" + "n" * 300,
        "/static//etc/passwd",
        "/static/../secret-key",
        "/static/..\\secret-key",
        "/static/%2e%2e/secret-key",
        "/static/site.css/",
        "/static/site.css\0",
        "/static/\xff",
        "/static/",
    ],
)
def test_a_static_file_that_is_not_there_is_a_404_at_once_without_a_look_at_the_disk(stage, tmp_path, settings, path):
    settings.ALLOWED_HOSTS = ["status.example.test"]
    settings.STATIC_ROOT = None  # whoever looked there would fail
    edge = new_edge(stage, tmp_path, slots=1, held=1, static=STATIC, is_public=lambda path: False)
    assert edge.held.acquire(blocking=False)
    edge.django = None
    assert get(edge, "/static/site.css")[0] == "418 Django"
    for method in ("GET", "HEAD", "POST"):
        assert get(edge, path, method)[0] == "404 Not Found"


def test_where_static_files_are_not_known_they_are_looked_for_from_a_place_in_django(stage, tmp_path, settings):
    settings.ALLOWED_HOSTS = ["status.example.test"]
    edge = new_edge(stage, tmp_path, is_public=lambda path: False)
    assert get(edge, "/static/site.css")[0] == "418 Django"
    while edge.held.acquire(blocking=False):
        pass
    assert get(edge, "/static/site.css")[0] == "503 Service Unavailable"


def test_a_change_that_is_heard_ends_the_rest_between_two_looks(edge, monkeypatch):
    monkeypatch.setattr(answer_cache, "LOOK_EVERY", 3600.0)
    edge.cache.listen = lambda heard: heard()
    edge.cache.hear()
    edge.cache._rest(3600.0)
    assert not edge.cache.has_heard.is_set(), "the next change is another"


def test_what_changes_all_the_time_is_built_once_a_second_also_where_each_change_is_heard(edge, monkeypatch):
    slept = []
    monkeypatch.setattr(answer_cache.time, "sleep", slept.append)
    edge.cache.has_heard.set()
    edge.cache._rest(edge.cache.look())
    assert slept == [answer_cache.LOOK_AFTER_CHANGE]
