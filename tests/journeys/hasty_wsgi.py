"""The web process as it is, but with an end to every wait for the database after two seconds instead of eight."""

from statuspage.lib.db_timeout import limit_waits
from statuspage.wsgi import application

__all__ = ["application"]

limit_waits(2.0)
