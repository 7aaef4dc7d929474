"""Which network a request is counted for."""

import shutil
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.request import Request, urlopen

import pytest

from statuspage.lib.client import network_of
from tests.nginx import Nginx

HOME = "198.51.100.7"


def network(peer=HOME, forwarded=None):
    header = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return network_of({"REMOTE_ADDR": peer} | header)


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2345::1", "2001:db8:1:2300::/56"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("", "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_without_a_proxy_the_peer_alone_counts(settings, peer, expected):
    settings.TRUSTED_PROXIES = 0
    assert network(peer) == network(peer, forwarded="6.6.6.6") == expected


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("6.6.6.6, 203.0.113.77", "203.0.113.0/24"),
        ("203.0.113.77:50123", "203.0.113.0/24"),
        ("[2001:db8::1]:443", "2001:db8::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("6.6.6.6, not an address", "198.51.100.0/24"),
        ("6.6.6.6, 203.0.113.77.", "198.51.100.0/24"),
        ("6.6.6.6,", "198.51.100.0/24"),
        ("", "198.51.100.0/24"),
        ("\u0666.6.6.6", "198.51.100.0/24"),
        ("1" * 100_000, "198.51.100.0/24"),
        (None, "198.51.100.0/24"),
    ],
)
def test_a_trusted_proxy_is_believed_for_the_address_it_appended(settings, forwarded, expected):
    settings.TRUSTED_PROXIES = 1
    assert network(forwarded=forwarded) == expected


def test_of_two_proxies_the_outer_one_saw_the_client(settings):
    settings.TRUSTED_PROXIES = 2
    assert network(forwarded="6.6.6.6, 203.0.113.77, 192.0.2.1") == "203.0.113.0/24"
    assert network(forwarded="192.0.2.1") == "198.51.100.0/24"  # it came past the outer one


@pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx (apt install nginx-light)")
def test_the_nginx_that_comes_along_appends_the_address_it_saw(settings, tmp_path):
    """Behind it nobody can make up where they come from."""
    seen = []

    class Program(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.headers["X-Forwarded-For"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    tmp_path.chmod(0o755)
    with HTTPServer(("127.0.0.1", 0), Program) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with Nginx.as_shipped(tmp_path, server.server_port) as nginx:
                forged = Request(f"http://127.0.0.1:{nginx.port}/subscribe/", headers={"X-Forwarded-For": "6.6.6.6"})
                urlopen(forged, timeout=30).close()
        finally:
            server.shutdown()
            thread.join()
    settings.TRUSTED_PROXIES = 1
    assert network(forwarded=seen[0]) == "127.0.0.0/24"
