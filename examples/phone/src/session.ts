// A session: short access tokens bound to a key that never leaves the phone (RFC 9449), and a refresh token that buys once.

import { createHash, randomUUID, webcrypto } from "node:crypto";
import type { components } from "./schema.js";

export type Models = components["schemas"];
type Tokens = Models["PartySessionView"];

/** Where the platform is: `origin` is what proofs name, `connect` where a test reaches it. */
export interface Platform { origin: string; connect?: string }

export class Session {
  private until = 0;
  private renewing: Promise<void> | undefined;

  private constructor(
    private readonly platform: Platform,
    private readonly keys: webcrypto.CryptoKeyPair,
    private tokens: Tokens,
  ) {
    this.keep(tokens);
  }

  /** A new session by the secret of a client of the demo; a city's identity provider takes the place of that secret. */
  static async signIn(platform: Platform, id: string, secret: string): Promise<Session> {
    // Not extractable: on a phone the key lies in the keystore.
    const keys = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    const form = { grant_type: "client_credentials", scope: "offline_access", client_id: id, client_secret: secret };
    return new Session(platform, keys, await tokensFor(platform, keys, form));
  }

  get id(): string {
    return this.tokens.session_id;
  }

  /** The answer to a call. A token that is about to expire is renewed first, and once more if the platform refuses it. */
  async call(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Response> {
    if (Date.now() > this.until) await this.refresh();
    const key: Record<string, string> = method === "GET" ? {} : { "idempotency-key": randomUUID(), "content-type": "application/json" };
    const send = async () =>
      fetch((this.platform.connect ?? this.platform.origin) + path, {
        method,
        headers: { ...key, ...headers, authorization: `DPoP ${this.tokens.access_token}`, dpop: await this.proof(method, path) },
        ...(body && { body: JSON.stringify(body) }),
      });
    let answer = await send();
    if (answer.status === 401 && answer.headers.get("www-authenticate")?.includes("invalid_token")) {
      await this.refresh();
      answer = await send();
    }
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  async json<T>(method: string, path: string, body?: object): Promise<T> {
    return (await (await this.call(method, path, body)).json()) as T;
  }

  /** The next tokens. Calls that come meanwhile wait for this one: a second use of the token would end the session. */
  refresh(): Promise<void> {
    this.renewing ??= tokensFor(this.platform, this.keys, { grant_type: "refresh_token", refresh_token: this.tokens.refresh_token })
      .then((tokens) => this.keep(tokens))
      .finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  private keep(tokens: Tokens): void {
    this.tokens = tokens;
    this.until = Date.now() + (tokens.expires_in - 30) * 1000;
  }

  private proof(method: string, path: string): Promise<string> {
    const ath = createHash("sha256").update(this.tokens.access_token).digest("base64url");
    return proofOf(this.keys, method, this.platform.origin + path.split("?")[0], { ath });
  }
}

async function tokensFor(platform: Platform, keys: webcrypto.CryptoKeyPair, form: Record<string, string>): Promise<Tokens> {
  const dpop = await proofOf(keys, "POST", `${platform.origin}/oauth2/token`);
  const answer = await fetch(`${platform.connect ?? platform.origin}/oauth2/token`, { method: "POST", headers: { dpop }, body: new URLSearchParams(form) });
  if (!answer.ok) throw new Error(`sign in again: ${await answer.text()}`);
  return (await answer.json()) as Tokens;
}

async function proofOf(keys: webcrypto.CryptoKeyPair, htm: string, htu: string, more: object = {}): Promise<string> {
  const { kty, crv, x, y } = await webcrypto.subtle.exportKey("jwk", keys.publicKey);
  const claims = { jti: randomUUID(), htm, htu, iat: Math.floor(Date.now() / 1000), ...more };
  const signed = [{ typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = await webcrypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, keys.privateKey, Buffer.from(signed));
  return `${signed}.${Buffer.from(signature).toString("base64url")}`;
}
