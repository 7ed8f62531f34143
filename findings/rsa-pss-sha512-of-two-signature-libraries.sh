#!/usr/bin/env bash
# A message that one library for HTTP message signatures signs with rsa-pss-sha512, read by another one.
#
# Versions     http-message-signatures 1.0.6 (npm, node 20), http-message-signatures 3.0.0 and cryptography 50.0.2 (PyPI)
# Expectation  RFC 9421, section 3.3.1: rsa-pss-sha512 has a salt of 64 bytes. What one library signs, the other verifies.
# Behaviour    The npm library signs with the longest salt that the key allows: 190 bytes for 2048 bits. The Python library
#              verifies with 64 bytes and refuses the signature. ecdsa-p256-sha256 and ed25519 have no such difference.
# Why it matters  A partner whose system has RSA keys and that npm library is refused by every platform that follows the RFC,
#              with nothing but "invalid signature" to go by. Keys of P-256 or Ed25519 avoid it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --no-package-lock --no-save --no-audit --no-fund --ignore-scripts --silent http-message-signatures@1.0.6
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'http-message-signatures==3.0.0' 'cryptography==50.0.2' 'requests==2.32.5'
cat > "$work/sign.cjs" <<'JS'
const { createSigner, httpbis } = require(process.argv[2] + "/node_modules/http-message-signatures");
const { generateKeyPairSync, constants, verify } = require("crypto");
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pairs = { "rsa-pss-sha512": rsa, ed25519: generateKeyPairSync("ed25519") };
(async () => {
  const signed = {};
  for (const [alg, { privateKey, publicKey }] of Object.entries(pairs)) {
    const { headers } = await httpbis.signMessage(
      { key: createSigner(privateKey, alg, alg), name: "sig", fields: ["@method", "@path"], params: ["created", "keyid", "alg"] },
      { method: "GET", url: "https://platform.example/v1/things", headers: {} },
    );
    signed[alg] = { headers, pem: publicKey.export({ type: "spki", format: "pem" }) };
  }
  const raw = await createSigner(rsa.privateKey, "rsa-pss-sha512").sign(Buffer.from("text"));
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const salts = [64, 190].map((saltLength) => verify("sha512", Buffer.from("text"), { key: rsa.publicKey, padding, saltLength }, raw));
  console.log(JSON.stringify({ signed, salts }));
})();
JS
node "$work/sign.cjs" "$work" > "$work/messages.json"
"$work/venv/bin/python" - "$work/messages.json" <<'PYTHON' | tee "$work/output"
import json
import sys

import requests
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, InvalidSignature, algorithms

messages = json.load(open(sys.argv[1]))
print("signature of the npm library, salt of 64 bytes:", messages["salts"][0])
print("signature of the npm library, salt of 190 bytes:", messages["salts"][1])


class Keys(HTTPSignatureKeyResolver):
    def resolve_public_key(self, key_id):
        return load_pem_public_key(messages["signed"][key_id]["pem"].encode())


for name, algorithm in (("ed25519", algorithms.ED25519), ("rsa-pss-sha512", algorithms.RSA_PSS_SHA512)):
    headers = messages["signed"][name]["headers"]
    request = requests.Request("GET", "https://platform.example/v1/things", headers=headers).prepare()
    try:
        HTTPMessageVerifier(signature_algorithm=algorithm, key_resolver=Keys()).verify(request)
        print(f"Python library, {name}: verified")
    except InvalidSignature as error:
        print(f"Python library, {name}: {type(error).__name__}")
PYTHON
diff "$work/output" - <<'SEEN'
signature of the npm library, salt of 64 bytes: False
signature of the npm library, salt of 190 bytes: True
Python library, ed25519: verified
Python library, rsa-pss-sha512: InvalidSignature
SEEN
echo "as described"
