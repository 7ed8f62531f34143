// A platform of a few lines that a test holds in its hand: it signs answers by hand, by RFC 9421 and not by a library.

import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { Partner, PrivateKey, type Settings } from "../src/index.js";

export const ORIGIN = "https://exchange.test";
const ANSWERS = generateKeyPairSync("ed25519");

interface Refusal {
  status: number;
  code: string;
  facts?: Record<string, string>;
  after?: string;
}

export interface Seen {
  method: string;
  target: string;
  headers: Record<string, string>;
  body: string;
}

export class Platform {
  calls: Seen[] = [];
  tokens = 0;
  done = new Map<string, string>();
  refusals: Refusal[] = [];
  pages = new Map<string, unknown>();
  operations: object[] = [];
  pauses: number[] = [];
  aheadMs = 0;
  lost = 0;
  bend: (answer: Response) => Response = (answer) => answer;
  readonly key = PrivateKey.generate("k1");
  private nonces = new Set<string>();

  partner(more: Partial<Settings> = {}): Partner {
    const settings = { origin: ORIGIN, application_id: "app_1", kid: "k1", agreement_id: "agr_1", purpose_id: "prp_1", ...more };
    return new Partner(settings, this.key, this.answer as typeof fetch, async (ms) => this.pauses.push(ms));
  }

  answer = async (address: string, options: RequestInit): Promise<Response> => {
    const target = address.slice(ORIGIN.length);
    const seen = { method: options.method ?? "GET", target, headers: options.headers as Record<string, string>, body: String(options.body ?? "") };
    if (target === "/oauth2/token") return this.token(new URLSearchParams(seen.body));
    if (target === "/v1/public/answer-keys") return Response.json({ keys: [{ ...ANSWERS.publicKey.export({ format: "jwk" }), kid: "answers" }] });
    if (target === "/v1/catalog/allowed") return signedAnswer(seen, 200, { application_id: "app_1", state: "SANDBOX", grants: [], always: this.operations });
    this.calls.push(seen);
    return this.bend(this.act(seen));
  };

  private token(form: URLSearchParams): Response {
    const claims = JSON.parse(Buffer.from(form.get("client_assertion")?.split(".")[1] ?? "", "base64url").toString()) as { exp: number };
    const at = Date.now() + this.aheadMs;
    if (claims.exp * 1000 < at - 60_000 || claims.exp * 1000 > at + 360_000)
      return Response.json({ error: "invalid_client", code: "ASSERTION_EXPIRED", server_time: new Date(at).toISOString() }, { status: 401 });
    this.tokens += 1;
    return Response.json({ access_token: `t${this.tokens}`, expires_in: 300 });
  }

  private act(seen: Seen): Response {
    const input = seen.headers["signature-input"] ?? "";
    const created = Number(/;created=(\d+)/.exec(input)?.[1]);
    const at = Date.now() + this.aheadMs;
    if (Math.abs(at - created * 1000) > 60_000)
      this.refusals.unshift({ status: 401, code: "DX_CREATED_IN_FUTURE", facts: { server_time: new Date(at).toISOString() } });
    const refusal = this.refusals.shift();
    if (refusal !== undefined) {
      const { status, code, facts = {}, after } = refusal;
      return signedAnswer(seen, status, { code, facts }, after === undefined ? {} : { "retry-after": after });
    }
    this.check(seen, input);
    if (seen.method === "GET") return signedAnswer(seen, 200, this.pages.get(seen.target) ?? { target: seen.target });
    const key = seen.headers["idempotency-key"] ?? "";
    const before = this.done.get(key);
    const body = before ?? JSON.stringify({ n: this.done.size + 1 });
    this.done.set(key, body);
    if (this.lost-- > 0) throw new TypeError("fetch failed");
    const headers: Record<string, string> = { "mingzheng-record": "00000000-0000-0000-0000-000000000007" };
    if (before !== undefined) headers["idempotency-replayed"] = "true";
    return signedAnswer(seen, 201, JSON.parse(body) as object, headers);
  }

  private check(seen: Seen, input: string): void {
    const nonce = /;nonce="([^"]+)"/.exec(input)?.[1] ?? "";
    if (this.nonces.has(nonce)) throw new Error("a nonce is sent once");
    this.nonces.add(nonce);
    const signature = Buffer.from((seen.headers["signature"] ?? "").slice("partner=:".length, -1), "base64");
    const key = createPublicKey({ key: this.key.jwk, format: "jwk" });
    if (!verify(null, Buffer.from(baseOf(seen)), key, signature)) throw new Error("the signature of the call does not hold");
  }
}

/** The signature base of a call, by RFC 9421 §2.5. */
export function baseOf(seen: Seen): string {
  const inner = (seen.headers["signature-input"] ?? "").slice("partner=".length);
  const [path = "", query = ""] = seen.target.split("?");
  const derived: Record<string, string> = { "@method": seen.method, "@authority": "exchange.test", "@path": path, "@query": `?${query}` };
  const names = [...inner.slice(0, inner.indexOf(")")).matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? "");
  return [...names.map((name) => `"${name}": ${derived[name] ?? seen.headers[name]}`), `"@signature-params": ${inner}`].join("\n");
}

export function signedAnswer(seen: Seen, status: number, body: unknown, more: Record<string, string> = {}): Response {
  const text = JSON.stringify(body);
  const digest = `sha-256=:${createHash("sha256").update(text).digest("base64")}:`;
  const headers: Record<string, string> = { "content-type": "application/json", "content-digest": digest, ...more };
  const [path = "", query = ""] = seen.target.split("?");
  const lines = [
    `"@status": ${status}`,
    `"content-type": application/json`,
    `"content-digest": ${digest}`,
    `"@method";req: ${seen.method}`,
    `"@authority";req: exchange.test`,
    `"@path";req: ${path}`,
    `"@query";req: ?${query}`,
  ];
  if (seen.headers["content-digest"]) lines.push(`"content-digest";req: ${seen.headers["content-digest"]}`);
  lines.push(`"signature";req;key="partner": ${(seen.headers["signature"] ?? "").slice("partner=".length)}`);
  return new Response(text, { status, headers: { ...headers, ...signatureOver(lines) } });
}

/** Signature-Input and Signature of an answer over `lines` of its base. */
export function signatureOver(lines: string[]): Record<string, string> {
  const names = lines.map((line) => line.slice(0, line.indexOf(": "))).join(" ");
  const inner = `(${names});created=${Math.floor(Date.now() / 1000)};keyid="answers";tag="mingzheng-res-v1"`;
  const base = Buffer.from([...lines, `"@signature-params": ${inner}`].join("\n"));
  return { "signature-input": `platform=${inner}`, signature: `platform=:${sign(null, base, ANSWERS.privateKey).toString("base64")}:` };
}
