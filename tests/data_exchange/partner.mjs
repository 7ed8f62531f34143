// A partner's system that knows RFC 9421 from the library http-message-signatures alone.
// node partner.mjs <settings.json>: asks for a token, makes the calls, verifies each answer, prints what it saw.
import { createHash, createPrivateKey, createPublicKey, randomBytes, randomUUID, sign, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createRequire } from "node:module";

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { httpbis } = createRequire(settings.modules + "/")("http-message-signatures");
const key = createPrivateKey(settings.key);
const { kty, crv, x } = createPublicKey(key).export({ format: "jwk" });
const seconds = () => Math.floor(Date.now() / 1000);
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function token(header, claims) {
  const signed = `${encoded({ alg: "EdDSA", ...header })}.${encoded(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
}

function proof(method, path, access) {
  const claims = { jti: randomUUID(), htm: method, htu: settings.origin + path, iat: seconds() };
  if (access) claims.ath = createHash("sha256").update(access).digest("base64url");
  return token({ typ: "dpop+jwt", jwk: { kty, crv, x } }, claims);
}

// The platform listens at another port than its public address names: the Host is no part of what is signed.
function send(method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const call = request({ host: "127.0.0.1", port: settings.port, method, path, headers }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }));
    });
    call.on("error", reject);
    call.end(body);
  });
}

async function access() {
  const claims = { iss: settings.application, sub: settings.application, aud: settings.origin, exp: seconds() + 60, jti: randomUUID() };
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: token({ kid: settings.kid }, claims),
    authorization_details: settings.details,
  }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded", "content-length": form.length, dpop: proof("POST", "/oauth2/token") };
  return JSON.parse((await send("POST", "/oauth2/token", headers, form)).body).access_token;
}

const digest = (body) => `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;

async function signed(method, path, order, nonce = randomBytes(18).toString("base64url")) {
  const body = order ? Buffer.from(JSON.stringify(order)) : Buffer.alloc(0);
  const headers = { "mingzheng-agreement": settings.agreement, "mingzheng-purpose": settings.purpose };
  const fields = ["@method", "@authority", "@path", "mingzheng-agreement", "mingzheng-purpose"];
  if (path.includes("?")) fields.push("@query");
  if (order) {
    Object.assign(headers, { "content-type": "application/json", "content-digest": digest(body), "idempotency-key": randomUUID() });
    fields.push("content-type", "content-digest", "idempotency-key");
  }
  const config = {
    key: { id: settings.kid, alg: "ed25519", sign: async (data) => sign(null, data, key) },
    name: "partner",
    fields,
    params: ["created", "expires", "nonce", "keyid", "tag"],
    paramValues: { expires: new Date(Date.now() + 60_000), nonce, tag: "mingzheng-req-v1" },
  };
  return { message: await httpbis.signMessage(config, { method, url: settings.origin + path, headers }), body, path };
}

async function call({ message, body, path }, bearer) {
  const bare = path.split("?")[0];
  const headers = { ...message.headers, authorization: `DPoP ${bearer}`, dpop: proof(message.method, bare, bearer), "content-length": body.length };
  return await send(message.method, path, headers, body);
}

async function holds(answer, { message }) {
  const keys = JSON.parse((await send("GET", "/v1/public/answer-keys", {})).body).keys;
  const keyLookup = async ({ keyid }) => {
    const publicKey = createPublicKey({ key: keys.find((each) => each.kid === keyid), format: "jwk" });
    return { id: keyid, algs: ["ed25519"], verify: async (data, signature) => verify(null, data, publicKey, signature) };
  };
  const response = { status: answer.status, headers: answer.headers };
  const verified = await httpbis.verifyMessage({ keyLookup, requiredParams: ["created", "keyid", "tag"] }, response, message);
  return verified === true && answer.headers["content-digest"] === digest(answer.body);
}

const bearer = await access();
const seen = [];
for (const [method, path, order] of settings.calls) {
  const sent = await signed(method, path, order);
  const answer = await call(sent, bearer);
  seen.push({ status: answer.status, verified: await holds(answer, sent), code: JSON.parse(answer.body).code ?? null });
  const again = await call(sent, bearer);
  seen.push({ status: again.status, verified: await holds(again, sent), code: JSON.parse(again.body).code ?? null });
}
console.log(JSON.stringify(seen));
