import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from incidents.actions.importing import Tally, import_history

_PROGRESS_EVERY = 200


class Command(BaseCommand):
    help = "Import closed incidents and maintenances, one JSON object a line. Announces nothing; repeating is safe."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
        parser.add_argument("--create-components", action="store_true", help="create those that are unknown, public")

    def handle(self, *, file: Path, dry_run: bool, create_components: bool, **options):
        self._told = 0
        try:
            with file.open("rb") as lines:
                tally = import_history(
                    lines,
                    name=file.name,
                    by=None,
                    at=timezone.now(),
                    create_components=create_components,
                    dry_run=dry_run,
                    after_line=self._report,
                )
        except OSError as error:
            raise CommandError(f"Cannot read {file}: {error.strerror}.") from None
        if tally.created:
            self.stdout.write(f"Components created: {', '.join(tally.created)}.")
        for what, count in sorted(tally.changed.items()):
            self.stdout.write(f"{count:,}x {what}.")
        self.stdout.write(("Nothing is written; it would be: " if dry_run else "") + _summary(tally))
        if tally.refused:
            sys.exit(1)

    def _report(self, tally: Tally) -> None:
        """Names each broken line as it is met, and says now and then how far we are."""
        for number, reason in tally.refused[self._told :]:
            self.stderr.write(f"line {number}: {reason}")
        self._told = len(tally.refused)
        if tally.lines % _PROGRESS_EVERY == 0:
            self.stdout.write(f"... {tally.lines:,} lines read")


def _summary(tally: Tally) -> str:
    parts = [f"{tally.imported:,} imported", f"{tally.already_here:,} already here"]
    if count := len(tally.refused):
        numbers = ", ".join(str(number) for number, _ in tally.refused[:10])
        more = f" and {count - 10:,} more" if count > 10 else ""
        parts.append(f"{count:,} {'line' if count == 1 else 'lines'} refused: {numbers}{more}")
    return ", ".join(parts) + "."
