"""Affected customers as support writes them: one by one, or as a list pasted from a spreadsheet or a ticket system."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from statuspage.lib.text import validate_line

from ..addresses import Address, normalise
from ..channels import registry

MAX_LINES = 5_000
NAME_LENGTH, REFERENCE_LENGTH, TICKET_LENGTH = 200, 100, 500
COLUMNS = ("name", "contact", "reference", "ticket_url")
# A comma comes last: names hold commas, and an address after a tab or a semicolon says which sign separates.
_SEPARATORS = "\t;,"
_NOTHING = " " + _SEPARATORS
_TOO_MANY = f"At most {MAX_LINES:,} lines at once: link the first ones, then this rest."
_HEADINGS = {"contact", "address"}
_is_web_address = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True, slots=True)
class Customer:
    name: str
    address: Address
    reference: str = ""
    ticket_url: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that cannot be taken as it is. `number` counts from 1, as an editor does."""

    number: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Understood:
    """The content of a pasted list. `repeated`: lines with an address that an earlier line has, too."""

    customers: list[Customer]
    refused: list[Refused]
    repeated: int = 0


def as_text(refused: Iterable[Refused]) -> str:
    """The lines as they were typed, to be mended and sent again."""
    return "\n".join(line.text for line in refused)


def clean(*, name: str, contact: str, reference: str = "", ticket_url: str = "") -> Customer:
    """One customer, checked. Raises ValidationError by field: name, contact, reference, ticket_url."""
    errors: dict[str, list[str]] = {}
    address = None
    try:
        address = normalise(contact)
    except ValidationError as error:
        errors["contact"] = error.messages
    for field, text, limit in (("name", name, NAME_LENGTH), ("reference", reference, REFERENCE_LENGTH)):
        if problems := _problems(text.strip(), limit):
            errors[field] = problems
    if not name.strip():
        errors["name"] = ["Write the customer's name."]
    if problems := _link_problems(ticket_url.strip()):
        errors["ticket_url"] = problems
    if errors or address is None:
        raise ValidationError(errors)
    return Customer(name.strip(), address, reference.strip(), ticket_url.strip())


def read(text: str) -> Understood:
    """The customers of a pasted list: name, e-mail or phone, reference, ticket address; a line without a name is
    named by its address. Tabs, semicolons or commas separate; a heading and empty lines are passed over.

    Takes any text and never raises. What follows the first 5,000 lines is refused as one, unread.
    """
    customers: dict[Address, Customer] = {}
    refused, repeated = list[Refused](), 0
    # Not str.splitlines, which splits also at signs that are to be refused.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n", MAX_LINES)
    for number, line in _filled(lines[:MAX_LINES]):
        try:
            customer = _customer(line)
        except ValidationError as error:
            refused.append(Refused(number, line, " ".join(error.messages)))
            continue
        repeated += customer.address in customers
        customers.setdefault(customer.address, customer)
    if "".join(lines[MAX_LINES:]).strip(_NOTHING):
        refused.append(Refused(MAX_LINES + 1, lines[MAX_LINES], _TOO_MANY))
    return Understood(list(customers.values()), refused, repeated)


def _problems(text: str, limit: int) -> list[str]:
    if len(text) > limit:
        return [f"Shorten this to {limit} characters; it has {len(text):,}."]
    try:
        validate_line(text)
    except ValidationError as error:
        return error.messages
    return []


def _link_problems(url: str) -> list[str]:
    if not url:
        return []
    if problems := _problems(url, TICKET_LENGTH):
        return problems
    try:
        _is_web_address(url)
    except ValidationError:
        return ["Write the ticket's whole address, beginning with https://"]
    return []


def _filled(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines that say something, with their numbers, but for a heading."""
    filled = ((number, line) for number, line in enumerate(lines, 1) if line.strip(_NOTHING))
    for position, (number, line) in enumerate(filled):
        if position or not _is_heading(line):
            yield number, line


def _is_heading(line: str) -> bool:
    names = _HEADINGS.union(*(one.headings for one in registry.every()))
    return "@" not in line and any(names.issuperset(field.casefold().split(" or ")) for field in _split(line))


def _split(line: str) -> list[str]:
    """The fields of a line, by the sign that leaves an address in the second; else by the first sign it holds."""
    ways = [_fields(line, sign) for sign in _SEPARATORS if sign in line]
    if len(ways) < 2:
        return ways[0] if ways else [line.strip()]
    return next((fields for fields in ways if _is_address(fields[1])), ways[0])


def _fields(line: str, sign: str) -> list[str]:
    try:
        fields = next(csv.reader([line], delimiter=sign, skipinitialspace=True))
    except csv.Error:  # a field beyond the reader's limit, or an unheard-of character
        fields = line.split(sign)
    return [field.strip() for field in fields] + [""] * (len(fields) == 1)


def _is_address(text: str) -> bool:
    try:
        return bool(normalise(text))
    except ValidationError:
        return False


def _customer(line: str) -> Customer:
    fields = _split(line)
    while len(fields) > 1 and not fields[-1]:
        fields.pop()  # a spreadsheet's empty columns
    if len(fields) > len(COLUMNS):
        raise ValidationError("Too many columns: name, e-mail or phone, reference, ticket address.")
    if len(fields) == 1:
        fields = [fields[0], fields[0]]
    values = dict(zip(COLUMNS, fields, strict=False))
    return clean(**values | {"name": values["name"] or values["contact"]})
