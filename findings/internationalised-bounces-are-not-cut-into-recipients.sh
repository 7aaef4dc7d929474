#!/usr/bin/env bash
# Python 3.11's email package (seen with 3.11.7), and flufl.bounce 4.0 (PyPI), which builds on it.
#
# RFC 6533 gives the delivery status report a second media type, message/global-delivery-status, for addresses and
# reasons outside ASCII: the same groups of fields, one for the message and one for each recipient. The parser cuts
# message/delivery-status into those groups; the global type it reads as a message with headers and a body: the fields
# of the first group are its headers, and those of every recipient are text. A reader of bounces built on it finds no
# recipient: flufl.bounce reports nothing. chasquid sends every bounce in this form. Our reading cuts it by itself
# (subscribers/channels/email/dsn.py).
#
# Seen:
#   delivery-status groups=2 recipients=1
#   global-delivery-status groups=1 recipients=0
set -euo pipefail
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install --quiet --disable-pip-version-check flufl.bounce==4.0
"$here/venv/bin/python" - >"$here/seen" <<'PYTHON'
from email import message_from_string

from flufl.bounce import all_failures

REPORT = """From: mailer-daemon@relay.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary=part

--part
Content-Type: text/plain

The message could not be delivered.

--part
Content-Type: message/{kind}

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; reader@example.com
Action: failed
Status: 5.1.1

--part--
"""
for kind in ("delivery-status", "global-delivery-status"):
    report = message_from_string(REPORT.format(kind=kind))
    groups = report.get_payload()[1].get_payload()
    print(f"{kind} groups={len(groups)} recipients={sum(map(len, all_failures(report)))}")
PYTHON
cat "$here/seen"
diff "$here/seen" <(sed -n '/^# Seen:/,/^set/s/^#   //p' "$0")
