"""What load balancers, proxies and odd clients put on the wire, through the real server; also without a database."""

import socket

from tests.web import eventually, is_confirmed, warm

PATHS = ["/", "/api/v2/status.json"]
# Request line and headers, with OURS for the site's own host: the status.
WIRE = {
    "GET / HTTP/1.1|Host: OURS": 200,
    "HEAD / HTTP/1.1|Host: OURS": 200,
    "get / HTTP/1.1|Host: OURS": 200,
    'GET / HTTP/1.1|Host: OURS|Cookie: sessionid=x|Range: bytes=0-9|If-None-Match: W/"x", "y"': 200,
    "GET / HTTP/1.1|Host: OURS|If-None-Match: *": 304,
    "GET http://evil.example/ HTTP/1.1|Host: OURS": 200,
    "GET //api/v2/status.json HTTP/1.1|Host: OURS": 200,
    "GET /%2Fapi%2Fv2%2Fstatus.json HTTP/1.1|Host: OURS": 200,
    "GET /history HTTP/1.1|Host: OURS": 301,
    "OPTIONS //api/v2/status.json HTTP/1.1|Host: OURS|Origin: https://a.example": 204,
    "OPTIONS / HTTP/1.1|Host: OURS": 405,
    "POST / HTTP/1.1|Host: OURS|Content-Length: 0": 405,
    "GET / HTTP/1.1|Host: OURS|Host: OURS": 400,
    "GET / HTTP/1.1|Host: evil.example": 400,
    "GET / HTTP/1.1|Host:": 400,
    "GET / HTTP/1.1": 400,
    "GET / HTTP/1.0": 400,
    "GET / HTTP/1.1|Host: OURS|X-Forwarded-Host: evil.example": 200,
    "GET /%00 HTTP/1.1|Host: OURS": 400,
    "GET /s/%ff/ HTTP/1.1|Host: OURS": 400,
    "GET /healthz HTTP/1.0": 200,
    "GET /healthz HTTP/1.1|Host: 10.0.0.7:8000": 200,
    "GET /healthz HTTP/1.1": 200,
    "GET /metrics HTTP/1.1|Host: 10.0.0.7": 404,
}


def status_of(web, wire: str) -> int:
    lines = wire.replace("OURS", f"127.0.0.1:{web.port}").split("|")
    with socket.create_connection(("127.0.0.1", web.port), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        return int(connection.makefile("rb").readline().split()[1])


def statuses(web) -> dict[str, int]:
    return {wire: status_of(web, wire) for wire in WIRE}


def test_what_comes_over_the_wire_is_read_in_one_way_with_and_without_a_database(web, proxy):
    eventually(lambda: is_confirmed(web), 60)
    warm(web, PATHS)
    assert statuses(web) == WIRE
    assert status_of(web, "GET /readyz HTTP/1.0") == 200
    proxy.reset()
    try:
        assert status_of(web, "GET /readyz HTTP/1.0") == 503
        assert statuses(web) == WIRE
    finally:
        proxy.heal()
