"""A file of subscribers as other programs write it: one a line, with commas, in UTF-8."""

import csv
from collections.abc import Iterator
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from django.core.exceptions import ValidationError

from incidents.actions.naming import ComponentNames
from incidents.models import Component
from statuspage.lib.language import either
from statuspage.lib.text import validate_line

from .. import offering
from ..addresses import Address, normalise
from ..channels import registry
from ..enums import Channel
from ..models import Subscriber

COLUMNS = ("channel", "address", "components", "confirmed_at", "consent")
MAX_LINE_BYTES = 20_000
FIRST_YEAR = 1990
_CONSENT_LENGTH = Subscriber.CONSENT_LENGTH
_OTHER_NAMES = {"source": "consent", "source_of_consent": "consent", "consent_source": "consent"}
_BOM = b"\xef\xbb\xbf"


class BadFile(Exception):
    """A file of which nothing can be taken; the text says why."""


class BadRow(Exception):
    """A line that cannot be taken; the text says why."""


class Wanted(NamedTuple):
    """One line: who hears of what. No `components`: of everything."""

    address: Address
    components: tuple[int, ...]
    confirmed_at: datetime
    consent: str


def lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Number and content of each line that is not empty, counted from 1; of an over-long one its beginning."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if line.strip():
            yield number, line.removeprefix(_BOM) if number == 1 else line
        while len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE_BYTES + 1)


class Format:
    """The format of a file, as its first line tells it. Raises BadFile for one that does not."""

    def __init__(self, header: bytes, *, name: str, at: datetime, zone: tzinfo):
        self.at, self.zone = at, zone
        self.unsaid = f"imported from {name}"[:_CONSENT_LENGTH]
        names = _names(header)
        self.width = len(names)
        self.places = [names.index(column) for column in COLUMNS]
        self.passed_over = [name for name in names if name and name not in COLUMNS]
        self._component_ids = lru_cache(maxsize=1024)(_Components().ids)

    def read(self, line: bytes) -> Wanted:
        """Return what a line says. Raises BadRow."""
        fields = _fields(line)
        if len(fields) < self.width or any(fields[self.width :]):
            raise BadRow(f"It has {len(fields)} columns; the first line names {self.width}.")
        channel, address, components, confirmed_at, consent = (fields[place].strip() for place in self.places)
        return Wanted(
            _checked(normalise, address, _offered(_channel(channel))),
            self._component_ids(components) if components else (),
            self._moment(confirmed_at),
            self._consent(consent),
        )

    def _moment(self, text: str) -> datetime:
        if not text:
            raise BadRow("confirmed_at is empty: without a confirmed consent nobody is written to.")
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise BadRow(f"confirmed_at must look like 2026-03-01T09:30:00Z, not “{_short(text)}”.") from None
        if moment.year < FIRST_YEAR:
            raise BadRow(f"confirmed_at is before {FIRST_YEAR}.")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        if moment > self.at:
            raise BadRow("confirmed_at is in the future.")
        return moment

    def _consent(self, text: str) -> str:
        if len(text) > _CONSENT_LENGTH:
            raise BadRow(f"The source of consent has {len(text):,} characters; {_CONSENT_LENGTH} are kept.")
        _checked(validate_line, text)
        return text or self.unsaid


def _names(header: bytes) -> list[str]:
    """The columns' names as ours are written. Raises BadFile where one of ours is not among them, or twice."""
    if header.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadFile("The file is UTF-16; save it as CSV in UTF-8.")
    try:
        names = [name.strip().lower().replace(" ", "_") for name in _fields(header)]
    except BadRow as error:
        raise BadFile(f"The first line cannot be read: {error}") from None
    names = [_OTHER_NAMES.get(name, name) for name in names]
    for column in COLUMNS:
        if names.count(column) != 1:
            how = "not among them" if column not in names else "there twice"
            raise BadFile(f"The first line must name the columns {','.join(COLUMNS)}, with commas; {column} is {how}.")
    return names


def _fields(line: bytes) -> list[str]:
    if len(line) > MAX_LINE_BYTES:
        raise BadRow(f"It is longer than {MAX_LINE_BYTES:,} bytes.")
    try:
        # Line by line: a quotation mark that is not closed must not swallow those who follow.
        return next(csv.reader((line.decode(),), strict=True))
    except UnicodeDecodeError:
        raise BadRow("It is not UTF-8.") from None
    except csv.Error as error:
        what = "Check its quotation marks" if b'"' in line else "It is not CSV"
        raise BadRow(f"{what}: {error}.") from None


def _checked(check, text: str, *args):
    try:
        return check(text, *args)
    except ValidationError as error:
        raise BadRow(" ".join(error.messages)) from None


def _channel(name: str) -> Channel:
    for one in registry.every():
        if name.lower() in (one.channel.value, *one.other_names):
            return one.channel
    raise BadRow(f"The channel must be {either(Channel.values)}, not “{_short(name)}”.")


def _offered(channel: Channel) -> Channel:
    if not offering.is_offered(channel):
        raise BadRow(f"{channel.label} is not offered here: {offering.why_not(channel)}.")
    return channel


def _short(text: str) -> str:
    """Return somebody else's words, fit for a terminal."""
    shown = "".join(char if char.isprintable() else "?" for char in text[:40])
    return f"{shown}..." if len(text) > 40 else shown


class _Components:
    """The public components by name, by GROUP/NAME and by id, however they are spelt."""

    def __init__(self):
        self.names = ComponentNames(Component.objects.public())

    def ids(self, text: str) -> tuple[int, ...]:
        """Return the ids of names with semicolons between them. Raises BadRow for one that is none, or several."""
        return tuple({self._id(name.strip()): None for name in text.split(";") if name.strip()})

    def _id(self, name: str) -> int:
        ids = self.names.ids(name)
        if len(ids) == 1:
            return next(iter(ids))
        if ids:
            raise BadRow(f"{len(ids)} components are called “{_short(name)}”; write GROUP/NAME or the id.")
        raise BadRow(f"There is no public component “{_short(name)}”.")
