"""Every web process gone: nginx goes on with what it kept, and for the rest with the exported files (C27)."""

import shutil
import urllib.error
import urllib.request

import psycopg
import pytest

from tests.nginx import Nginx
from tests.web import Web, eventually

pytestmark = pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx (apt install nginx-light)")
ASKED = ["/", "/history/", "/history.rss", "/api/v2/summary.json"]
NOT_ASKED = ["/updates.atom", "/history.atom", "/api/v2/status.json", "/badge.svg", "/robots.txt"]


@pytest.fixture
def own_web(postgres, data_dir, tmp_path):
    web = Web(postgres.url, data_dir, "statuspage.wsgi:application", parent=tmp_path)
    try:
        web.start()
        eventually(lambda: web.get()[0] == 200)
        yield web
    finally:
        web.stop()


@pytest.fixture
def nginx(own_web, tmp_path):
    own_web.manage("export_site", str(tmp_path / "site"))
    with Nginx.as_shipped(tmp_path, own_web.port, tmp_path / "site") as nginx:
        yield nginx


def get(server, path, **headers):
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_the_page_stays_when_every_web_process_is_gone(nginx, own_web):
    incident = "/incidents/" + own_web.get()[2].partition("/incidents/")[2].partition('"')[0]
    asked = [*ASKED, incident]
    before = {path: get(nginx, path) for path in asked}
    assert {answer[0] for answer in before.values()} == {200}
    own_web.kill()
    for path in asked:
        status, headers, body = get(nginx, path, Cookie="sessionid=1")
        kept = before[path][1]
        assert (status, body, headers["ETag"]) == (200, before[path][2], kept["ETag"]), path
        assert headers["Content-Security-Policy"] == kept["Content-Security-Policy"]
        assert get(nginx, path, **{"If-None-Match": kept["ETag"]})[0] == 304
    for path in NOT_ASKED:
        assert get(nginx, path)[0] == 200, path
    assert get(nginx, "/history.atom")[1]["Content-Type"] == "application/atom+xml"
    assert get(nginx, "/updates.rss")[1]["Content-Type"] == "application/rss+xml"
    for path in ("/updates.atom", "/updates.json", "/api/v2/components.json"):
        assert get(nginx, path)[1]["Access-Control-Allow-Origin"] == "*", path
    assert get(nginx, "/incidents/bbbbbbbbbbbb/")[0] == 503


def test_nothing_but_public_answers_is_kept(nginx, own_web):
    for path in ("/", "/subscribe/", "/admin/login/", "/readyz"):
        assert get(nginx, path, **{"Accept-Encoding": "br;q=0, gzip"})[0] == 200
    own_web.kill()
    assert get(nginx, "/", **{"Accept-Encoding": "gzip"})[1]["Content-Encoding"] == "gzip"
    assert get(nginx, "/?utm_source=x&nocache=1")[0] == 200
    for path in ("/subscribe/", "/admin/login/", "/readyz", "/admin/console/"):
        assert get(nginx, path)[0] == 503, path


def test_a_change_is_seen_through_it_and_what_was_hidden_is_not_kept(nginx, own_web):
    (code,) = {own_web.get()[2].partition("/incidents/")[2].partition("/")[0]}
    path = f"/incidents/{code}/"
    assert get(nginx, path)[0] == 200

    def show(is_public):
        with psycopg.connect(own_web.environ["DATABASE_URL"], autocommit=True) as database:
            database.execute("UPDATE incidents_incident SET is_public = %s WHERE public_id = %s", (is_public, code))
            database.execute(
                "UPDATE incidents_site SET page_version = page_version + 1, oldest_shown = page_version + 1"
            )

    show(False)
    try:
        seconds = eventually(lambda: all(get(nginx, path)[0] == 404 for _ in range(4)), 10)
        print(f"hidden {seconds:.1f} s after it was said")
        own_web.kill()
        assert get(nginx, path)[0] == 404
    finally:
        show(True)
