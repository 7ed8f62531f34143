#!/usr/bin/env bash
# Two components of RFC 9421 as the npm library for HTTP message signatures writes them into the signature base.
#
# Version      http-message-signatures 1.0.6 (npm), node 20
# Expectation  Section 2.2.8: the value of "@query-param" is percent-encoded with the set of application/x-www-form-urlencoded,
#              so an apostrophe, parentheses, a tilde and an exclamation mark are %27, %28, %29, %7E and %21, and * stays.
#              Section 2.1.2 and RFC 9651: a member of a dictionary without a value is the boolean true, written ?1.
# Behaviour    The parameter is encoded as encodeURIComponent does: those characters stay as they are. The member of a
#              dictionary is ?1 where another member has a value ("u=1, i"); where all are bare ("i", as in the field
#              Priority of RFC 9218) the field is refused as no dictionary.
# Why it matters  A signature over such a parameter is refused by whoever encodes as the RFC says, for some values alone; covering
#              "@query" as a whole avoids both.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work" --no-package-lock --no-save --no-audit --no-fund --ignore-scripts --silent http-message-signatures@1.0.6
cat > "$work/base.cjs" <<'JS'
const { httpbis } = require(process.argv[2] + "/node_modules/http-message-signatures");
const base = (field, query, headers) =>
  httpbis.createSignatureBase({ fields: [field] }, { method: "GET", url: `https://platform.example/?${query}`, headers })[0][1][0];
for (const value of ["it's", "(a)", "a~b", "a!b", "a*b"]) {
  console.log(`${value} is ${base('"@query-param";name="q"', `q=${encodeURIComponent(value)}`, {})}`);
}
for (const priority of ["u=1, i", "i"]) {
  try {
    console.log(`priority: ${priority} gives ${base('"priority";key="i"', "", { priority })}`);
  } catch (error) {
    console.log(`priority: ${priority} gives ${error.message}`);
  }
}
JS
node "$work/base.cjs" "$work" | tee "$work/output"
diff "$work/output" - <<'SEEN'
it's is it's
(a) is (a)
a~b is a~b
a!b is a!b
a*b is a*b
priority: u=1, i gives ?1
priority: i gives Unable to parse header as dictionary
SEEN
echo "as described"
