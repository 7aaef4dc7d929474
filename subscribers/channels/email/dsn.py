"""Mail that came back: whose it was, by the signed address that it came to, and what it says (RFC 3464)."""

import re
from collections.abc import Iterable
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses

from statuspage.lib.text import storable

from ...enums import Illness
from ..reports import Event, Report
from ..verdicts import Verdict
from . import verp
from .meaning import illness, meaning

LONGEST = 1_000_000  # bytes that are looked at; a bounce that carries more than ours tells nothing more
_READ = 20_000  # characters of a text in which a reason is looked for
_REASON = 1_000  # characters of a reason that are kept
_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")  # and no address of a machine
_TYPE = re.compile(r"^[a-z][a-z0-9-]*\s*;\s*", re.IGNORECASE)  # of a diagnostic code: smtp;
_CODE = re.compile(r"^(?:[A-Z+]+ )?([245]\d\d)\b")  # chasquid says first what it had asked
# A line of a text in which a mail server quotes another: perhaps after the recipient or the word of a command.
_SAID = re.compile(r"^(?:.*[:,][ \t]+|[ \t]*)([45]\d\d[ -].*)$", re.MULTILINE)
# All that Exim says of a host that it could not reach: "host 192.0.2.1 [192.0.2.1]", perhaps, and this.
_GIVEN_UP = re.compile(r"^[ \t]*((?:[^\n]*: )?retry timeout exceeded)[ \t\r]*$", re.MULTILINE)
_SAID_IN_FULL = re.compile(r"(?<![\d.])([45])\d\d[ -]\1\.\d{1,3}\.\d{1,3}(?!\.?\d).*")
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_COPY_BELOW = re.compile(r"^-{3}.*", re.MULTILINE | re.DOTALL)
_DAEMON = re.compile(r"^(mailer-daemon|postmaster|mail-daemon|mail-delivery)\b", re.IGNORECASE)
_REPORTS = ("message/delivery-status", "message/global-delivery-status")  # RFC 3464, RFC 6533
_ACTIONS = {"delivered": Event.DELIVERED, "delayed": Event.DELAYED, "failed": Event.BOUNCED}


def read(data: bytes, recipients: Iterable[str] = ()) -> Report | None:
    """Return what the mail `data` reports. `recipients`: whom it was for, where the mail server says so beside the
    mail.

    None for whatever is no bounce of ours: an address that we did not sign, an automatic answer, junk. Never raises.
    It is nobody's wish: programs answer to the envelope's sender, people to MAIL_FROM, which people read (RFC 3834 4).
    """
    try:
        mail = message_from_bytes(data[:LONGEST], policy=compat32)
        delivery_id = _whose(mail, recipients)
        return None if delivery_id is None else _report(mail, delivery_id)
    except (ValueError, LookupError, TypeError, AttributeError):  # the parser promises more than it keeps
        return None


def speaks_in_codes(said: str) -> bool:
    """Whether it can be read at all."""
    said = _TYPE.sub("", said)
    return bool(_CODE.match(said) or _STATUS.search(said))


def verdict_of(said: str, status: str = "") -> Verdict:
    """Return the verdict on what a mail server `said`, by the same rule as when it says so at once. `status` is the
    report's own and counts only where the words hold none: a mail server that has not understood another's writes
    5.0.0."""
    said = _TYPE.sub("", said)
    code = _CODE.match(said)
    return meaning(said, code=int(code[1]) if code else 0, status=status)


def illness_of(said: str) -> Illness | None:
    """Why nobody took a mail behind an address where somebody may be, if it says."""
    return illness(_TYPE.sub("", said)) if verdict_of(said) is Verdict.ADDRESS_UNWELL else None


def _whose(mail: Message, recipients: Iterable[str]) -> int | None:
    headers = [str(value) for name in _TO for value in mail.get_all(name, [])]
    addresses = [*recipients, *(address for _, address in getaddresses(headers))]
    return next((found for address in addresses if (found := verp.read(address)) is not None), None)


def _report(mail: Message, delivery_id: int) -> Report | None:
    if fields := _delivery_status(mail):
        return _of_fields(fields, _text(mail), delivery_id)
    return _of_text(_text(mail), delivery_id) if _is_from_a_daemon(mail) else None


def _is_from_a_daemon(mail: Message) -> bool:
    """Whether a mail without a report is a bounce at all: people and their programs quote codes too (RFC 3834)."""
    if str(mail.get("Auto-Submitted", "")).lower().startswith("auto-replied"):
        return False  # somebody is on holiday
    if str(mail.get("Return-Path", "<>")).strip() != "<>":
        return False
    return any(_DAEMON.match(address) for _, address in getaddresses([str(mail.get("From", ""))]))


# --- Reports ------------------------------------------------------------------------------------------------


def _delivery_status(mail: Message) -> dict[str, str] | None:
    """The first group of fields that speaks of a recipient."""
    for part in mail.walk():
        if part.get_content_type() in _REPORTS and part.is_multipart():
            return next((fields for group in _groups(part) if (fields := _fields(group)).get("action")), None)
    return None


def _groups(part: Message) -> list[Message]:
    """Python's parser cuts the older type into its groups; of the other it makes one mail and its body."""
    found: list[Message] = part.get_payload()  # type: ignore[assignment]  # the parser has cut every report
    if part.get_content_subtype() == "delivery-status":
        return found
    text = b"".join(group.as_bytes() for group in found)
    return [message_from_bytes(group, policy=compat32) for group in re.split(rb"(?:\r?\n){2,}", text)]


def _fields(group: Message) -> dict[str, str]:
    return {name.lower(): _decoded(value) for name, value in reversed(list(group.raw_items()))}


def _decoded(value: str) -> str:
    """A field on one line; 8-bit as UTF-8, or else as Latin-1, of which nothing is an error."""
    data = str(value).encode("utf-8", "surrogateescape")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return " ".join(text.split())


def _of_fields(fields: dict[str, str], text: str, delivery_id: int) -> Report | None:
    status = fields.get("status", "")[:11]
    event = _event(fields, status)
    if event is None:  # relayed or expanded: nothing is known yet
        return None
    said = _TYPE.sub("", fields.get("diagnostic-code", ""))
    if event is not Event.DELIVERED and not speaks_in_codes(said):
        said = _said_in(text) or said
    reason = storable(said or status, _REASON)
    verdict = verdict_of(said, status)
    if event is Event.BOUNCED and status.startswith("4"):
        unwell = Verdict.ADDRESS_UNWELL if verdict is Verdict.ADDRESS_DEAD else verdict
        return Report(delivery_id, event, f"Given up by the relay: {reason}", verdict=unwell)
    return Report(delivery_id, event, reason, verdict=verdict)


def _event(fields: dict[str, str], status: str) -> Event | None:
    event = _ACTIONS.get(fields["action"].split(maxsplit=1)[0].lower())
    # X.4.7 is "delivery time expired". Exchange writes it into notices of delay as well, and says until when it tries.
    is_expired = status[1:] == ".4.7" and "will-retry-until" not in fields
    return Event.BOUNCED if event is Event.DELAYED and is_expired else event


# --- Texts --------------------------------------------------------------------------------------------------


def _said_in(text: str) -> str:
    """Return what the reporting mail server quotes of the other, where its report says only the class."""
    own = _QUOTED.sub("", text)
    found = _SAID.search(own) or _GIVEN_UP.search(own)
    return " ".join(found[1].split()) if found else ""


def _of_text(text: str, delivery_id: int) -> Report | None:
    """Read a report of a mail server that knows no reports: only a reply code with its enhanced one is believed, and no
    quotation."""
    if not (found := _SAID_IN_FULL.search(_COPY_BELOW.sub("", _QUOTED.sub("", text)))):
        return None
    said = storable(" ".join(found[0].split()), _REASON)
    event = Event.DELAYED if found[1] == "4" else Event.BOUNCED
    return Report(delivery_id, event, said, verdict=verdict_of(said))


def _text(mail: Message) -> str:
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            payload: bytes = part.get_payload(decode=True) or b""  # type: ignore[assignment]  # what decode=True says
            return payload[:_READ].decode("utf-8", "replace")
    return ""
