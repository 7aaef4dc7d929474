"""Twilio's wire format, which several other gateways speak too."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ...messages import Message
from .. import Failed, Outcome, Sent, Unavailable
from .gateway import Reply, basic, by_status

# https://www.twilio.com/docs/api/errors
_BAD_NUMBER = {
    21211: "not a phone number",
    21214: "the number cannot be reached",
    21217: "not a phone number",
    21265: "the number is a short code",
    21610: "the owner answered STOP",
    21614: "not a mobile number",
}
_PERMANENT = {
    21219: "a trial account reaches verified numbers only",
    21408: "SMS to this region is not enabled",
    21602: "the text is empty",
    21612: "no route from our number to this one",
    21617: "the text is too long",
}
_OURS = {
    20003: "wrong account or token",
    20404: "no such account",
    21212: "the sender is not a valid number",
    21603: "the sender is missing",
    21659: "the sender is not a Twilio number",
    21660: "the sender belongs to another account",
}
_FULL = {
    14107: "too many messages",
    20429: "too many requests",
    21611: "the sender's queue is full",
    63038: "day's limit",
}
_NOT_FROM_HERE = 21606  # Our number cannot write to this one, or to none: neither give up at once, nor stop all.
_FULL_WAIT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Twilio:
    base: str
    account: str
    token: str
    sender: str

    @property
    def url(self) -> str:
        return f"{self.base}/2010-04-01/Accounts/{self.account}/Messages.json"

    def request(self, message: Message) -> dict[str, Any]:
        sender = {"MessagingServiceSid" if self.sender.startswith("MG") else "From": self.sender}
        return {
            "headers": basic(self.account, self.token),
            "data": {"To": message.to, "Body": message.text, **sender},
        }

    def outcome(self, message: Message, reply: Reply) -> Outcome:
        found = reply.json()
        if reply.is_success:
            return Sent(message.delivery_id, str(found.get("sid", "")))
        code = found.get("code")
        reason = f"{code or reply.status}: {found.get('message') or reply.text()}"
        if code in _OURS:
            raise Unavailable(f"{_OURS[code]} ({reason})")
        if code in _BAD_NUMBER:
            return Failed(message.delivery_id, f"{_BAD_NUMBER[code]} ({reason})", permanent=True, suppress=True)
        if code in _PERMANENT:
            return Failed(message.delivery_id, f"{_PERMANENT[code]} ({reason})", permanent=True)
        if code == _NOT_FROM_HERE:
            return Failed(message.delivery_id, reason)
        if code in _FULL and reply.status != 429:
            return Failed(message.delivery_id, f"{_FULL[code]} ({reason})", retry_after=_FULL_WAIT)
        return by_status(message, reply, reason)
