#!/usr/bin/env bash
# flufl.bounce 4.0 (PyPI), the bounce reader that came out of Mailman.
#
# A delivery status report (RFC 3464) says in `Status` what failed: X.2.2 is a full mailbox, X.7.1 a policy about the
# sender, X.4.1 a server that gave no answer; RFC 3463 says of each that the address itself may be fine. One would
# expect these among the temporary failures, or told apart. The reader looks at `Action` alone: whatever is "failed" is
# permanent, whatever is "delayed" temporary. Whoever removes subscribers by it removes those with a full mailbox, and
# everybody when a policy refuses the sender. Our own reading is subscribers/channels/email/dsn.py.
#
# Seen:
#   5.1.1 failed permanent
#   5.2.2 failed permanent
#   5.7.1 failed permanent
#   4.4.1 failed permanent
#   4.4.1 delayed temporary
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
Content-Type: multipart/report; report-type=delivery-status; boundary=part

--part
Content-Type: text/plain

The message could not be delivered.

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; reader@example.com
Action: {action}
Status: {status}

--part--
"""
for status, action in [("5.1.1", "failed"), ("5.2.2", "failed"), ("5.7.1", "failed"), ("4.4.1", "failed"), ("4.4.1", "delayed")]:
    temporary, permanent = all_failures(message_from_string(REPORT.format(status=status, action=action)))
    print(status, action, "temporary" if temporary else "permanent" if permanent else "unseen")
PYTHON
cat "$here/seen"
diff "$here/seen" <(sed -n '/^# Seen:/,/^set/s/^#   //p' "$0")
