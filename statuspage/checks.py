"""The checks of a page that is there for others: what is missing is said when the program starts and not on the worst
day."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks.registry import registry

from .lib import data_dir
from .lib.hosts import is_here

_OURS = ("statuspage", "incidents", "subscribers")


@checks.register
def production(app_configs, **kwargs) -> list[checks.CheckMessage]:
    """A warning for each thing that a page on this machine alone does not need."""
    if is_here(urlsplit(settings.SITE_URL).hostname):
        return []
    return [checks.Warning(text, id=f"statuspage.{code}") for code, text in _missing()]


def _missing() -> Iterator[tuple[str, str]]:
    is_https = settings.SITE_URL.startswith("https:")
    if not is_https:
        yield "W001", "SITE_URL is not https: log-ins and the links in messages can be read on the way."
    if is_https and settings.TRUST_PROXY is None:
        yield "W002", "TRUST_PROXY is not set: behind a proxy with the certificate, readers are redirected for ever."
    if settings.DEBUG:
        yield "W003", "DEBUG is on: everybody sees tracebacks, with what is in them."
    if settings.DATABASES["default"]["NAME"] == settings.DATA_DIR / "statuspage.sqlite3":
        yield "W004", "DATABASE_URL is not set: everything is in one SQLite file, on this machine alone."
    if data_dir.broker_url(settings.DATA_DIR) == settings.REDIS_URL:
        yield "W005", "REDIS_URL is not set: only `make up` starts the server that workers are woken through."


def said_at_start() -> list[str]:
    """One line for each fault that a check of ours finds: a web process runs no others, which take their time."""
    ours = [check for check in registry.get_checks() if check.__module__.partition(".")[0] in _OURS]
    return [message.msg for check in ours for message in check(app_configs=None, databases=None)]
