from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from statuspage.edge import export, internal_get
from statuspage.edge.disk_store import DiskStore


class Command(BaseCommand):
    help = (
        "Writes every public answer below DIR as plain files, compressed ones beside them, so that any file server can "
        "stand in for the program. Run again, it replaces each file whole and removes what is public no more. While "
        "the database is away it writes what the web processes kept."
    )

    def add_arguments(self, parser):
        parser.add_argument("directory", type=Path, metavar="DIR", help="an empty directory, or one it wrote before")

    def handle(self, *, directory, **options):
        number = 0
        try:
            for number, path in enumerate(export.write(directory, self._answers()), 1):
                if number % 500 == 0:
                    self.stdout.write(f"{number} ... {path}")
        except (export.NotWritten, DatabaseError, OSError) as error:
            raise CommandError(f"Not complete, and nothing was removed: {error}") from None
        self.stdout.write(self.style.SUCCESS(f"{number} public answers are in {directory}"))

    def _answers(self):
        try:
            connection.ensure_connection()
        except DatabaseError:
            return self._stored(DiskStore(settings.DATA_DIR / "published"))
        return export.answers(partial(internal_get.ask, WSGIHandler()), internal_get.is_public)

    def _stored(self, disk_store):
        stored = list(export.stored(disk_store))
        if not stored:
            raise CommandError("The database is away, and no web process has kept an answer here.")
        at = datetime.fromtimestamp(disk_store.confirmed_at, UTC)
        self.stderr.write(f"The database is away: these are the answers kept, last confirmed {at:%d %b %H:%M UTC}.")
        return stored
