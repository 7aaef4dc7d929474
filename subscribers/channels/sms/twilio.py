"""Twilio's wire format, which several other gateways speak too."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from xml.sax.saxutils import escape

from .. import Failed, Outcome, Refused, Sent
from ..message import OutgoingMessage
from ..reports import Event, Report
from ..verdicts import Verdict
from . import callbacks
from .gateway import GatewayAnswer, Reply, Said, basic, by_status

# https://www.twilio.com/docs/api/errors
_BAD_NUMBER = {
    21211: "not a phone number",
    21217: "not a phone number",
    21265: "the number is a short code",
    21610: "the owner answered STOP",
    21614: "not a mobile number",
}
_PERMANENT = {
    21214: "the number cannot be reached",
    21602: "the text is empty",
    21612: "no route from our number to this one",
    21617: "the text is too long",
}
# What the account may do, but perhaps not for every number: put off until somebody allows it.
_NOT_ALLOWED = {
    21219: "a trial account reaches verified numbers only",
    21408: "SMS to this region is not enabled",
    21606: "our number cannot write to this one, or to none",
    21608: "a trial account reaches verified numbers only",
}
_OURS = {
    20003: "wrong account or token",
    20005: "the account is not active",
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
# Of a message that it took: what the network said later.
_LATER = {
    30002: "the account is suspended",
    30003: "the phone cannot be reached",
    30004: "the phone refuses messages",
    30005: "no such number",
    30006: "a landline, or a network that takes no SMS",
    30007: "the network took it for spam",
    30008: "for a reason that the network keeps to itself",
    30032: "our number is not verified",
    30034: "our number is not registered for such messages",
}
_VERDICTS = {
    **dict.fromkeys((*_BAD_NUMBER, 30005, 30006), Verdict.ADDRESS_DEAD),
    21610: Verdict.OWNER_STOPPED,
    **dict.fromkeys((21214, 21612, 30003, 30004), Verdict.ADDRESS_UNWELL),
    **dict.fromkeys((*_NOT_ALLOWED, *_OURS, 30002, 30032, 30034), Verdict.WE_ARE_REFUSED),
    **dict.fromkeys((21602, 21617, 30007), Verdict.CONTENT_REFUSED),
}
_FULL_WAIT = timedelta(seconds=30)


def verdict_of_code(code: int) -> Verdict:
    """Return the verdict on one of its error codes."""
    return _VERDICTS.get(code, Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Twilio:
    signs = True
    taken = None

    base: str
    account: str
    token: str
    sender: str

    @property
    def url(self) -> str:
        return f"{self.base}/2010-04-01/Accounts/{self.account}/Messages.json"

    def request(self, message: OutgoingMessage) -> dict[str, Any]:
        sender = {"MessagingServiceSid" if self.sender.startswith("MG") else "From": self.sender}
        fields = {"To": message.to, "Body": message.text, **sender}
        if callbacks.are_reachable():
            fields["StatusCallback"] = callbacks.address_of(message.delivery_id)
        return {"method": "POST", "url": self.url, "headers": basic(self.account, self.token), "data": fields}

    def outcome(self, message: OutgoingMessage, reply: Reply) -> Outcome:
        found = reply.json()
        if reply.is_success:
            return Sent(message.delivery_id, str(found.get("sid", "")))
        code: int = found.get("code") or 0
        reason = f"{code or reply.status}: {found.get('message') or reply.text()}"
        if code in _OURS:
            raise Refused(f"{_OURS[code]} ({reason})")
        if words := _BAD_NUMBER.get(code) or _PERMANENT.get(code):
            return Failed(message.delivery_id, f"{words} ({reason})", permanent=True, verdict=_VERDICTS[code])
        if code in _NOT_ALLOWED:
            return Failed(message.delivery_id, f"{_NOT_ALLOWED[code]} ({reason})", verdict=Verdict.WE_ARE_REFUSED)
        if code in _FULL and reply.status != 429:
            return Failed(message.delivery_id, f"{_FULL[code]} ({reason})", retry_after=_FULL_WAIT)
        return by_status(message, reply, reason)

    def is_genuine(self, url: str, fields: Mapping[str, str], signature: str) -> bool:
        """Check X-Twilio-Signature: https://www.twilio.com/docs/usage/webhooks/webhooks-security"""
        signed = url + "".join(name + fields[name] for name in sorted(fields))
        expected = b64encode(hmac.digest(self.token.encode(), signed.encode(errors="surrogatepass"), "sha1"))
        return hmac.compare_digest(expected, signature.encode())

    def report(self, fields: Mapping[str, str], delivery_id: int) -> Report | None:
        status, sid = fields.get("MessageStatus", ""), fields.get("MessageSid", "")
        if status == "delivered":
            return Report(delivery_id, Event.DELIVERED, provider_id=sid)
        if status not in ("failed", "undelivered"):
            return None  # accepted, queued, sending, sent
        event = Event.FAILED if status == "failed" else Event.BOUNCED
        code = fields.get("ErrorCode", "")
        number = int(code) if code.isdecimal() and code.isascii() else 0
        words = (_LATER | _BAD_NUMBER | _PERMANENT | _NOT_ALLOWED).get(number, status)
        reason = f"{words} ({code})" if code else words
        return Report(delivery_id, event, reason, sid, verdict_of_code(number))

    def said(self, fields: Mapping[str, str]) -> Said:
        name = fields.get("MessageSid", "")
        return Said(fields.get("From", ""), fields.get("Body", ""), "OptOutType" in fields, name)

    def answer(self, text: str) -> GatewayAnswer:
        body = f"<Message>{escape(text)}</Message>" if text else ""
        return GatewayAnswer("text/xml", f'<?xml version="1.0" encoding="UTF-8"?><Response>{body}</Response>')
