"""Reads the environment for settings.py. A bad value ends the process with one line that names the variable."""

import math
import sys
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

from statuspage.lib import mailbox
from statuspage.lib.hosts import in_address, travelling
from statuspage.mail_providers import PROVIDERS, settings_of

_PORTS = {"http": 80, "https": 443}
_HSTS = {"includesubdomains", "preload"}
_MAKE_A_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
_SQLITE = "django.db.backends.sqlite3"
# With Django's defaults 562 of 900 concurrent writes failed; with these none.
_SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
# A database that is gone without a word (pulled plug, firewall) is noticed within seconds, not the kernel's hours.
# Compiling the audience's query takes 1.6 s, running it 0.3 s, with 100,000 subscribers; each page of a fan-out is one.
# Few databases stand on disks that have to seek: at the price of one, a thousand ids are looked up by a whole scan.
_POSTGRES_OPTIONS = {
    "options": "-c jit=off -c random_page_cost=1.1",
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


class _Values(FileAwareMapping):
    """NAME, or what stands in the file that NAME_FILE names, without the line's end that editors leave there.

    Nothing but space counts as not given.
    """

    def __getitem__(self, name: str) -> str:
        try:
            value = super().__getitem__(name).strip()
        except OSError as error:
            sys.exit(f"{name}_FILE={self.env[f'{name}_FILE']} cannot be read: {error.strerror}.")
        if not value:
            raise KeyError(name)
        return value


class Environment(environ.FileAwareEnv):
    ENVIRON = _Values()

    def get_value(self, var, *args, **kwargs):
        try:
            return super().get_value(var, *args, **kwargs)
        except (ValueError, ImproperlyConfigured) as error:
            sys.exit(f"{var}={self.ENVIRON.get(var, '')} is not understood: {error}.")

    def number(self, name: str, *, default: int, least: int = 1) -> int:
        """A whole number, `least` or more."""
        return self._at_least(least, name, self.int(name, default=default))

    def rate(self, name: str, *, default: float) -> float:
        """Read a number a second; 0 for any."""
        return self._at_least(0, name, self.get_value(name, cast=_decimal, default=default))

    def _at_least(self, least: int, name: str, number: float):
        if not math.isfinite(number) or number < least:
            sys.exit(f"{name}={self.ENVIRON.get(name, number)} is not a number of {least} or more.")
        return number

    def log_level(self, name: str, *, default: str) -> str:
        level = self.str(name, default=default).upper()
        if level not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
            sys.exit(f"{name}={level} is not one of DEBUG, INFO, WARNING, ERROR, CRITICAL.")
        return level

    def site_url(self, name: str, *, default: str) -> str:
        """An address without a slash at its end, its host as it travels."""
        url = self.str(name, default=default).rstrip("/")
        try:
            parts = urlsplit(url)
            host, port = in_address(travelling(parts.hostname or "")), parts.port
        except ValueError:
            host = ""
        if not host or parts.scheme not in _PORTS or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
            shown = name if "@" in url else f"{name}={url}"  # a password has no place in a log
            sys.exit(f"{shown} is not the address of a site. Write it like https://status.example.com.")
        return f"{parts.scheme}://{host}" + (f":{port}" if port and port != _PORTS[parts.scheme] else "")

    def hosts(self, name: str) -> list[str]:
        """Host names as they travel; with a dot in front with all below it, `*` for any."""
        return [host if host == "*" else self._host(name, host) for host in self.list(name, default=[])]

    def _host(self, name: str, text: str) -> str:
        dot = "." if text.startswith(".") else ""
        try:
            return dot + in_address(travelling(text.removeprefix(dot).strip("[] ")))
        except ValueError:
            sys.exit(f"{name}: {text} is not the name of a host. Write names alone, like status.example.com.")

    def mailbox(self, name: str, *, default: str) -> str:
        """An address for mail, or a name and one, its domain as it travels; empty if `default` is."""
        text = self.str(name, default=default)
        local, _, domain = mailbox.split(text)[1].rpartition("@")
        try:
            if text and not (local and local.isascii()):
                raise ValueError
            return text.replace(f"@{domain}", f"@{_mail_domain(domain)}") if text else ""
        except ValueError:
            sys.exit(f"{name}={text} is not an address for mail. Write it like status@example.com.")

    def hsts(self, name: str) -> set[str]:
        """Return what a browser shall remember beside this host, in lower case."""
        words = {word.strip().lower() for word in self.list(name, default=[])}
        if not words <= _HSTS or words == {"preload"}:
            sys.exit(f"{name} is not understood. Write includeSubDomains, or includeSubDomains,preload.")
        return words

    def secret_key(self, name: str, *, kept_in: Path) -> str:
        """`name`, or what `make up` keeps in the file `kept_in`."""
        key = self.ENVIRON.get(name)  # not by str(), which reads a leading $ as another variable's name
        if not key and kept_in.exists():
            key = kept_in.read_text().strip()
        if not key:
            sys.exit(f"{name} is not set. Give one, in {name} or as a file in {name}_FILE: {_MAKE_A_KEY}.")
        if _is_guessable(key):
            sys.exit(f"{name} is too easy to guess: 50 random characters or more. Make a new one: {_MAKE_A_KEY}.")
        return key

    def database(self, name: str, *, sqlite: Path) -> dict:
        """Django's settings of one database: `name` as a URL, without it SQLite in the file `sqlite`, whose directory
        is made."""
        url = self.str(name, default="")
        if not url:
            try:
                sqlite.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                sys.exit(f"{sqlite.parent} cannot be made for the database: {error.strerror}. Give another DATA_DIR.")
            return _tuned({"ENGINE": _SQLITE, "NAME": sqlite})
        if url.split(":")[0] not in ("postgres", "postgresql", "sqlite"):
            sys.exit(f"{name} is not understood. Write it like postgres://user:password@host:5432/name.")
        return _tuned(self.db_url_config(url))

    def mail_server(self, name: str, url: str, *, webhook_secret: str) -> dict:
        """Django's EMAIL_... settings of `url`: an SMTP relay, or a provider's API with django-anymail's settings."""
        try:
            if (parts := urlsplit(url)).scheme in PROVIDERS:
                return settings_of(parts, webhook_secret)
            return self.email_url_config(url)
        except (KeyError, ValueError, ImproperlyConfigured):
            known = ", ".join(PROVIDERS)
            sys.exit(
                f"{name} is not understood. Write it like smtp+tls://user:password@host:587, or postmark://token@ "
                f"({known})."
            )


def _is_guessable(key: str) -> bool:
    """Return whether a key is too short, of few letters, the same again and again, or the one that Django's own tools
    write into a file."""
    is_repeated = key in (key + key)[1:-1]
    return len(key) < 50 or len(set(key)) < 10 or is_repeated or key.startswith("django-insecure-")


def _mail_domain(domain: str) -> str:
    return domain if domain.startswith("[") else travelling(domain)  # [203.0.113.7], RFC 5321


def _decimal(text: str) -> float:
    """Read a number as Python does: environ's own way makes 13 of 1e3."""
    return float(text)


def _tuned(config: dict) -> dict:
    options = config.get("OPTIONS", {})
    if config["ENGINE"] == _SQLITE:
        return config | {"OPTIONS": _SQLITE_OPTIONS | options}
    return config | {"OPTIONS": _POSTGRES_OPTIONS | options, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
