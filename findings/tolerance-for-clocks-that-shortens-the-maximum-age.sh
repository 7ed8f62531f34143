#!/usr/bin/env bash
# A verifier of HTTP message signatures that allows for wrong clocks, and refuses more messages because of it.
#
# Versions     http-message-signatures 1.0.6 (npm, node 20)
# Expectation  verifyMessage takes `maxAge` and `tolerance`, both in seconds. RFC 9421, section 3.2, lets a verifier set a
#              maximum age; a tolerance for clocks that differ widens the time in which a signature is taken, so whatever
#              passes with tolerance 0 passes with a larger one.
# Behaviour    The tolerance widens the future end (a `created` ahead of the verifier's clock, an `expires` just over) and
#              narrows the past end: the oldest accepted signature is maxAge - tolerance seconds old. With both at 60,
#              a signature of 20 s is "too old"; with tolerance 0 it is verified. A `created` in the future is "too old" too.
# Why it matters  Whoever meets slow partners or wrong clocks and turns the tolerance up refuses more of them, with a message
#              that points at the partner. A webhook receiver loses hints that came through a queue.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --no-package-lock --no-save --no-audit --no-fund --ignore-scripts --silent http-message-signatures@1.0.6
cat > "$work/ages.cjs" <<'JS'
const { createSigner, createVerifier, httpbis } = require(process.argv[2] + "/node_modules/http-message-signatures");
const { generateKeyPairSync } = require("crypto");
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const keyLookup = async () => ({ id: "k1", algs: ["ed25519"], verify: createVerifier(publicKey, "ed25519") });

async function judged(age, maxAge, tolerance) {
  const request = { method: "GET", url: "https://platform.example/v1/things", headers: {} };
  const created = new Date(Date.now() - age * 1000);
  const key = createSigner(privateKey, "ed25519", "k1");
  const fields = ["@method", "@path"], params = ["created", "keyid", "alg"];
  const signed = await httpbis.signMessage({ key, name: "sig", fields, params, paramValues: { created } }, request);
  try {
    return (await httpbis.verifyMessage({ keyLookup, maxAge, tolerance }, signed)) ? "verified" : "not verified";
  } catch (error) {
    return error.message;
  }
}
(async () => {
  for (const [age, maxAge, tolerance] of [[20, 60, 0], [20, 60, 30], [20, 60, 60], [-20, 60, 0], [-20, 60, 30]])
    console.log(`age ${age} s, maxAge ${maxAge}, tolerance ${tolerance}: ${await judged(age, maxAge, tolerance)}`);
})();
JS
node "$work/ages.cjs" "$work" | tee "$work/output"
diff - "$work/output" <<'OUTPUT'
age 20 s, maxAge 60, tolerance 0: verified
age 20 s, maxAge 60, tolerance 30: verified
age 20 s, maxAge 60, tolerance 60: Signature is too old
age -20 s, maxAge 60, tolerance 0: Signature is too old
age -20 s, maxAge 60, tolerance 30: verified
OUTPUT
