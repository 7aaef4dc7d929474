"""S30: what every answer says to the browser, whoever gives it: Django, the edge, or the file server in front."""

import re
from http.cookies import SimpleCookie

import pytest
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, RequestFactory
from django.urls import reverse

from statuspage.edge import unavailable
from tests.incidents.api.test_hidden import OPEN_ADDRESSES

from .test_access import URLS, house  # noqa: F401  the fixture

pytestmark = pytest.mark.django_db
HOST = "status.example.test"
# Words and pictures of others, shown in a frame or as an image: they bring their own style, and nothing may run.
GUESTS = {"subscribers:outbox-message-html", "preview:mail", "logo"}
SOURCES = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'", "'sha256-'"},
    "img-src": {"'self'", "data:"},
    "connect-src": {"'self'"},
    "font-src": {"'self'"},
    "form-action": {"'self'", "'none'"},
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
    "frame-src": {"'self'"},
}


@pytest.fixture(autouse=True)
def over_tls(settings):
    """As settings.py has it where SITE_URL begins with https: see test_settings.py."""
    settings.ALLOWED_HOSTS = [HOST]
    settings.SITE_URL = f"https://{HOST}"
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True


def faults(headers: dict[str, str], cookies=()) -> list[str]:
    """What is missing or too much, in words."""
    found = [f"CSP {fault}" for fault in policy_faults(headers.get("Content-Security-Policy", ""))]
    if headers.get("X-Content-Type-Options") != "nosniff":
        found.append("sniffing")
    if headers.get("Referrer-Policy") not in ("same-origin", "no-referrer"):
        found.append("referrer")
    if "max-age=31536000" not in headers.get("Strict-Transport-Security", ""):
        found.append("no HSTS")
    if headers.get("X-Frame-Options") != "DENY":
        found.append("frames")
    for cookie in cookies:
        if not (cookie["secure"] and cookie["httponly"] and cookie["samesite"]):
            found.append(f"cookie {cookie.key}")
    return found


def policy_faults(policy: str) -> list[str]:
    """Sources that the policy allows beyond SOURCES; what it must forbid and does not."""
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    found = [f"{name} {source}" for name in rules for source in rules[name].split() if not _is_known(name, source)]
    return found + [f"without {name}" for name in ("default-src", "frame-ancestors") if rules.get(name) != "'none'"]


def _is_known(name: str, source: str) -> bool:
    return re.sub(r"^'sha256-[A-Za-z0-9+/=]{44}'$", "'sha256-'", source) in SOURCES.get(name, ())


@pytest.mark.parametrize("who", ["anonymous", "admin"])
def test_every_address_says_what_the_browser_must_know(who, house):  # noqa: F811
    client = Client(raise_request_exception=False, headers={"host": HOST})
    if who == "admin":
        client.force_login(User.objects.get(username="admin"))
    found = {}
    for name in set(URLS) - GUESTS:
        response = client.get(house.address(name), secure=True)
        assert response.status_code != 500, name
        if wrong := faults(response.headers, response.cookies.values()):
            found[name] = wrong
    assert found == {}


@pytest.mark.parametrize("name", sorted(GUESTS))
def test_what_a_guest_brings_cannot_run_or_reach_out(name, house):  # noqa: F811
    client = Client(headers={"host": HOST})
    client.force_login(User.objects.get(username="admin"))
    response = client.get(house.address(name), secure=True)
    assert response.status_code == 200
    rules = dict(rule.strip().partition(" ")[::2] for rule in response["Content-Security-Policy"].split(";"))
    assert rules["default-src"] == "'none'"
    assert "script-src" not in rules or rules["script-src"] == "'none'"
    assert "sandbox" in rules or rules["frame-ancestors"] == "'self'"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] in ("DENY", "SAMEORIGIN")


def test_a_log_in_sets_no_cookie_that_a_script_or_a_plain_line_could_read(house):  # noqa: F811
    user = User.objects.get(username="lead")
    user.set_password("for-this-test-only")
    user.save()
    client = Client(headers={"host": HOST})
    words = {"username": "lead", "password": "for-this-test-only", "next": "/admin/"}
    response = client.post("/admin/login/", words, secure=True)
    assert response.status_code == 302
    assert {"sessionid", "csrftoken"} <= response.cookies.keys()
    assert faults(response.headers, response.cookies.values()) == []


def through(application, path, host=HOST, scheme="https", method="GET", **headers):
    """(status, headers, cookies) of a request by WSGI."""
    environ = (
        RequestFactory().generic(method, path, headers={"host": host, **headers}, secure=scheme == "https").environ
    )
    seen = []
    response = application(environ, lambda *start: seen.extend(start))
    b"".join(response)
    getattr(response, "close", lambda: None)()
    cookies = SimpleCookie()
    for name, value in seen[1]:
        if name == "Set-Cookie":
            cookies.load(value)
    return int(seen[0][:3]), dict(seen[1]), cookies.values()


@pytest.mark.usefixtures("said_anew")
@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (200, {"path": "/"}),
        (200, {"path": "/", "method": "HEAD"}),
        (200, {"path": "/api/v2/summary.json"}),
        (200, {"path": "/badge.svg"}),
        (301, {"path": "/history"}),
        (404, {"path": "/incidents/bbbbbbbbbbbb/"}),
        (404, {"path": "/nowhere"}),
        (404, {"path": "/static/nowhere.css"}),
        (405, {"path": "/", "method": "POST"}),
        (400, {"path": "/", "host": "evil.example"}),
        (400, {"path": "/admin/", "host": "evil.example"}),
    ],
)
def test_so_does_the_edge_and_whatever_it_passes_on(edge_over_django, door_over_django, status, request_):
    edge_over_django.cache.look()
    came, headers, cookies = through(door_over_django, **request_)
    assert (came, faults(headers, cookies)) == (status, [])
    assert not cookies or status != 200


def test_so_does_the_way_to_tls_which_alone_does_not_speak_of_later(door_over_django):
    status, headers, _ = through(door_over_django, "/", scheme="http")
    assert (status, headers["Location"], faults(headers)) == (301, f"https://{HOST}/", ["no HSTS"])


def test_so_does_an_answer_that_is_old(edge_over_django):
    edge_over_django.cache.look()
    edge_over_django.cache.alive_at, edge_over_django.cache.confirmed_at = 0, 0
    edge_over_django.cache.guard()
    _, headers, _ = through(edge_over_django, "/")
    assert "Last-Confirmed" in headers
    assert faults(headers) == []


@pytest.fixture
def said_anew():
    """What was said where there is nothing to say is kept for good, with the settings as they were."""
    kept = (unavailable._for_people, unavailable._for_programs, unavailable._wrong_method)
    for one in kept:
        one.cache_clear()
    yield
    for one in kept:
        one.cache_clear()


@pytest.mark.usefixtures("said_anew")
@pytest.mark.parametrize("path", ["/", "/api/v2/summary.json", "/admin/"])
def test_so_does_a_page_that_is_not_available(edge_over_django, path):
    edge_over_django.cache.has_looked.set()
    edge_over_django.slots.acquire()
    status, headers, _ = through(edge_over_django, path)
    assert (status, faults(headers)) == (503, [])


@pytest.mark.usefixtures("said_anew")
def test_so_does_a_wrong_method(edge_over_django):
    status, headers, _ = through(edge_over_django, "/", method="POST")
    assert (status, headers["Allow"], faults(headers)) == (405, "GET, HEAD", [])


def test_so_does_a_page_that_fails(edge_over_django, monkeypatch):
    monkeypatch.setattr("incidents.page.overview.build", lambda **_: 1 / 0)
    edge_over_django.is_public = lambda path: False
    status, headers, _ = through(edge_over_django, "/")
    assert (status, faults(headers)) == (500, [])


def test_a_304_leaves_the_policy_of_the_page_as_it_was(edge_over_django):
    edge_over_django.cache.look()
    _, headers, _ = through(edge_over_django, "/")
    status, again, _ = through(edge_over_django, "/", **{"if-none-match": headers["ETag"]})
    assert status == 304
    assert again.get("Content-Security-Policy") in (None, headers["Content-Security-Policy"])


def test_static_files_are_what_they_say_and_come_over_tls_only(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "site.css").write_text("body{}")
    django = WSGIHandler()
    status, headers, _ = through(django, "/static/site.css")
    assert (status, headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert headers["Content-Type"].startswith("text/css")
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert through(django, "/static/site.css", scheme="http")[0] == 301


@pytest.mark.parametrize("name", [name for name in OPEN_ADDRESSES if name not in ("sitemap", "robots")])
def test_scripts_of_other_sites_may_read_every_answer_for_programs_however_it_is_asked_for(name, edge_over_django):
    edge_over_django.cache.look()
    path = reverse(name)
    first = through(edge_over_django, path)
    ways = [first, through(edge_over_django, path, method="HEAD")]
    ways.append(through(edge_over_django, path, **{"if-none-match": first[1]["ETag"]}))
    assert [(status, headers["Access-Control-Allow-Origin"]) for status, headers, _ in ways] == [
        (200, "*"),
        (200, "*"),
        (304, "*"),
    ]
