// The wire of a partner's system: Node, its standard library, and http-message-signatures for what is signed by RFC 9421.
//
//   order ─▶ token (RFC 7523) ─▶ signature (RFC 9421) ─▶ DPoP proof (RFC 9449) ─▶ answer ─▶ its signature, its digest
//
// The library does not tell "content-digest" of an answer from that of its request. So the components that an answer
// must cover are compared with its Signature-Input here.
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, randomUUID, sign, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

export const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { httpbis } = createRequire(settings.modules + "/")("http-message-signatures");

const LASTS_MS = 60_000;
const KEY_KNOWN_AFTER_S = 12;
const WRONG_CLOCK = ["DX_CREATED_IN_FUTURE", "DX_SIGNATURE_EXPIRED", "DPOP_TIME_WRONG"];
const AGAIN = ["SERVICE_UNAVAILABLE", "DX_LEDGER_BEHIND", "DX_KEYS_STALE"];
const OWN = ["content-type", "content-digest", "mingzheng-receipt", "mingzheng-fields-withheld"];
const OF_REQUEST = ['"@method";req', '"@authority";req', '"@path";req', '"@query";req', '"signature";req;key="partner"'];

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const digest = (body) => `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;

/** A key pair of the system. The private half is in this process alone. */
export class Key {
  constructor(kid) {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const { kty, crv, x } = publicKey.export({ format: "jwk" });
    Object.assign(this, { kid, members: { kty, crv, x }, sign: (bytes) => sign(null, Buffer.from(bytes), privateKey) });
  }

  token(header, claims) {
    const text = `${encoded({ alg: "EdDSA", ...header })}.${encoded(claims)}`;
    return `${text}.${this.sign(text).toString("base64url")}`;
  }
}

// The platform listens at another port than its public address names: the Host is no part of what is signed.
function send(method, path, headers, body = Buffer.alloc(0)) {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: settings.port, method, path, headers: { ...headers, "content-length": body.length } };
    const call = request(options, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => {
        const bytes = Buffer.concat(chunks);
        resolve({ status: answer.statusCode, headers: answer.headers, bytes, json: JSON.parse(bytes) });
      });
    });
    call.on("error", reject);
    call.end(body);
  });
}

/** One system with one key, under the agreement and the purpose of the settings. */
export class Partner {
  offsetMs = 0; // how far the platform's clock is ahead of ours
  verified = 0;
  unsigned = [];
  refusals = [];

  constructor(key) {
    this.key = key;
  }

  get(path, options) {
    return this.call("GET", path, options);
  }

  post(path, order, options) {
    return this.call("POST", path, { order, ...options });
  }

  /** A refusal that time or a repeat mends is mended here: each attempt has a new signature, all have one Idempotency-Key. */
  async call(method, path, { order, attempts = 5, ...options } = {}) {
    const idempotencyKey = randomUUID();
    for (let attempt = 1; ; attempt++) {
      const answer = await this.give(await this.signed(method, path, order, { idempotencyKey, ...options }));
      if (answer.status < 400) return answer;
      this.refusals.push(answer.json.code);
      if (attempt === attempts || !this.mends(answer.json)) return answer;
      await sleep(1000 * Number(answer.headers["retry-after"] ?? 0));
    }
  }

  mends({ code, facts }) {
    if (!WRONG_CLOCK.includes(code)) return AGAIN.includes(code);
    this.offsetMs = Date.parse(facts.server_time) - Date.now();
    return true;
  }

  /** A signed call. `left`, `expires` and `authority` make it a faulty one. */
  async signed(method, path, order, { idempotencyKey = randomUUID(), left, expires, authority = settings.origin } = {}) {
    const body = order ? Buffer.from(JSON.stringify(order)) : undefined;
    const headers = { "mingzheng-agreement": settings.agreement, "mingzheng-purpose": settings.purpose };
    if (method !== "GET") headers["idempotency-key"] = idempotencyKey;
    if (body) Object.assign(headers, { "content-type": "application/json", "content-digest": digest(body) });
    const derived = ["@method", "@authority", "@path", ...(path.includes("?") ? ["@query"] : [])];
    const fields = [...derived, ...Object.keys(headers)].filter((name) => name !== left);
    const created = new Date(expires === undefined ? this.now() : expires - LASTS_MS);
    const config = {
      key: { id: this.key.kid, alg: "ed25519", sign: async (base) => this.key.sign(base) },
      name: "partner",
      fields,
      params: ["created", "expires", "nonce", "keyid", "tag"],
      paramValues: {
        created,
        expires: new Date(created.getTime() + LASTS_MS),
        nonce: randomBytes(18).toString("base64url"),
        tag: "mingzheng-req-v1",
      },
    };
    const message = await httpbis.signMessage(config, { method, url: authority + path, headers });
    return { message: { ...message, url: settings.origin + path }, path, body };
  }

  /** The answer to a signed call, once its signature holds. The gateway's own refusals have none. */
  async give(sent) {
    const { message, path, body } = sent;
    this.bearer ??= await this.access();
    const headers = { ...message.headers, authorization: `DPoP ${this.bearer}`, dpop: this.proof(message.method, path, this.bearer) };
    const answer = await send(message.method, path, headers, body);
    if (answer.headers["mingzheng-error-source"] === "gateway" && answer.status >= 400) this.unsigned.push(answer.json.code);
    else if (await holds(answer, sent)) this.verified++;
    else throw new Error(`${message.method} ${path}: the answer ${answer.status} is not what the platform signed`);
    return answer;
  }

  async access(attempt = 1) {
    const id = settings.application;
    const claims = { iss: id, sub: id, aud: settings.origin, exp: this.seconds() + 60, jti: randomUUID() };
    const details = { type: "mingzheng_exchange", agreement_id: settings.agreement, purpose_id: settings.purpose };
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: this.key.token({ kid: this.key.kid }, claims),
      authorization_details: JSON.stringify([details]),
    });
    const headers = { "content-type": "application/x-www-form-urlencoded", dpop: this.proof("POST", "/oauth2/token") };
    const answer = await send("POST", "/oauth2/token", headers, Buffer.from(form.toString()));
    if (answer.status === 200) return answer.json.access_token;
    // The issuer learns of a new key within ten seconds.
    if (answer.json.code !== "ASSERTION_KEY_UNKNOWN" || attempt === KEY_KNOWN_AFTER_S) throw new Error(`no token: ${answer.bytes}`);
    await sleep(1000);
    return await this.access(attempt + 1);
  }

  proof(method, path, access) {
    const claims = { jti: randomUUID(), htm: method, htu: settings.origin + path.split("?")[0], iat: this.seconds() };
    if (access) claims.ath = createHash("sha256").update(access).digest("base64url");
    return this.key.token({ typ: "dpop+jwt", jwk: this.key.members }, claims);
  }

  now() {
    return Date.now() + this.offsetMs;
  }

  seconds() {
    return Math.floor(this.now() / 1000);
  }
}

let published;

/** Whether the platform signed this answer, all of it, to exactly this call. */
export async function holds(answer, { message }) {
  published ??= (await send("GET", "/v1/public/answer-keys", {})).json.keys;
  const input = answer.headers["signature-input"] ?? "";
  const covered = /^platform=\(([^()]*)\);/.exec(input)?.[1].split(" ") ?? [];
  const own = OWN.filter((name) => name in answer.headers).map((name) => `"${name}"`);
  const sent = "content-digest" in message.headers ? ['"content-digest";req'] : [];
  if (!['"@status"', '"content-digest"', ...own, ...OF_REQUEST, ...sent].every((name) => covered.includes(name))) return false;
  const keyLookup = async ({ keyid }) => {
    const key = createPublicKey({ key: published.find((each) => each.kid === keyid), format: "jwk" });
    return { id: keyid, algs: ["ed25519"], verify: async (base, signature) => verify(null, base, key, signature) };
  };
  // The answer is bound to a call with a fresh nonce: its age says nothing more, and our own clock may be the wrong one.
  const config = { keyLookup, requiredParams: ["created", "keyid", "tag"], notAfter: Number.MAX_SAFE_INTEGER };
  const verdict = await httpbis.verifyMessage(config, { status: answer.status, headers: answer.headers }, message);
  return verdict === true && input.includes(';tag="mingzheng-res-v1"') && answer.headers["content-digest"] === digest(answer.bytes);
}
