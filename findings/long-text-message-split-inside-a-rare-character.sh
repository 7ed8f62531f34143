#!/usr/bin/env bash
# Long text messages in Chinese, cut into parts by an SMPP library.
#
# Versions     smpplib 2.2.4 (Python 3.11)
# Expectation  3GPP TS 23.040, 9.2.3.24.1: a UCS2 character, two octets, is not cut between two parts. A character beyond
#              the basic plane is two such units, as phones and gateways read it. The same care keeps these together:
#              each part decodes by itself, with 66 units instead of 67 where the last would be half a character.
# Behaviour    gsm.make_parts cuts after 134 octets whatever stands there. Where a character of CJK Extension B stands on
#              the border, one part ends with the first half of it and the next begins with the second; neither decodes.
# Why it matters  Such characters stand in the names of people and villages. A notice under the law that reaches the
#              phone with a broken name may be said not to name its addressee; a gateway that checks its input refuses
#              the part, and the message never becomes whole.
# The name below is made up.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'smpplib==2.2.4'
"$work/venv/bin/python" - <<'PYTHON' | tee "$work/output"
from smpplib import gsm

RARE = chr(0x20BB7)
HEADER = 6


def readable(before: int) -> str:
    """Whether each part of a message decodes, whose rare character comes after so many ordinary ones."""
    parts, _, _ = gsm.make_parts("示" * before + RARE + "民" * 20)
    told = []
    for part in parts:
        try:
            part[HEADER:].decode("utf-16-be")
            told.append("whole")
        except UnicodeDecodeError:
            told.append("broken")
    return ", ".join(told)


for before in (60, 65, 66, 67):
    print(f"after {before} characters: {readable(before)}")
PYTHON
cat > "$work/expected" <<'TEXT'
after 60 characters: whole, whole
after 65 characters: whole, whole
after 66 characters: broken, broken
after 67 characters: whole, whole
TEXT
diff "$work/expected" "$work/output" && echo "as found"
