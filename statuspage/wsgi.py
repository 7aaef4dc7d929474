"""The web process: Django, the edge in front of it, the door in front of both."""

import gc
import logging
import os
import sys
from functools import partial

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
django = get_wsgi_application()

from django.conf import settings  # noqa: E402  needs the application
from django.db import connection  # noqa: E402

from incidents.models import Site  # noqa: E402
from subscribers import offering  # noqa: E402
from subscribers.delivery import kept_unsubscribes  # noqa: E402
from subscribers.delivery.copies import fence  # noqa: E402

from . import checks  # noqa: E402
from .accounts.gate import Gate  # noqa: E402
from .edge import internal_get  # noqa: E402
from .edge.answer_cache import AnswerCache  # noqa: E402
from .edge.application import Edge  # noqa: E402
from .edge.disk_store import DiskStore  # noqa: E402
from .edge.door import Door  # noqa: E402
from .lib import page_changes, server_threads  # noqa: E402
from .lib.db_timeout import limit_waits  # noqa: E402
from .lib.threads import Threads  # noqa: E402

DATABASE_PATIENCE = 8.0  # seconds for one question; whoever comes back heals well within 15
KEPT_THREADS = 2  # of the server, which nothing that may hang ever holds

limit_waits(DATABASE_PATIENCE)
offering.log_what_is_missing()
_log = logging.getLogger(__name__)

threads = server_threads.count(sys.argv, os.environ, otherwise=settings.WEB_THREADS)
if threads < settings.WEB_THREADS:
    _log.warning(
        "the server has %d threads instead of %d: a crowd is turned away sooner", threads, settings.WEB_THREADS
    )
held = max(threads - KEPT_THREADS, 1)
slots = min(settings.WEB_PLACES, held)
# The server's many threads wait; a connection to the database is kept by few.
ask = partial(internal_get.ask, Threads(1, "edge-build").running(django))
django_in_slots = Threads(slots, "django").running(django)


def read_versions() -> tuple[int, int]:
    """The page version and the oldest that may be shown, by a connection that does not outlive a fault.

    An older copy of the database counts as a fault: until somebody says what it is, the last good answers stay.
    """
    try:
        site = Site.load()
        fence.show(site.page_version)
        return site.page_version, site.oldest_shown
    except Exception:
        connection.close()
        raise


cache = AnswerCache(
    ask=ask,
    read_versions=read_versions,
    disk_store=DiskStore(settings.DATA_DIR / "published", is_lasting=internal_get.is_lasting),
    fixed=internal_get.fixed_addresses(),
    linked=internal_get.public_links,
    listen=page_changes.listen if page_changes.can_be_told() else None,
)
edge = Edge(
    django_in_slots,
    cache,
    is_public=internal_get.is_public,
    is_known=internal_get.is_known,
    slots=slots,
    held=held,
    static=internal_get.static_files(django),
)
application = Door(
    Gate(edge, spare=min(held, 1)),
    django,
    refuse=partial(internal_get.refuse, django),
    is_public=internal_get.is_public,
    is_from_anywhere=internal_get.is_from_anywhere,
)
cache.start()
for fault in checks.said_at_start():
    logging.getLogger(__name__).warning("%s", fault)
kept_unsubscribes.watch()

# What is loaded by now stays: looking through it for garbage took 90 ms in the middle of every fourth rebuild.
gc.collect()
gc.freeze()
