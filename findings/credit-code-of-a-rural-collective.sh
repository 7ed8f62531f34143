#!/usr/bin/env bash
# Unified social credit codes that begin with a letter, in a validator.
#
# Versions     python-stdnum 2.2 (Python 3.11)
# Expectation  GB 32100-2015, 4.2: the first character names the registering department and the second the kind of body,
#              each a digit or a capital letter; the six after them are digits. Agriculture registers rural collectives
#              under N, and Y stands for others. A code whose last character is right by 4.3 is valid.
# Behaviour    stdnum.cn.uscc asks for eight digits at the front and refuses such a code as InvalidFormat, although its
#              own calc_check_digit computes the character that the code ends with. A second character that is a letter
#              is refused for the same reason.
# Why it matters  Village collectives own vehicles, yards and building sites: as parties of a case they could not be
#              entered.
# The codes below are made up.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'python-stdnum==2.2'
"$work/venv/bin/python" - <<'PYTHON' | tee "$work/output"
from stdnum.cn import uscc

WEIGHTS, DIGITS = [3**place % 31 for place in range(17)], "0123456789ABCDEFGHJKLMNPQRTUWXY"


def last(body: str) -> str:
    """The check character as the standard computes it."""
    return DIGITS[-sum(weight * DIGITS.index(one) for weight, one in zip(WEIGHTS, body)) % 31]


for name, front in (("company", "91"), ("rural collective", "N2"), ("others", "Y1"), ("kind in a letter", "1A")):
    body = f"{front}330102MF0000001"
    assert last(body) == uscc.calc_check_digit(body)
    try:
        print(f"{name}, {front}…: valid {bool(uscc.validate(body + last(body)))}")
    except Exception as error:
        print(f"{name}, {front}…: {type(error).__name__}")
PYTHON
cat > "$work/expected" <<'TEXT'
company, 91…: valid True
rural collective, N2…: InvalidFormat
others, Y1…: InvalidFormat
kind in a letter, 1A…: InvalidFormat
TEXT
diff "$work/expected" "$work/output" && echo "as found"
