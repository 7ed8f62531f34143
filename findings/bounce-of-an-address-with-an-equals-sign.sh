#!/usr/bin/env bash
# Delivery status notifications (RFC 3464, RFC 6533), as the package that mailing lists read bounces with sees them.
#
# Versions     flufl.bounce 6.0.0 (Python 3.11)
# Expectation  RFC 3464, 2.3.2: `Final-Recipient: rfc822; ADDRESS` holds one address, and no parameters of MIME. `=` is an
#              ordinary character of a local part (RFC 5322 3.2.3). RFC 6533 3: a report on internationalized mail is a
#              part message/global-delivery-status with the same fields; an ASCII address in it is an ASCII address.
# Behaviour    The field is read as MIME parameters: of li+a=b@example.com the permanent failure of `li+a` is reported,
#              an address without its domain. A report in the part of RFC 6533 reports nobody, whatever its address is.
# Why it matters  Addresses with `=` are what variable return paths and relays write. A sender that stops writing to
#              "whom the package names" goes on writing to the dead address, and may block a stranger.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'flufl.bounce==6.0.0'
"$work/venv/bin/python" - <<'PYTHON' | tee "$work/output"
from email import message_from_string

from flufl.bounce import all_failures

REPORT = """From: MAILER-DAEMON@mx.example
To: bounces@agency.example
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary=b

--b
Content-Type: text/plain

Not delivered.

--b
Content-Type: message/{kind}

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1

--b--
"""

for kind in ("delivery-status", "global-delivery-status"):
    for address in ("li@example.com", "li+a=b@example.com"):
        _, permanent = all_failures(message_from_string(REPORT.format(kind=kind, address=address)))
        print(f"{kind} {address}: {sorted(each.decode() for each in permanent)}")
PYTHON
cat > "$work/expected" <<'TEXT'
delivery-status li@example.com: ['li@example.com']
delivery-status li+a=b@example.com: ['li+a']
global-delivery-status li@example.com: []
global-delivery-status li+a=b@example.com: []
TEXT
diff "$work/expected" "$work/output" && echo "as found"
