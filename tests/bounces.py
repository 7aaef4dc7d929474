"""Mail as it comes back from a mail server."""

from subscribers.channels.email import verp

_BOUNCE = """\
Return-Path: <>
To: {to}
From: MAILER-DAEMON@mx.example.test
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.test

Final-Recipient: rfc822; reader@example.test
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic}

--b
Content-Type: message/rfc822

Subject: [Investigating] Card payments fail

Some card payments fail.
--b--
"""


def a_bounce(delivery_id: int, *, status="5.1.1", diagnostic="smtp; 550 5.1.1 No such user", action="failed") -> bytes:
    """A report of RFC 3464, to the address that our envelope named. Needs BOUNCE_ADDRESS."""
    to = verp.envelope_sender(delivery_id).decode()
    filled = _BOUNCE.format(to=to, status=status, diagnostic=diagnostic, action=action)
    return filled.replace("\n", "\r\n").encode()
