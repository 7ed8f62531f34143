// Signed calls and signed answers (RFC 9421), with digests of their bodies (RFC 9530).
//
// The library builds the bases and checks the bytes. What must be covered is decided here: an answer binds its status, its
// body and its receipt to the call, the signature of the call included. The library's `requiredFields` does not tell
// "content-digest" of the answer from that of the call, and with two signatures it looks at the last one alone. So an
// answer has exactly one signature here, and its components are read from the header.

import { createHash, createPublicKey, randomBytes, verify as verifyBytes } from "node:crypto";
import { httpbis } from "http-message-signatures";
import type { PrivateKey } from "./keys.js";
import { AnswerNotVerified } from "./problems.js";
import type { AnswerKey } from "./settings.js";

/** A call as it is signed: `url` lies under the platform's public origin. Names of headers are in lower case. */
export interface Call {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: Buffer;
}

const LASTS_MS = 120_000;
const FIELDS = [
  "content-type",
  "content-digest",
  "idempotency-key",
  "mingzheng-agreement",
  "mingzheng-purpose",
  "mingzheng-case",
  "mingzheng-on-behalf-of",
];
const OWN = ["content-type", "content-digest", "mingzheng-receipt", "mingzheng-fields-withheld"];
const OF_CALL = ['"@method";req', '"@authority";req', '"@path";req', '"@query";req', '"signature";req;key="partner"'];
const ONE_SIGNATURE = /^platform=\(((?:"[^"]+"(?:;[a-z]+(?:="[^"]*")?)* ?)*)\)((?:;[a-z]+=(?:"[^"]*"|\d+))*)$/;

/** `body` as a Content-Digest field. */
export function digestField(body: Uint8Array): string {
  return `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
}

/** The components that a signature of `call` can cover, all of which a careful one covers. */
export function present(call: Call): string[] {
  const query = call.url.includes("?") ? ["@query"] : [];
  return ["@method", "@authority", "@path", ...query, ...FIELDS.filter((name) => name in call.headers)];
}

/** `call` with Signature-Input and Signature, under a nonce that was never used. `at` is on the platform's clock. */
export async function signed(call: Call, key: PrivateKey, fields: string[], at: Date): Promise<Call> {
  const config = {
    key: { id: key.kid, alg: key.algorithm, sign: async (base: Buffer) => key.sign(base) },
    name: "partner",
    fields,
    params: ["created", "expires", "nonce", "keyid", "tag"],
    paramValues: {
      created: at,
      expires: new Date(at.getTime() + LASTS_MS),
      nonce: randomBytes(24).toString("base64url"),
      tag: "mingzheng-req-v1",
    },
  };
  const { headers } = await httpbis.signMessage(config, { method: call.method, url: call.url, headers: call.headers });
  const plain = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return { ...call, headers: Object.fromEntries(plain) as Record<string, string> };
}

/** The platform said exactly this in answer to exactly this call. Throws AnswerNotVerified. */
export async function verify(call: Call, status: number, headers: Headers, body: Buffer, key: AnswerKey | undefined): Promise<void> {
  const parts = ONE_SIGNATURE.exec(headers.get("signature-input") ?? "");
  if (parts === null || !parts[2]?.includes(';tag="mingzheng-res-v1"')) throw new AnswerNotVerified(status, "it has another form of signature");
  const own = OWN.filter((name) => headers.has(name)).map((name) => `"${name}"`);
  const sent = "content-digest" in call.headers ? ['"content-digest";req'] : [];
  const covered = parts[1]?.split(" ") ?? [];
  const missing = ['"@status"', ...own, ...OF_CALL, ...sent].filter((name) => !covered.includes(name));
  if (missing.length > 0) throw new AnswerNotVerified(status, `its signature does not cover ${missing.join(" ")}`);
  if (headers.get("content-digest") !== digestField(body)) throw new AnswerNotVerified(status, "its digest is of another body");
  if (key === undefined) throw new AnswerNotVerified(status, "its key is not one of the platform");
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: key.x }, format: "jwk" });
  const keyLookup = async () => ({
    id: key.kid,
    algs: ["ed25519"],
    verify: async (base: Buffer, signature: Buffer) => verifyBytes(null, base, publicKey, signature),
  });
  // An answer is bound to a call with a fresh nonce. Its age says nothing more, and our clock may be wrong.
  const config = { keyLookup, notAfter: Number.MAX_SAFE_INTEGER, requiredParams: ["created", "keyid", "tag"] };
  const holds = await httpbis
    .verifyMessage(config, { status, headers: Object.fromEntries(headers) }, { method: call.method, url: call.url, headers: call.headers })
    .catch((error: unknown) => String(error));
  if (holds !== true) throw new AnswerNotVerified(status, typeof holds === "string" ? holds : "its signature does not hold");
}

/** The id of the key that signed an answer. */
export function keyIdOf(headers: Headers): string | undefined {
  return /;keyid="([^"]+)"/.exec(headers.get("signature-input") ?? "")?.[1];
}
