"""Brings database, demo and static files up to date, in a process of its own: the launcher stays small.

Its one line on stdout is JSON, what the launcher prints of it; everything else goes to stderr.
"""

import contextlib
import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from .workdir import KEPT_DEMO_LOG_IN, new_password, write_secret

DEMO_LOG_INS = ("lead", "support", "admin")


def main() -> None:
    """Migrate, fill an empty database with the demo, collect static files. Exits with one line for a bad database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
    django.setup()
    _refuse_without_database()
    with contextlib.redirect_stdout(sys.stderr), ThreadPoolExecutor() as beside:
        collected = beside.submit(_collect_static)  # compressing takes as long as the rest
        try:
            call_command("migrate", interactive=False)
            password = _keep_demo()
            facts = _facts(password)
        except DatabaseError as error:
            _refuse(error)
        collected.result()
    print(json.dumps(facts))


def _refuse_without_database() -> None:
    """Before anything that takes seconds: whoever mistyped an address waits for nothing."""
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        _refuse(error)


def _refuse(error: DatabaseError) -> NoReturn:
    sys.exit(f"The database cannot be used: {str(error).splitlines()[0]}")


def _collect_static() -> None:
    """Collect the static files, again only when one changed."""
    files = [path for finder in get_finders() for path in _files_of(finder)]
    stats = sorted((path, os.stat(path).st_size, os.stat(path).st_mtime_ns) for path in files)
    fingerprint = hashlib.sha256(json.dumps(stats).encode()).hexdigest()
    stamp = settings.DATA_DIR / "static.stamp"
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(fingerprint)


def _files_of(finder) -> list[str]:
    return [storage.path(name) for name, storage in finder.list(None)]


def _keep_demo() -> str | None:
    """Seed a database that holds nothing, once. Returns the demo's password, None where the data is somebody's own.

    Where any channel goes out for real only if DEMO_PASSWORD asks for it: the demo tells its invented subscribers.
    """
    from statuspage.demo import seeding
    from subscribers.channels import registry

    file = settings.DATA_DIR / KEPT_DEMO_LOG_IN
    before = file.read_text().strip() if file.exists() else ""
    is_empty = seeding.is_fresh()
    is_asked_for = settings.DEMO_PASSWORD or all(one.url == "outbox:" for one in registry.every())
    if not before and not (is_empty and settings.DEMO and is_asked_for):
        return None
    password = settings.DEMO_PASSWORD or before or new_password()
    write_secret(file, password)
    if is_empty:
        call_command("seed_demo", password=password)
    elif password != before:
        _change_passwords(password)
    return password


def _demo_users():
    from django.contrib.auth.models import User

    return User.objects.filter(username__in=DEMO_LOG_INS, is_active=True)


def _change_passwords(password: str) -> None:
    for user in _demo_users():
        user.set_password(password)
        user.save(update_fields=["password"])


def _facts(password: str | None) -> dict:
    """`log_ins`: those whom `password` still lets in; `setup_link`: while nobody can log in at all."""
    from statuspage.setup import link
    from subscribers import offering

    let_in = {user.username for user in _demo_users() if password and user.check_password(password)}
    return {
        "site_url": settings.SITE_URL,
        "web_threads": settings.WEB_THREADS,
        "password": password,
        "log_ins": [name for name in DEMO_LOG_INS if name in let_in],
        "setup_link": None if link.is_void() else link.make(at=timezone.now()),
        "has_outbox": offering.is_trial(),
    }


if __name__ == "__main__":
    main()
