"""Every web process gone: nginx goes on with what it kept, and for the rest with the exported files (C27)."""

import gzip
import re
import shutil
import urllib.error
import urllib.request

import psycopg
import pytest

from tests.nginx import Nginx, masked_by_it
from tests.statuspage.edge.test_answer import ACCEPTED
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


@pytest.fixture(scope="module")
def exported(postgres, data_dir, tmp_path_factory):
    directory = tmp_path_factory.mktemp("exported") / "site"
    Web(postgres.url, data_dir).manage("export_site", str(directory))
    return directory


@pytest.fixture
def nginx(own_web, exported, tmp_path):
    shutil.copytree(exported, tmp_path / "site")
    with Nginx.as_shipped(tmp_path, own_web.port, tmp_path / "site") as nginx:
        yield nginx


def get(server, path, method="GET", **headers):
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", headers=headers, method=method)
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


SAID = (
    "Content-Type",
    "Cache-Control",
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "Access-Control-Allow-Origin",
    "Vary",
)


def said(headers) -> dict:
    """What the browser goes by; of a policy the rules in whatever order, without the hash of a style in the page."""
    found = {name: headers.get_all(name) for name in SAID}
    (policy,) = found["Content-Security-Policy"]
    rules = (rule.strip().partition(" ") for rule in re.sub(r" 'sha256-[^']*'", "", policy).split(";"))
    return found | {"Content-Security-Policy": {name: sources for name, _, sources in rules}}


def public_paths(site) -> list[str]:
    """Of what was exported, under the addresses that the program has."""
    files = (file.relative_to(site).as_posix() for file in site.rglob("*") if file.is_file())
    names = {name for name in files if not name.startswith("static/") and not name.endswith((".gz", ".br"))}
    return sorted("/" + name.removesuffix("index.html") for name in names - {".statuspage-export"})


def test_the_exported_files_come_with_the_headers_of_the_program(nginx, own_web, tmp_path):
    paths = public_paths(tmp_path / "site")
    assert len(paths) > 50
    before = {path: get(own_web, path, **{"Accept-Encoding": "gzip"}) for path in paths}
    assert {answer[0] for answer in before.values()} == {200}
    own_web.kill()
    for path in paths:
        status, headers, _ = get(nginx, path, **{"Accept-Encoding": "gzip"})
        assert (status, said(headers)) == (200, said(before[path][1])), path
        assert headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    style = re.search(rb'rel="stylesheet" href="(/static/page[^"]+)"', get(nginx, "/")[2])[1].decode()
    status, headers, css = get(nginx, style)
    assert (status, headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert b"<style>%s</style>" % css in gzip.decompress(before["/"][2])


def test_nginx_sends_the_form_that_the_program_would_send(nginx, own_web):
    chosen = {accept: get(nginx, "/", **{"Accept-Encoding": accept})[1]["Content-Encoding"] for accept in ACCEPTED}
    assert chosen == ACCEPTED


def test_scripts_of_other_sites_may_ask_first_also_when_the_program_is_gone(nginx, own_web):
    asks = {"Origin": "https://shop.example", "Access-Control-Request-Headers": "traceparent"}
    ways = []
    for _ in range(2):
        status, headers, _ = get(nginx, "/updates.json", "OPTIONS", **asks)
        ways.append((status, headers["Access-Control-Allow-Origin"], headers["Access-Control-Allow-Methods"]))
        assert headers["Access-Control-Allow-Headers"] in ("*", "traceparent")
        own_web.kill()
    assert ways == [(204, "*", "GET, HEAD")] * 2
    assert get(nginx, "/", "OPTIONS", **asks)[0] != 204
    assert get(nginx, "/updates.json", Origin="https://shop.example")[1]["Access-Control-Allow-Methods"] is None


PICTURES = {
    "image/svg+xml": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "image/png": b"\x89PNG",
    "image/jpeg": b"\xff\xd8",
    "image/webp": b"RIFF",
}


@pytest.fixture
def bare_web(postgres, static_files, tmp_path):
    """Before a database with next to nothing in it, which is soon exported; not started."""
    with psycopg.connect(postgres.url, autocommit=True) as database:
        database.execute("CREATE DATABASE bare")
    data_dir = tmp_path / "bare"
    data_dir.mkdir()
    (data_dir / "static").symlink_to(static_files)
    web = Web(postgres.url.removesuffix("postgres") + "bare", data_dir, parent=tmp_path)
    web.manage("migrate")
    return web


def test_the_logo_is_the_picture_that_it_is(bare_web, tmp_path):
    bare_web.manage("export_site", str(tmp_path / "site"))
    with Nginx.as_shipped(tmp_path, bare_web.port, tmp_path / "site") as nginx:
        assert get(nginx, "/logo")[0] == 503
        for kind, picture in PICTURES.items():
            put_logo(bare_web, picture, kind)
            bare_web.manage("export_site", str(tmp_path / "site"))
            eventually(lambda kind=kind: get(nginx, "/logo")[1]["Content-Type"] == kind, 60)
            status, headers, body = get(nginx, "/logo")
            assert (status, body) == (200, picture)
            assert "sandbox" in headers["Content-Security-Policy"]


def put_logo(web, picture, kind):
    with psycopg.connect(web.environ["DATABASE_URL"], autocommit=True) as database:
        database.execute("UPDATE incidents_site SET logo = %s, logo_type = %s", (picture, kind))


def test_no_log_keeps_the_link_of_a_message(nginx, own_web):
    token = "a-token-that-nobody-else-may-see"
    ways = [
        f"/{prefix}/{token}{rest}"
        for prefix in masked_by_it()[0]
        for rest in ("/", "", "/confirm/", "/unsubscribe/?x=1")
    ]
    ways += [f"//subscription/{token}/", f"/%73ubscription/{token}/", f"/subscription/%61{token}/"]
    for _ in range(2):
        for path in ways:
            get(nginx, path)
            get(nginx, path, "POST")
        get(nginx, "/", Referer=f"https://status.example.com/subscription/{token}/")
        own_web.kill()
    get(nginx, "/history/")
    access = (nginx.directory / "access.log").read_text()
    assert access.count("***") >= 4 * len(ways)  # and where they were sent on to
    assert "/subscription/***" in access
    logs = access + (nginx.directory / "error.log").read_text() + own_web.log()
    assert "connect() failed" in logs, "what is no secret is still told"
    assert token not in logs
