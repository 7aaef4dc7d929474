"""The web process: Django with the edge in front."""

import gc
import os
from functools import partial

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
django = get_wsgi_application()

from django.conf import settings  # noqa: E402  needs the application
from django.db import connection  # noqa: E402

from incidents.models import Site  # noqa: E402
from subscribers.actions import kept_unsubscribes  # noqa: E402

from . import asking  # noqa: E402
from .edge import Edge  # noqa: E402
from .lib.patience import limit_waits  # noqa: E402
from .lib.shelf import Shelf  # noqa: E402
from .published import Published  # noqa: E402

DATABASE_PATIENCE = 8.0  # seconds for one question; whoever comes back heals well within 15

limit_waits(DATABASE_PATIENCE)

ask = partial(asking.ask, django)


def read_versions() -> tuple[int, int]:
    """The page version and the oldest that may be shown, by a connection that does not outlive a fault."""
    try:
        site = Site.load()
        return site.page_version, site.oldest_shown
    except Exception:
        connection.close()
        raise


published = Published(
    ask=ask,
    read_versions=read_versions,
    shelf=Shelf(settings.DATA_DIR / "published"),
    fixed=asking.fixed_addresses(),
)
application = Edge(django, published, is_public=asking.is_public, room=max(settings.WEB_THREADS - 2, 1))
published.start()
kept_unsubscribes.watch()

# What is loaded by now stays: looking through it for garbage took 90 ms in the middle of every fourth rebuild.
gc.collect()
gc.freeze()
