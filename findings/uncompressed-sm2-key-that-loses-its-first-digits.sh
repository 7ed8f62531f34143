#!/usr/bin/env bash
# Public SM2 keys in the uncompressed form (04 || X || Y), as a well-known SM2 package for Python reads them.
#
# Versions     gmssl 3.2.2 (Python 3.11)
# Expectation  The form of GB/T 32918.1 4.2.9 and SEC 1 2.3.3: the octet 04 says that X and Y follow. A key in this form
#              and the same key without the octet verify the same signatures.
# Behaviour    The package strips every leading 0 and 4 of the hex text, not one octet. Where X begins with the digit 0
#              or 4, one key of eight, X loses digits: a right signature is then refused, by an error about numbers or
#              by False. The same key without the prefix works, but for one whose X begins with 04 itself: there the
#              digits of X are taken for the octet. Seven keys of eight work in both forms.
# Why it matters  An enrolment that was tried with one or two devices works, and every eighth device then fails.
#              Certificates and key files hold the form with the prefix.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'gmssl==3.2.2'
"$work/venv/bin/python" - <<'PYTHON' | tee "$work/output"
from gmssl.sm2 import CryptSM2, default_ecc_table

MESSAGE, NONCE = b"a capture", "59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21"


def verifies(key: str, signature: str) -> str:
    try:
        return str(bool(CryptSM2(private_key="", public_key=key).verify_with_sm3(signature, MESSAGE)))
    except Exception as error:
        return type(error).__name__


seen = {"affected": [], "others": []}
for scalar in range(1, 129):
    private = f"{scalar:064x}"
    public = CryptSM2(private_key=private, public_key="")._kg(scalar, default_ecc_table["g"])
    signature = CryptSM2(private_key=private, public_key=public).sign_with_sm3(MESSAGE, NONCE)
    group = "affected" if public[0] in "04" else "others"
    seen[group].append((verifies(public, signature), verifies("04" + public, signature)))
for group, answers in seen.items():
    bare = sum(answer == "True" for answer, _ in answers)
    prefixed = sum(answer == "True" for _, answer in answers)
    print(f"{group}: {len(answers)} keys; verified without the prefix {bare}, with it {prefixed}")
PYTHON
diff "$work/output" - <<'SEEN'
affected: 12 keys; verified without the prefix 11, with it 0
others: 116 keys; verified without the prefix 116, with it 116
SEEN
echo "as described"
