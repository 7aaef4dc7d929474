"""nginx on loopback: over plain files, or with the configuration that the program ships."""

import os
import re
from pathlib import Path

from tests.servers import Server

DEPLOY = Path(__file__).resolve().parents[1] / "statuspage" / "deploy"
SHIPPED = DEPLOY / "nginx.conf"
_PROCESS = """
{user}
worker_processes 2;
daemon off;
pid {directory}/pid;
error_log {directory}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    {temporary}
    {site}
}}
"""
_FILES = """
    gzip_static on;
    types {{ text/html html; application/json json; }}
    server {{ listen 127.0.0.1:{port} reuseport; root {root}; index index.html; }}
"""
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Nginx(Server):
    """A context manager: started by it, stopped by it."""

    def __init__(self, parent: Path, site: str):
        super().__init__("nginx", parent)
        self._site = site

    @classmethod
    def of_files(cls, parent: Path, root: Path) -> "Nginx":
        """Serving what lies below `root`, its compressed files too."""
        return cls(parent, _FILES.replace("{root}", str(root)))

    @classmethod
    def as_shipped(cls, parent: Path, port: int, exported: Path | None = None) -> "Nginx":
        """The program's own configuration before web processes on `port`, with plain HTTP and paths of its own."""
        return cls(parent, shipped(port, exported or parent / "nothing"))

    def command(self):
        temporary = "".join(f"{name}_temp_path {self.directory}/{name};" for name in _TEMPORARY)
        site = self._site.replace("{{", "{").replace("}}", "}")
        site = site.replace("{port}", str(self.port)).replace("{directory}", str(self.directory))
        config = self.directory / "nginx.conf"
        # Its workers would run as somebody else when we are root, and not get at what pytest keeps to itself.
        user = "user root;" if os.getuid() == 0 else ""
        config.write_text(_PROCESS.format(user=user, directory=self.directory, temporary=temporary, site=site))
        return ["nginx", "-c", str(config), "-e", str(self.directory / "error.log")]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


def masked_by_it() -> list[set[str]]:
    """What stands before a token in an address, as its access log and its error log each know it."""
    known = re.findall(r"\^(?:\(\?<\w+>)?/\(([\w|/-]+)\)/", SHIPPED.read_text())
    return [set(prefixes.split("|")) for prefixes in known]


def shipped(web_port: int, exported: Path) -> str:
    """statuspage/deploy/nginx.conf without what only the real host has: its name, its certificate, its paths."""
    text = SHIPPED.read_text()
    before, redirecting, secure = text.split("\nserver {")
    assert "return 301 https" in redirecting
    lines = [line for line in secure.splitlines() if "ssl" not in line]
    server = "\n".join(["    listen 127.0.0.1:{port} reuseport;", *lines])
    replaced = {
        "127.0.0.1:8000": f"127.0.0.1:{web_port}",
        "/var/cache/nginx/statuspage": "{directory}/cache",
        "/var/lib/statuspage/site": str(exported),
        "/var/log/nginx/statuspage.log": "{directory}/access.log",
        "snippets/statuspage-headers.conf": str(DEPLOY / "headers.conf"),
        "server_name status.example.com;": "server_name localhost 127.0.0.1;",
        "proxy_set_header Host $host;": "proxy_set_header Host $http_host;",
    }
    whole = f"{before}\nserver {{\n{server}"
    for old, new in replaced.items():
        assert old in whole, old
        whole = whole.replace(old, new)
    return whole
