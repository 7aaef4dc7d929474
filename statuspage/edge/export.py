"""The public answers as plain files, which any file server can serve when nothing of ours runs."""

import contextlib
import gzip
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from mimetypes import guess_extension
from pathlib import Path, PurePath

import brotli
from django.conf import settings

from ..lib.files import replace
from .answer import Answer
from .answer_cache import UNCONFIRMED_AFTER
from .disk_store import DiskStore
from .internal_get import fixed_addresses, links

MARKER = ".statuspage-export"  # in a directory that is ours to clear
_STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


class NotWritten(Exception):
    """The export is not what it should be; says why, in words for whoever asked for it."""


def answers(ask: Callable, is_public: Callable[[str], bool]) -> Iterator[tuple[str, Answer]]:
    """Every public answer with its path, found as a stranger finds them: by following links from the fixed addresses.

    Raises NotWritten for a fault of the program; a path that is not there is left out.
    """
    waiting = fixed_addresses()
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        status, headers, body = ask(path)
        if status.startswith("5"):
            raise NotWritten(f"{path} cannot be built: {status}.")
        if not status.startswith("200"):
            continue
        yield path, Answer(status, headers, body, 0)
        found = links(body) - seen
        seen |= found
        waiting += sorted(path for path in found if is_public(path))


def stored(disk_store: DiskStore) -> Iterator[tuple[str, Answer]]:
    """Yield what the web processes kept, for when the database is away; what is too old to be trusted says so."""
    at = datetime.fromtimestamp(disk_store.confirmed_at, UTC)
    is_old = (datetime.now(UTC) - at).total_seconds() > UNCONFIRMED_AFTER
    for path, answer in disk_store.load():
        yield path, answer.unconfirmed(at) if is_old else answer


def write(directory: Path, found: Iterable[tuple[str, Answer]]) -> Iterator[str]:
    """Write each answer below `directory`, compressed too, and then remove what an earlier export left there.

    Yields the path of each. Every file is replaced whole, and nothing is removed unless all was written. Raises
    NotWritten, before it touches anything in a directory that holds something else than an export.
    """
    directory = directory.resolve()
    _claim(directory)
    written = {directory / MARKER, *_copy_static_files(directory)}
    for path, answer in found:
        for name, body in _files(path, answer):
            file = _inside(directory, name)
            if file not in written:  # most pages share their style
                written |= _keep(file, body)
        yield path
    _remove_others(directory, written)


def _claim(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()) and not (directory / MARKER).exists():
        raise NotWritten(f"{directory} is not empty and was not made by export_site.")
    (directory / MARKER).touch()


def _inside(directory: Path, path: str) -> Path:
    file = (directory / (path.lstrip("/") + ("index.html" if path.endswith("/") else ""))).resolve()
    if not file.is_relative_to(directory):
        raise ValueError(f"{path} leads out of the export")
    return file


def _files(path: str, answer: Answer) -> Iterator[tuple[str, bytes]]:
    """Yield the files that stand for an answer where nobody computes headers, by name.

    The style of a page gets an address of its own, for a policy that is the same for all pages knows no hash of it. An
    address without an ending is there with one too: a file server goes by that.
    """
    headers, body = answer.raw
    content_type = dict(headers).get("Content-Type", "").partition(";")[0]
    if content_type == "text/html":
        body, style = _apart(body)
        yield from style
    elif not PurePath(path).suffix:
        yield path + (guess_extension(content_type) or ""), body
    yield path, body


def _apart(body: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """A page that links to its style, and the style as a file; only our templates can write the tag."""
    if not (found := _STYLE.search(body)):
        return body, []
    name = f"{settings.STATIC_URL}page.{hashlib.blake2b(found[1], digest_size=6).hexdigest()}.css"
    link = b'<link rel="stylesheet" href="%s">' % name.encode()
    return body[: found.start()] + link + body[found.end() :], [(name, found[1])]


def _keep(file: Path, body: bytes) -> set[Path]:
    """Write it as file servers find it: compressed ones beside it. Made once and read often, so as small as it goes."""
    forms = {"": body, ".gz": gzip.compress(body, 9, mtime=0), ".br": brotli.compress(body, quality=9)}
    for suffix, content in forms.items():
        replace(file.with_name(file.name + suffix), content)
    return {file.with_name(file.name + suffix) for suffix in forms}


def _copy_static_files(directory: Path) -> Iterator[Path]:
    """Copy what collectstatic left to the addresses that the pages name, and yield the copies."""
    static = directory / settings.STATIC_URL.strip("/")
    for source in settings.STATIC_ROOT.rglob("*"):
        if source.is_file():
            copy = static / source.relative_to(settings.STATIC_ROOT)
            replace(copy, source.read_bytes())
            yield copy


def _remove_others(directory: Path, written: set[Path]) -> None:
    for file in sorted(directory.rglob("*"), reverse=True):  # what is in a directory comes before it
        if file.is_dir():
            with contextlib.suppress(OSError):  # not empty
                file.rmdir()
        elif file not in written:
            file.unlink()
