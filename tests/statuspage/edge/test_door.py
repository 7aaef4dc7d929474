"""One rule for edge and framework: what proxies and clients send is read once, and nobody behind reads it otherwise."""

import itertools
import logging
from urllib.parse import unquote_to_bytes

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from statuspage.edge import door
from tests.factories import an_open_incident

HOST = "status.example.test"
pytestmark = pytest.mark.django_db


class Asked:
    """What came of one request, and by whom: `django` and `edge` say what each of them was given, None for nothing."""

    def __init__(self, application, environ):
        self.django = self.edge = None
        inside, framework = application.edge, application.django

        def edge(environ, start_response):
            self.edge = dict(environ)  # Django writes into it
            return inside(environ, start_response)

        def django(environ, start_response):
            self.django = dict(environ)
            return framework(environ, start_response)

        application.edge, application.django, inside.django = edge, django, django
        seen = []
        try:
            response = application(environ, lambda *start: seen.extend(start))
            self.body = b"".join(response)
            getattr(response, "close", lambda: None)()
        finally:
            application.edge, application.django, inside.django = inside, framework, framework
        self.status, self.headers = int(seen[0][:3]), dict(seen[1])


def environ_of(path="/", method="GET", scheme="http", host=HOST, **more):
    """As granian makes it: the path as bytes read as letters, several headers of one name with commas."""
    path, _, query = path.partition("?")
    environ = RequestFactory().generic("GET", "/").environ
    environ |= {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "wsgi.url_scheme": scheme,
        **more,
    }
    if host is not None:
        environ["HTTP_HOST"] = host
    return environ


def by_django(environ) -> int:
    """What Django alone says to it."""
    seen = []
    response = WSGIHandler()(environ, lambda *start: seen.extend(start))
    b"".join(response)
    response.close()
    return int(seen[0][:3])


@pytest.fixture
def site(door_over_django):
    """The whole program."""
    an_open_incident()
    door_over_django.edge.cache.look()
    return door_over_django


@pytest.fixture
def over_tls(settings, request):
    """The same, as it is where SITE_URL begins with https: Django reads that when it begins."""
    settings.SITE_URL = f"https://{HOST}"
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    return request.getfixturevalue("site")


HOSTS = {
    HOST: 200,
    HOST.upper(): 200,
    f"{HOST}.": 200,
    f"{HOST}:80": 200,
    f"{HOST}:8443": 200,
    f"{HOST}.:8443": 200,
    "[2001:db8::1]": 200,
    "[2001:DB8::1]:8000": 200,
    "a.wild.example": 200,
    "wild.example": 200,
    "": 400,
    None: 400,
    "evil.example": 400,
    f"evil.{HOST}": 400,
    f"{HOST}.evil.example": 400,
    f"{HOST},{HOST}": 400,
    f"{HOST},evil.example": 400,
    f"evil.example,{HOST}": 400,
    f"{HOST} ": 400,
    f" {HOST}": 400,
    f"{HOST}:": 400,
    f"{HOST}:port": 400,
    f"{HOST}..": 400,
    f"{HOST}/x": 400,
    f"user@{HOST}": 400,
    "[2001:db8::2]": 400,
    "2001:db8::1": 400,
    "[::1": 400,
    "127.0.0.1": 400,
    "stätus.example.test": 400,
    "a_b": 400,
}


@pytest.mark.parametrize("allowed", [[HOST, "[2001:db8::1]", ".wild.example"], ["*"]])
def test_edge_and_django_take_the_same_hosts(site, settings, allowed):
    settings.ALLOWED_HOSTS = allowed
    asked = {host: Asked(site, environ_of(host=host)) for host in HOSTS}
    came = {host: one.status for host, one in asked.items()}
    assert not [host for host, one in asked.items() if one.django]
    assert came == HOSTS or allowed == ["*"]
    assert came.pop(None) == 400  # there Django would take the address that the server listens at
    assert came == {host: by_django(environ_of(host=host)) for host in came}


@pytest.mark.parametrize("name", ["HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_HOST", "HTTP_X_ORIGINAL_HOST"])
def test_no_other_header_names_the_host(site, settings, name):
    settings.TRUST_PROXY = True
    assert Asked(site, environ_of(**{name: "host=evil.example"})).status == 200
    assert Asked(site, environ_of(host="evil.example", **{name: HOST})).status == 400


# (trusted, the connection, X-Forwarded-Proto): what the browser spoke.
SCHEMES = {
    (True, "http", "https"): "https",
    (True, "http", "HTTPS"): "https",
    (True, "http", " https "): "https",
    (True, "http", "https,http"): "https",
    (True, "http", "https, https"): "https",
    (True, "http", "https ,http"): "https",
    (True, "http", "http"): "http",
    (True, "http", "http,https"): "http",
    (True, "http", "httpsx"): "http",
    (True, "http", "wss"): "http",
    (True, "http", ""): "http",
    (True, "http", ","): "http",
    (True, "http", None): "http",
    (True, "https", "http"): "http",
    (True, "https", ""): "https",
    (True, "https", None): "https",
    (False, "http", "https"): "http",
    (False, "http", None): "http",
    (False, "https", "http"): "https",
    (False, "https", None): "https",
}


@pytest.mark.parametrize("path", ["/", "/subscribe/"])
def test_edge_and_django_hear_the_same_scheme(over_tls, settings, path):
    for (trusted, spoken, said), scheme in SCHEMES.items():
        settings.TRUST_PROXY = trusted
        header = {} if said is None else {"HTTP_X_FORWARDED_PROTO": said}
        asked = Asked(over_tls, environ_of(path, scheme=spoken, **header))
        assert asked.status == (200 if scheme == "https" else 301), (trusted, spoken, said)
        if scheme == "https":
            assert "Strict-Transport-Security" in asked.headers
            assert (asked.django is None) == (path == "/")
        else:
            assert (asked.edge, asked.django) == (None, None)
            assert asked.headers["Location"] == f"https://{HOST}{path}"


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/", f"https://{HOST}/"),
        ("/history/?month=1&x=%20", f"https://{HOST}/history/?month=1&x=%20"),
        ("/caf%C3%A9%20%3F%23", f"https://{HOST}/caf%C3%A9%20%3F%23"),
        ("//evil.example/", f"https://{HOST}/evil.example/"),
        ("/%2Fevil.example", f"https://{HOST}/evil.example"),
        ("/x?a=\r\nSet-Cookie: b", f"https://{HOST}/x?a=%0D%0ASet-Cookie:%20b"),
    ],
)
def test_the_redirect_leads_to_the_same_address_and_nowhere_else(over_tls, path, leads_to):
    for host in (HOST, f"{HOST}:80", f"{HOST}."):
        assert Asked(over_tls, environ_of(path, host=host)).headers["Location"] == leads_to


def test_the_redirect_knows_the_port_of_the_site_and_further_names(over_tls, settings):
    settings.SITE_URL = f"https://{HOST}:8443"
    settings.ALLOWED_HOSTS = [HOST, "other.example"]
    assert Asked(over_tls, environ_of()).headers["Location"] == f"https://{HOST}:8443/"
    assert Asked(over_tls, environ_of(host="other.example:80")).headers["Location"] == "https://other.example/"


def test_a_proxy_that_is_not_trusted_and_goes_round_in_circles_is_named_once(over_tls, caplog):
    caplog.set_level(logging.WARNING)
    for _ in range(3):
        Asked(over_tls, environ_of(HTTP_X_FORWARDED_PROTO="https"))
    assert [line for line in caplog.messages if "TRUST_PROXY=1" in line] == caplog.messages[:1]


@pytest.mark.parametrize(
    "method", ["GET", "get", "Head", "HEAD", "POST", "post", "OPTIONS", "options", "BREW", "TRACE"]
)
def test_edge_and_django_read_the_same_method(site, method):
    asked = Asked(site, environ_of(method=method))
    assert asked.status == by_django(environ_of(method=method)) == (200 if method.upper() in ("GET", "HEAD") else 405)
    assert asked.django is None
    assert bool(asked.body) == (method.upper() != "HEAD")


# Path as sent: what comes of it, and who reads on.
PATHS = {
    "/": 200,
    "": 200,
    "//": 200,
    "///history/": 200,
    "//api/v2/status.json": 200,
    "/%2Fapi/v2/status.json": 200,
    "/api%2Fv2%2Fstatus.json": 200,
    "/api/v2/status.json/": 404,
    "/api//v2/status.json": 404,
    "/API/v2/status.json": 404,
    "/history": 301,
    "//history": 301,
    "/history/?x=1": 200,
    "/history/%3Fx=1": 404,
    "/history/;jsessionid=1": 404,
    "/history;x/": 404,
    "/history/../": 404,
    "/history/%2e%2e/": 404,
    "/./": 404,
    "/..": 404,
    "/history/%00": 400,
    "/%00": 400,
    "/history/%0a": 400,
    "/history/%0D%0AX:1": 400,
    "/%ff": 400,
    "/history/%C3%28/": 400,
    "/history/%E2%80%8B": 404,
    "/h%C3%ADstory/": 404,
    "/history/%EF%BC%92026-11/": 404,
    "/%68istory/": 200,
    "/%2568istory/": 404,
    "*": 404,
    "\\history\\": 404,
}


def test_edge_and_django_read_the_same_path(site):
    asked = {path: Asked(site, environ_of(path)) for path in PATHS}
    assert {path: one.status for path, one in asked.items()} == PATHS
    for path, one in asked.items():
        if one.status == 400:
            assert (one.edge, one.django) == (None, None), path
        else:
            assert by_django(one.edge or environ_of("/" + path.lstrip("/"))) == one.status, path
            assert (one.django is None) == (one.status in (200, 301)), path


@pytest.mark.parametrize("path", ["/history", "//history", "/history?x=%20", "/incidents/bbbbbbbbbbbb", "/s/bbbbbbbb"])
def test_whoever_types_no_slash_at_the_end_needs_no_place_in_django(site, path):
    assert site.edge.slots.acquire(blocking=False)
    address, _, query = ("/" + path.lstrip("/")).partition("?")
    for method in ("GET", "HEAD"):
        asked = Asked(site, environ_of(path, method))
        assert (asked.status, asked.headers["Location"]) == (301, f"{address}/" + (f"?{query}" if query else ""))
    site.edge.slots.release()


@pytest.mark.parametrize("path", ["/subscribe", "/admin", "/logo", "/nowhere", "/badge.svg", "/api/v2/nowhere"])
def test_what_is_no_public_page_gets_its_slash_from_django_alone(site, path):
    asked = Asked(site, environ_of(path))
    assert asked.edge is not None
    assert asked.status == by_django(environ_of(path))


@pytest.mark.parametrize("path", ["/s/%00/", "/subscription/%00/", "/admin/%ff", "/outbox/%00/"])
def test_what_is_no_text_reaches_no_private_address_either(site, path):
    asked = Asked(site, environ_of(path, method="POST"))
    assert (asked.status, asked.edge) == (400, None)
    assert b"We cannot read this request." in asked.body


@pytest.mark.parametrize("path", ["/", "/api/v2/status.json", "/history.atom"])
def test_edge_and_django_give_again_what_a_reader_has_by_the_same_rule(site, path, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)  # each builds the page, which says how long ago something was
    site.edge.cache.build(path)
    etags = {}
    for name, application in (("edge", site), ("django", WSGIHandler())):
        seen = []
        b"".join(application(environ_of(path), lambda *start, seen=seen: seen.extend(start)))
        etags[name] = dict(seen[1])["ETag"]
    other = '"other"'
    table = [
        ({"HTTP_IF_NONE_MATCH": "{}"}, 304),
        ({"HTTP_IF_NONE_MATCH": "W/{}"}, 304),
        ({"HTTP_IF_NONE_MATCH": other + ", {}"}, 304),
        ({"HTTP_IF_NONE_MATCH": other + ",W/{} ," + other}, 304),
        ({"HTTP_IF_NONE_MATCH": '"a,b",{}'}, 304),
        ({"HTTP_IF_NONE_MATCH": " * "}, 304),
        ({"HTTP_IF_NONE_MATCH": other}, 200),
        ({"HTTP_IF_NONE_MATCH": ""}, 200),
        ({"HTTP_IF_NONE_MATCH": '"'}, 200),
        ({"HTTP_IF_NONE_MATCH": "nonsense"}, 200),
        ({"HTTP_IF_NONE_MATCH": other, "HTTP_IF_MODIFIED_SINCE": "Fri, 01 Jan 2100 00:00:00 GMT"}, 200),
        ({"HTTP_IF_MODIFIED_SINCE": "Fri, 01 Jan 2100 00:00:00 GMT"}, 200),
        ({"HTTP_IF_MODIFIED_SINCE": "yesterday"}, 200),
        ({"HTTP_IF_UNMODIFIED_SINCE": "Fri, 01 Jan 1999 00:00:00 GMT"}, 200),
        ({"HTTP_IF_MATCH": "{}"}, 200),
        ({"HTTP_IF_MATCH": "*"}, 200),
        ({"HTTP_IF_MATCH": other + ", {}"}, 200),
        ({"HTTP_IF_MATCH": "W/{}"}, 412),
        ({"HTTP_IF_MATCH": other}, 412),
        ({"HTTP_RANGE": "bytes=0-10"}, 200),
        ({"HTTP_RANGE": "bytes=0-10", "HTTP_IF_RANGE": "{}"}, 200),
        ({"HTTP_RANGE": "bytes=99999999-"}, 200),
    ]
    for headers, status in table:
        for method in ("GET", "HEAD"):
            sent = {name: value.replace("{}", etags["edge"]) for name, value in headers.items()}
            asked = Asked(site, environ_of(path, method, **sent))
            sent = {name: value.replace("{}", etags["django"]) for name, value in headers.items()}
            assert asked.status == by_django(environ_of(path, method, **sent)) == status, headers
            assert asked.django is None


ODD = [
    *({"host": host} for host in HOSTS),
    *({"path": path} for path in PATHS),
    *({"method": method} for method in ("get", "HEAD", "options", "POST")),
    *({"HTTP_X_FORWARDED_PROTO": said or ""} for _, _, said in SCHEMES),
    *({"HTTP_IF_NONE_MATCH": tag} for tag in ("*", '"', 'W/"a"')),
    *({"HTTP_ACCEPT_ENCODING": accept} for accept in ("*;q=0", "BR", ";;", "gzip;q=x", "identity;q=0")),
    *({"HTTP_RANGE": value} for value in ("bytes=0-", "lines=1")),
    *({"HTTP_COOKIE": value} for value in ("sessionid=x", "=;;", "\xff")),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("tls", [False, True])
def test_while_the_database_is_away_no_odd_value_is_a_fault(site, settings, tls, caplog):
    settings.SECURE_SSL_REDIRECT = settings.TRUST_PROXY = tls
    settings.ALLOWED_HOSTS = [HOST, "[2001:db8::1]", ".wild.example"]
    for path in ("/history/", "/api/v2/status.json"):
        Asked(site, environ_of(path, HTTP_X_FORWARDED_PROTO="https"))
    found = {}
    with connection.execute_wrapper(_away):
        for request in ODD:
            asked = Asked(site, environ_of(**{"HTTP_X_FORWARDED_PROTO": "https", **request}))
            if asked.status not in (200, 301, 304, 400, 404, 405, 412):
                found[str(request)] = asked.status
    assert found == {}


def _away(*_):
    raise OperationalError("the database is away")


# --- For machines ---------------------------------------------------------------------------------

NAMELESS = [None, "", "10.0.0.7:8000", "[fe80::1]", "evil.example", "a,b", "localhost"]


def test_the_addresses_for_machines_are_those_of_the_urls():
    assert {reverse(name) for name in ("alive", "ready", "metrics")} == door.FOR_MACHINES
    assert reverse("alive") == door.ALIVE


@pytest.mark.parametrize("host", NAMELESS)
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "//healthz"])
def test_health_is_told_by_address_over_plain_http_and_without_a_name(over_tls, path, host):
    assert Asked(over_tls, environ_of(path, host=host)).status == 200
    assert Asked(over_tls, environ_of(path, method="POST", host=host)).status == 405


def test_figures_are_told_by_address_to_their_bearer_alone(over_tls, settings):
    for host in NAMELESS:
        assert Asked(over_tls, environ_of("/metrics", host=host)).status == 404
    settings.METRICS_TOKEN = "for-this-test-only"
    for host in NAMELESS:
        assert Asked(over_tls, environ_of("/metrics", host=host)).status == 401
        bearer = {"HTTP_AUTHORIZATION": "Bearer for-this-test-only"}
        assert Asked(over_tls, environ_of("/metrics", host=host, **bearer)).status == 200


@pytest.mark.parametrize("path", ["/", "/healthz/", "/healthz/..", "/readyz/x", "/admin/", "/Healthz"])
def test_nothing_else_is_told_to_who_does_not_know_the_name(site, path):
    assert Asked(site, environ_of(path, host="10.0.0.7")).status == 400


def test_a_process_without_a_free_place_is_alive(site):
    assert site.edge.slots.acquire(blocking=False)
    try:
        assert Asked(site, environ_of("/healthz", host=None)).status == 200
    finally:
        site.edge.slots.release()


# --- Scripts of other sites -----------------------------------------------------------------------

ASKS_FIRST = {"HTTP_ORIGIN": "https://shop.example", "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "GET"}


@pytest.mark.parametrize(
    "path", ["/api/v2/summary.json", "//api/v2/summary.json", "/api/v2/nowhere.json", "/updates.json", "/history.atom"]
)
@pytest.mark.parametrize("method", ["OPTIONS", "options"])
def test_a_browser_that_asks_first_may_send_what_it_likes(site, path, method):
    wanted = {"HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "traceparent,x-requested-with, authorization"}
    asked = Asked(site, environ_of(path, method, **ASKS_FIRST, **wanted))
    assert asked.status == 204
    assert (asked.edge, asked.django) == (None, None)
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert asked.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert asked.headers["Access-Control-Allow-Headers"] == "traceparent,x-requested-with, authorization"
    assert int(asked.headers["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Credentials" not in asked.headers
    assert "Content-Length" not in asked.headers  # RFC 9110, 8.6
    assert asked.body == b""


@pytest.mark.parametrize("wanted", ["", "a: b", "a\r\nSet-Cookie: x", "a,,b", "a," * 600 + "a", "é", "a b"])
def test_only_names_of_headers_are_said_back(site, wanted):
    asked = Asked(
        site, environ_of("/updates.json", "OPTIONS", **ASKS_FIRST, HTTP_ACCESS_CONTROL_REQUEST_HEADERS=wanted)
    )
    assert (asked.status, asked.headers["Access-Control-Allow-Headers"]) == (204, "*")


@pytest.mark.parametrize("path", ["/", "/subscribe/", "/admin/", "/receipts/mail/", "/healthz", "/logo", "/robots.txt"])
def test_what_is_not_open_to_scripts_of_other_sites_says_nothing_of_it(site, path):
    asked = Asked(site, environ_of(path, "OPTIONS", **ASKS_FIRST))
    assert asked.status != 204
    assert not [name for name in asked.headers if name.startswith("Access-Control")]


def test_a_browser_that_asks_first_by_a_wrong_host_or_in_plain_text_gets_no_leave(over_tls):
    for request, status in ({"host": "evil.example", "scheme": "https"}, 400), ({}, 301):
        assert Asked(over_tls, environ_of("/updates.json", "OPTIONS", **ASKS_FIRST, **request)).status == status


# --- Everything together --------------------------------------------------------------------------


def test_no_two_odd_things_at_once_open_what_one_alone_does_not(site, settings):
    settings.ALLOWED_HOSTS = [HOST]
    hosts = (HOST, f"{HOST}.", "evil.example", "")
    for path, host, method in itertools.product(("//history/", "/history", "/%00", "/"), hosts, ("get", "OPTIONS")):
        asked = Asked(site, environ_of(path, method, host=host))
        if is_refused := asked.status == 400:
            assert (asked.edge, asked.django) == (None, None)
        assert is_refused == (host in ("evil.example", "") or path == "/%00")
