"""The place of the database that we speak to, which changes when it is copied or moved."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error, connection, transaction

from statuspage.lib.hosts import is_here


def identity(key: str) -> str:
    """Return the place of the database in words. `key` is the database's own, which a copy has too: it tells two SQLite
    files apart that stood at one place, one after the other."""
    where = _cluster() if connection.vendor == "postgresql" else f"SQLite at {connection.settings_dict['NAME']}"
    return f"{where}, {_site()} ({key[:8]})"


def _site() -> str:
    """Return the site: SITE_URL, or "localhost" on the machine of somebody who tries it out, where another port is no
    other site: `make up` and `PORT=8001 make up`."""
    return "localhost" if is_here(urlsplit(settings.SITE_URL).hostname or "") else settings.SITE_URL


def _cluster() -> str:
    """A cluster gets its system identifier when it is made; streaming replicas share it, a restored dump does not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), oid FROM pg_database WHERE datname = current_database()")
        name, oid = cursor.fetchone()
        try:
            with transaction.atomic():
                cursor.execute("SELECT system_identifier FROM pg_control_system()")
                (system,) = cursor.fetchone()
        except Error:  # a service that shows it to nobody
            system = "of a cluster that does not say which"
    return f"PostgreSQL {system}, {name} ({oid})"
