#!/usr/bin/env bash
# Time stamp tokens (RFC 3161) that carry the authority's chain, from one widespread program to another.
#
# Versions     rfc3161-client 1.0.9, with asn1crypto 1.5.1 beside it (Python 3.11); the tokens are made by the system's
#              openssl 3 with a root and a signer in `certs`
# Expectation  A client that asks for certificates (certReq) reads a token with any chain that the authority sends. RFC
#              5652, 5.1 and 12.1: the set of certificates is under no signature, and BER is allowed around what is
#              signed, so its order says nothing.
# Behaviour    openssl writes the signer first and then the others, in no order of their bytes. rfc3161-client refuses the
#              whole token as a badly ordered SET OF, unless the certificates happen to be sorted: here it takes the token
#              of an authority whose signer's certificate is shorter than the root, and refuses the same one with longer
#              names. The others read both.
# Why it matters  Whether tokens of an authority can be read depends on the length of its names, and may change with its
#              next certificate.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'rfc3161-client==1.0.9' 'asn1crypto==1.5.1'
cd "$work"
echo "a checkpoint" > message
openssl ts -query -data message -sha256 -cert -out question 2> /dev/null

make_token() { # name of the root, name of the signer, file of the answer
    openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 1 -subj "/CN=$1" 2> /dev/null
    openssl req -newkey rsa:2048 -nodes -keyout signer.key -out signer.csr -subj "/CN=$2" 2> /dev/null
    printf 'extendedKeyUsage = critical,timeStamping\nkeyUsage = critical,digitalSignature\n' > extensions
    openssl x509 -req -in signer.csr -CA root.pem -CAkey root.key -CAcreateserial -days 1 -extfile extensions \
        -out signer.pem 2> /dev/null
    cat > authority.cnf <<'TEXT'
[authority]
serial = ./serial
signer_cert = ./signer.pem
signer_key = ./signer.key
certs = ./root.pem
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
ess_cert_id_alg = sha256
TEXT
    echo 01 > serial
    openssl ts -reply -queryfile question -out "$3" -config authority.cnf -section authority 2> /dev/null
    openssl ts -verify -data message -in "$3" -CAfile root.pem > verdict 2> /dev/null
    echo "openssl reads it: $(tail -1 verdict)"
}
long=$(printf 'n%.0s' $(seq 60))
{
    echo "signer shorter than root"; make_token "$long" "s" short
    echo "signer longer than root"; make_token "r" "$long" long
    "$work/venv/bin/python" - <<'PYTHON'
from asn1crypto.tsp import TimeStampResp
from rfc3161_client import decode_timestamp_response

for name in ("short", "long"):
    answer = open(name, "rb").read()
    certificates = TimeStampResp.load(answer)["time_stamp_token"]["content"]["certificates"]
    print(f"{name}: asn1crypto reads {len(certificates)} certificates")
    try:
        decode_timestamp_response(answer)
        print(f"{name}: rfc3161-client reads it")
    except ValueError as error:
        print(f"{name}: rfc3161-client says", "SetOrdering" if "SetOrdering" in str(error) else error)
PYTHON
} | tee output
cat > expected <<'TEXT'
signer shorter than root
openssl reads it: Verification: OK
signer longer than root
openssl reads it: Verification: OK
short: asn1crypto reads 2 certificates
short: rfc3161-client reads it
long: asn1crypto reads 2 certificates
long: rfc3161-client says SetOrdering
TEXT
diff expected output && echo "as found"
