#!/usr/bin/env bash
# Time stamp tokens (RFC 3161) of an authority that states fractions of a second.
#
# Versions     rfc3161-client 1.0.9, with rfc3161ng 2.1.3 and asn1crypto 1.5.1 beside it (Python 3.11); the tokens are
#              made by the system's openssl with clock_precision_digits = 3
# Expectation  RFC 3161, 2.4.2: genTime may have fractions of a second, and a client must be able to read them. The time
#              that a reader gives is the time in the token, or it says that it cannot read it.
# Behaviour    tst_info.gen_time ends at the whole second, without an error: always earlier than what the authority
#              states, by up to a second. The two others give the fraction.
# Why it matters  A token proves that something existed at genTime, and not before. A reader that cuts the fraction says
#              that it existed up to a second earlier than anybody vouches for; where two events of one second are
#              compared, their order can turn round.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    'rfc3161-client==1.0.9' 'rfc3161ng==2.1.3' 'asn1crypto==1.5.1'
cd "$work"
cat > authority.cnf <<'TEXT'
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = An authority
[extensions]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[authority]
serial = ./serial
signer_cert = ./certificate.pem
signer_key = ./key.pem
certs = ./certificate.pem
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
ess_cert_id_alg = sha256
clock_precision_digits = 3
TEXT
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 1 -config authority.cnf 2> /dev/null
echo 01 > serial
echo "a checkpoint" > message
openssl ts -query -data message -sha256 -cert -out question 2> /dev/null
# A token whose fraction is zero would show nothing: one in a thousand.
for attempt in 1 2 3 4 5; do
    openssl ts -reply -queryfile question -out answer -config authority.cnf -section authority 2> /dev/null
    if openssl ts -reply -in answer -text 2> /dev/null | grep -q '^Time stamp: .*\.[0-9]'; then break; fi
done
"$work/venv/bin/python" - <<'PYTHON' | tee "$work/output"
import rfc3161ng
from asn1crypto.tsp import TimeStampResp
from rfc3161_client import decode_timestamp_response

answer = open("answer", "rb").read()
token = TimeStampResp.load(answer)["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
stated = token["gen_time"].native
second = rfc3161ng.get_timestamp(rfc3161ng.decode_timestamp_response(answer).time_stamp_token, naive=False)
first = decode_timestamp_response(answer).tst_info.gen_time
print("asn1crypto has a fraction:", stated.microsecond > 0)
print("rfc3161ng gives the same time:", second == stated)
print("rfc3161-client gives the same time:", first == stated)
print("rfc3161-client gives the second before:", first == stated.replace(microsecond=0))
PYTHON
cat > expected <<'TEXT'
asn1crypto has a fraction: True
rfc3161ng gives the same time: True
rfc3161-client gives the same time: False
rfc3161-client gives the second before: True
TEXT
diff expected output && echo "as found"
