"""The web process: Django with the edge in front."""

import os
from io import BytesIO
from urllib.parse import urlsplit

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
django = get_wsgi_application()

from django.conf import settings  # noqa: E402  needs the application
from django.db import connection  # noqa: E402
from django.urls import Resolver404, resolve  # noqa: E402

from incidents.models import Site  # noqa: E402

from .edge import Edge  # noqa: E402
from .lib.patience import limit_waits  # noqa: E402
from .lib.shelf import Shelf  # noqa: E402

DATABASE_PATIENCE = 8.0  # seconds for one question; whoever comes back heals well within 15

limit_waits(DATABASE_PATIENCE)

_site = urlsplit(settings.SITE_URL)


def ask(path: str) -> tuple[str, list, bytes]:
    """What Django answers to an anonymous GET of `path`: (status, headers, body)."""
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": _site.hostname,
        "SERVER_PORT": str(_site.port or {"http": 80, "https": 443}[_site.scheme]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": _site.netloc,
        "wsgi.url_scheme": _site.scheme,
        "wsgi.input": BytesIO(),
    }
    start = []
    response = django(environ, lambda status, headers, exc_info=None: start.extend((status, headers)))
    try:
        return *start, b"".join(response)
    finally:
        response.close()


def is_public(path: str) -> bool:
    """Whether the view behind `path` is marked as the same for everybody."""
    try:
        return getattr(resolve(path).func, "is_public", False)
    except Resolver404:
        return False


def read_versions() -> tuple[int, int]:
    """The page version and the oldest that may be shown, by a connection that does not outlive a fault."""
    try:
        site = Site.load()
        return site.page_version, site.oldest_shown
    except Exception:
        connection.close()
        raise


application = Edge(
    django,
    ask=ask,
    is_public=is_public,
    read_versions=read_versions,
    shelf=Shelf(settings.DATA_DIR / "published"),
    room=max(settings.WEB_THREADS - 2, 1),
).start()
