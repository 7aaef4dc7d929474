"""Messages kept as files in DATA_DIR/outbox, one each: nothing leaves the machine, and everything can be read.

An e-mail is NAME.eml, an SMS NAME.json. Names sort by time.
"""

import json
import os
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from .. import Outcome, Sent
from ..message import OutgoingMessage

_NAME = re.compile(r"\d{19}-[0-9a-f]{8}\.(eml|json)")


class EmailBackend(BaseEmailBackend):
    """Django's mail backend of EMAIL_URL=outbox:, also for the mails that Django itself writes."""

    def send_messages(self, email_messages: Sequence[mail.EmailMessage]) -> int:
        for one in email_messages:
            _keep("eml", one.message().as_bytes())
        return len(email_messages)


def keep_sms(message: OutgoingMessage) -> Outcome:
    """The channel `sms` with SMS_URL=outbox:. Raises OSError."""
    return Sent(message.delivery_id, _keep("json", json.dumps({"to": message.to, "text": message.text}).encode()))


@dataclass(frozen=True, slots=True)
class Kept:
    """One message of the outbox. `html` is empty for an SMS."""

    name: str
    kept_at: datetime
    to: str
    subject: str
    text: str
    html: str = ""

    @property
    def is_sms(self) -> bool:
        return self.name.endswith(".json")


def is_used() -> bool:
    """Whether anything is kept in the outbox here, or was while this was a trial."""
    return bool(settings.EMAIL_URL.startswith("outbox:") or settings.SMS_URL.startswith("outbox:"))


def names() -> list[str]:
    """All that is kept, the newest first."""
    if not _directory().exists():
        return []
    return sorted((entry.name for entry in os.scandir(_directory()) if _NAME.fullmatch(entry.name)), reverse=True)


def read(name: str) -> Kept:
    """One message. Raises FileNotFoundError for what is no name of ours, too."""
    if not _NAME.fullmatch(name):
        raise FileNotFoundError(name)
    data = (_directory() / name).read_bytes()
    kept_at = datetime.fromtimestamp(int(name[:19]) / 1e9, UTC)
    if name.endswith(".json"):
        sms = json.loads(data)
        return Kept(name, kept_at, sms["to"], "", sms["text"])
    mail = message_from_bytes(data, policy=default)
    return Kept(name, kept_at, str(mail["To"]), str(mail["Subject"]), _body(mail, "plain"), _body(mail, "html"))


def _body(mail: EmailMessage, subtype: str) -> str:
    part = mail.get_body((subtype,))
    return part.get_content() if part else ""


def _keep(suffix: str, data: bytes) -> str:
    """Write a file that is there as a whole or not at all; returns its name."""
    directory = _directory()
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{time.time_ns()}-{secrets.token_hex(4)}.{suffix}"
    unfinished = directory / f".{name}"
    unfinished.write_bytes(data)
    unfinished.replace(directory / name)
    return name


def _directory() -> Path:
    return Path(settings.DATA_DIR) / "outbox"
