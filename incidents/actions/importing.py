"""The history of another page: one closed incident a line, as JSON. Announces nothing, sends nothing."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from ..audit_verbs import AuditVerb
from ..models import Actor, AuditEvent, Incident, Site
from . import history
from .history_format import BrokenLine, changes, parse, read
from .naming import NamedComponents, NotOneComponent

# 31 updates of full length are under 1 MB; a file without line ends must not fill the memory.
MAX_LINE_BYTES = 4_000_000


@dataclass
class Tally:
    """The results of the lines. `refused`: line number and reason in plain words. `created`: names of components.

    `changed`: what was kept otherwise than it stood there, and how often.
    """

    imported: int = 0
    already_here: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    changed: Counter[str] = field(default_factory=Counter)

    @property
    def lines(self) -> int:
        return self.imported + self.already_here + len(self.refused)


def import_history(
    file: BinaryIO,
    *,
    name: str,
    by: Actor,
    at: datetime,
    create_components: bool = False,
    dry_run: bool = False,
    after_line: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """Keep every incident of `file` that is not here yet, each in a transaction of its own; read as a stream.

    A broken line is counted with its reason and the rest goes in. `after_line` is called after each line, for
    progress. `name`: what the audit calls the file. A component that is unknown makes a line broken, unless
    `create_components`. `dry_run`: all of it happens in one transaction and is taken back.
    """
    named = NamedComponents(create=create_components)
    tally = Tally(created=named.created)
    with transaction.atomic() if dry_run else nullcontext():
        _keep_all(file, tally, named, at=at, after_line=after_line)
        if tally.imported:
            _close(tally, name=name, by=by, at=at)
        if dry_run:
            transaction.set_rollback(True)
    return tally


def _keep_all(
    file: BinaryIO, tally: Tally, named: NamedComponents, *, at: datetime, after_line: Callable[[Tally], None]
) -> None:
    for number, line in _lines(file):
        try:
            if (changed := _keep(line, named, now=at)) is not None:
                tally.imported += 1
                tally.changed.update(changed)
            else:
                tally.already_here += 1
        except (BrokenLine, NotOneComponent) as reason:
            tally.refused.append((number, str(reason)))
        after_line(tally)


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Number and content of each line that is not empty; of an over-long line its beginning."""
    for number, line in enumerate(_bounded(file), start=1):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            yield number, line


def _bounded(file: BinaryIO) -> Iterable[bytes]:
    while line := file.readline(MAX_LINE_BYTES + 1):
        yield line
        while len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE_BYTES + 1)


@transaction.atomic
def _keep(line: bytes, named: NamedComponents, *, now: datetime) -> list[str] | None:
    """Keep the line and return what of it is kept otherwise than it stands there; None where it brought nothing new."""
    if len(line) > MAX_LINE_BYTES:
        raise BrokenLine(f"it is longer than {MAX_LINE_BYTES:,} bytes")
    data = read(line)
    past = parse(data, now=now)
    if Incident.all_kinds.filter(source_id=past.source_id).exists():
        return None
    if Incident.all_kinds.filter(public_id=past.public_id).exists():
        raise BrokenLine(f"the address {past.public_id} belongs to another incident")
    history.keep(past, named)
    return list(changes(data))


@transaction.atomic
def _close(tally: Tally, *, name: str, by: Actor, at: datetime) -> None:
    Site.raise_page_version()
    AuditEvent.record(
        AuditVerb.IMPORTED_HISTORY,
        Site.load(),
        by=by,
        at=at,
        file=name,
        imported=tally.imported,
        refused=len(tally.refused),
    )
