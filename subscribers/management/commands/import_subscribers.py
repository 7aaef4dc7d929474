import csv
import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import TextIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from subscribers.people.import_format import COLUMNS, BadFile
from subscribers.people.importing import Tally, import_subscribers
from subscribers.templatetags.support import in_words

SHOWN = 100  # refused lines on the terminal; with more, all are in a file
_LOOK_SECONDS = 0.5


class Command(BaseCommand):
    help = (
        "Import subscribers who confirmed elsewhere, one a line: " + ", ".join(COLUMNS) + ". components: names or ids "
        "with semicolons, empty: everything. Without confirmed_at a line is refused. Sends nothing; repeating is safe."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", help="CSV in UTF-8; - reads what comes in")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")

    def handle(self, *, file: str, dry_run: bool, verbosity: int, **options):
        path = None if file == "-" else Path(file)
        refusals = _Refusals(self.stderr, Path(f"{path or 'stdin'}.errors.csv"))
        tally, began = Tally(), time.monotonic()
        progress = _Progress(self.stderr, tally, _size(path), speaks=self.stderr.isatty() or verbosity > 1)
        try:
            with refusals, _opened(path) as rows:
                name, at = path.name if path else "stdin", timezone.now()
                import_subscribers(
                    rows,
                    tally,
                    name=name,
                    by=None,
                    at=at,
                    dry_run=dry_run,
                    on_refused=refusals.add,
                    after_batch=progress.show,
                )
        except BadFile as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"Cannot use {error.filename or file}: {error.strerror}.") from None
        except KeyboardInterrupt:
            self.stderr.write("Stopped. What was read is kept in whole batches; once more goes on from there.")
            sys.exit(130)
        finally:
            progress.end()
            if tally.lines:
                self._say(tally, refusals, time.monotonic() - began, dry_run)
        if tally.refused:
            sys.exit(1)

    def _say(self, tally: Tally, refusals: "_Refusals", seconds: float, dry_run: bool) -> None:
        if tally.passed_over:
            self.stderr.write(f"Passed over the columns {', '.join(tally.passed_over)}.")
        if refusals.number > SHOWN:
            self.stderr.write(f"All {refusals.number:,} refused lines are in {refusals.path}.")
        if tally.refused and not dry_run:
            self.stderr.write("Mend the refused lines and import the file again: what is in already stays as it is.")
        began = "Nothing is written; it would be: " if dry_run else ""
        self.stdout.write(f"{began}{_summary(tally)}. {tally.lines:,} lines in {seconds:.1f} s.")


def _summary(tally: Tally) -> str:
    parts = [f"{tally.added:,} added", f"{tally.unchanged:,} unchanged"]
    others = {
        "confirmed who were known without consent": tally.confirmed,
        "had unsubscribed and stay so": tally.unsubscribed,
        "must not be written to and are left out": tally.suppressed,
        "refused": tally.refused,
    }
    return ", ".join([*parts, *(f"{number:,} {words}" for words, number in others.items() if number)])


def _opened(path: Path | None):
    # Not closed at the end: what comes in is not ours.
    return path.open("rb") if path else os.fdopen(sys.stdin.fileno(), "rb", closefd=False)


def _size(path: Path | None) -> int | None:
    return path.stat().st_size if path and path.is_file() else None


class _Refusals:
    """The first SHOWN refused lines are said; with more, all of them are written into a file."""

    def __init__(self, stderr, path: Path):
        self.stderr, self.path = stderr, path
        self.number = 0
        self._said: list[tuple[int, str]] = []
        self._file: TextIO | None = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self._file:
            self._file.close()

    def add(self, number: int, reason: str) -> None:
        self.number += 1
        if self.number <= SHOWN:
            self._said.append((number, reason))
            self.stderr.write(f"line {number}: {reason}")
            return
        if self._file is None:
            self._file = self.path.open("w", newline="", encoding="utf-8")
            csv.writer(self._file).writerows([("line", "reason"), *self._said])
        csv.writer(self._file).writerow((number, reason))


class _Progress:
    """The progress of an import, on one line of a terminal, or a line now and then where that is asked for."""

    def __init__(self, stderr, tally: Tally, size: int | None, *, speaks: bool):
        self.stderr, self.tally, self.size, self.speaks = stderr, tally, size, speaks
        self.began = self.said = time.monotonic()

    def show(self) -> None:
        now = time.monotonic()
        if not self.speaks or now - self.said < _LOOK_SECONDS:
            return
        self.said = now
        seconds = now - self.began
        words = f"{self.tally.lines:,} lines, {self.tally.lines / seconds:,.0f} a second"
        if self.size and self.tally.bytes:
            left = timedelta(seconds=seconds * max(self.size / self.tally.bytes - 1, 0))
            words += f", about {in_words(left)} left"
        tty = self.stderr.isatty()
        # Not in the colour of errors.
        self.stderr.write(f"\r{words}\x1b[K" if tty else words, style_func=str, ending="" if tty else "\n")

    def end(self) -> None:
        """End the line, so that what follows begins on one of its own."""
        if self.speaks and self.said > self.began and self.stderr.isatty():
            self.stderr.write("", style_func=str)
