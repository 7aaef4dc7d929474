"""Mail that came back: whose it was, by the signed address that it came to, and what it says (RFC 3464)."""

import re
from collections.abc import Iterable
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses

from . import replies, verp
from .reports import Event, Report
from .smtp import Reply

LONGEST = 1_000_000  # bytes that are looked at; a bounce that carries more than ours tells nothing more
_READ = 20_000  # characters of a text in which a reason is looked for
_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")  # and no address of a machine
_CODE = re.compile(r"^(?:smtp;)?\s*([245]\d\d)\b", re.IGNORECASE)
_ACTIONS = {"delivered": Event.DELIVERED, "delayed": Event.DELAYED, "failed": Event.BOUNCED}


def read(data: bytes, recipients: Iterable[str] = ()) -> Report | None:
    """What the mail `data` reports. `recipients`: whom it was for, where the mail server says so beside the mail.

    None for whatever is no bounce of ours: an address that we did not sign, an automatic answer, junk. Never raises.
    """
    try:
        mail = message_from_bytes(data[:LONGEST], policy=compat32)
        delivery_id = _whose(mail, recipients)
        return None if delivery_id is None else _report(mail, delivery_id)
    except (ValueError, LookupError, TypeError, AttributeError):  # the parser promises more than it keeps
        return None


def speaks_in_codes(said: str) -> bool:
    """Whether it can be read at all."""
    return bool(_CODE.match(said) or _STATUS.search(said))


def is_bad_address(said: str, status: str = "") -> bool:
    """Whether what a mail server `said` speaks against the address, by the same rule as when it says so at once."""
    code, found = _CODE.match(said), _STATUS.search(said)
    status = found[1] if found else status
    if not code and not status:
        return False
    number = int(code[1]) if code else int(f"{status[0]}50")
    text = _STATUS.sub("", said[code.end() :] if code else said).strip(" -")
    # 5.0.0 says no more than the bare code does.
    enhanced = "" if status.endswith(".0.0") else f"{status} "
    return replies.failure(0, Reply(number, enhanced + text), is_recipient=True).suppress


def _whose(mail: Message, recipients: Iterable[str]) -> int | None:
    headers = [str(value) for name in _TO for value in mail.get_all(name, [])]
    addresses = [*recipients, *(address for _, address in getaddresses(headers))]
    return next((found for address in addresses if (found := verp.read(address)) is not None), None)


def _report(mail: Message, delivery_id: int) -> Report | None:
    if fields := _delivery_status(mail):
        return _of_fields(fields, delivery_id)
    if str(mail.get("Auto-Submitted", "")).lower().startswith("auto-replied"):
        return None  # somebody is on holiday
    return _of_text(_text(mail), delivery_id)


def _delivery_status(mail: Message) -> Message | None:
    """The first group of fields that speaks of a recipient."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            return next((group for group in part.get_payload() if group.get("Action")), None)
    return None


def _of_fields(fields: Message, delivery_id: int) -> Report | None:
    event = _ACTIONS.get(str(fields["Action"]).split(maxsplit=1)[0].lower())
    if event is None:  # relayed or expanded: nothing is known yet
        return None
    status = " ".join(str(fields.get("Status", "")).split())[:11]
    said = " ".join(str(fields.get("Diagnostic-Code", "")).split()).removeprefix("smtp;").strip()
    if event is Event.BOUNCED and status.startswith("4"):
        reason = f"Given up by the relay: {said or status}"
        return Report(delivery_id, event, reason)
    return Report(delivery_id, event, said or status, suppress=event is Event.BOUNCED and is_bad_address(said, status))


def _of_text(text: str, delivery_id: int) -> Report | None:
    """Of a mail server that knows no reports: only what it says in codes is believed."""
    if not (found := _STATUS.search(text)) or found[1].startswith("2"):
        return None
    said = " ".join(text[found.start() : found.start() + 300].split())
    if found[1].startswith("4"):
        return Report(delivery_id, Event.DELAYED, said)
    return Report(delivery_id, Event.BOUNCED, said, suppress=is_bad_address(said))


def _text(mail: Message) -> str:
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True) or b""
            return payload[:_READ].decode("utf-8", "replace")
    return ""
