// The system of a partner: every call signed, every answer verified, every loss repeated under the same key.
//
//   order ─▶ token ─▶ components as the platform lists them ─▶ signature ─▶ answer ─▶ its signature ─▶ Answer or Problem
//                         ▲                                                   │
//                         └── new nonce, same Idempotency-Key ◀── lost, 503, 429, or a clock that was wrong

import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { PrivateKey } from "./keys.js";
import { AnswerNotVerified, NoAnswer, Problem } from "./problems.js";
import { logKeysIn, verifiedReceipt, type Receipt } from "./receipts.js";
import type { components } from "./schema.js";
import { detailsOf, headersOf, type AnswerKey, type Settings } from "./settings.js";
import { digestField, keyIdOf, present, signed, verify, type Call } from "./signing.js";

/** The bodies of calls and answers, generated from the platform's contract. */
export type Models = components["schemas"];

const ALLOWED = "/v1/catalog/allowed";
const ALLOWED_FOR_MS = 600_000;
const EARLY_S = 30;
const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const WRONG_CLOCK = ["DX_CREATED_IN_FUTURE", "DX_SIGNATURE_EXPIRED", "DPOP_TIME_WRONG", "ASSERTION_EXPIRED", "ASSERTION_TOO_LONG"];
const OLD_TOKEN = ["TOKEN_EXPIRED", "TOKEN_UNKNOWN"];
const AGAIN = [429, 502, 503, 504];

interface Sent {
  status: number;
  headers: Headers;
  body: Buffer;
}

/** What one call may say besides its path. Without `key` the client makes an Idempotency-Key, which outlives a lost answer
 * but not this process. A caller that must know after its own crash stores a key before it calls. */
export interface Options {
  body?: Buffer;
  params?: Record<string, string | number>;
  headers?: Record<string, string>;
  key?: string;
}

/** A verified answer. `warnings` name checks that will refuse this call from some day on. */
export class Answer<Body> {
  constructor(
    readonly status: number,
    readonly headers: Headers,
    readonly bytes: Buffer,
  ) {}

  json(): Body {
    return JSON.parse(this.bytes.toString()) as Body;
  }

  /** The record that the act left in the ledger, the first one where it left several. */
  get recordId(): string | undefined {
    return this.headers.get("mingzheng-record")?.split(",")[0]?.trim();
  }

  /** The platform had done this before, under the same key, and answers as it did then. */
  get isRepeat(): boolean {
    return this.headers.get("idempotency-replayed") === "true";
  }

  get warnings(): string[] {
    return this.headers.get("mingzheng-warning")?.split(", ") ?? [];
  }
}

/** One system under one agreement and purpose. `reach` replaces the network; `pause` waits. */
export class Partner {
  /** How far the platform's clock is ahead of this machine's. */
  offsetMs = 0;
  private token = { text: "", until: 0 };
  private answerKeys: AnswerKey[];
  private listed: { until: number; view: Models["AllowedView"] } | undefined;

  constructor(
    readonly settings: Settings,
    private readonly key: PrivateKey,
    private readonly reach: typeof fetch = fetch,
    private readonly pause: (ms: number) => Promise<unknown> = sleep,
  ) {
    this.answerKeys = settings.answer_keys?.keys ?? [];
  }

  /** Read something. `path` begins with `/v1/`. */
  async get<Body = unknown>(path: string, options: Options = {}): Promise<Answer<Body>> {
    return await this.call<Body>("GET", path, options);
  }

  /** Do something, once: a repeat with the same key changes nothing and gets the first answer. */
  async post<Body = unknown>(path: string, order: object = {}, options: Options = {}): Promise<Answer<Body>> {
    return await this.call<Body>("POST", path, { ...options, body: Buffer.from(JSON.stringify(order)) });
  }

  /**
   * Any call. `body` is JSON unless `headers` name another content-type.
   *
   * Throws Problem for a refusal, AnswerNotVerified for an answer that the platform did not sign, NoAnswer where none came
   * to any of the attempts.
   */
  async call<Body = unknown>(method: string, path: string, options: Options = {}): Promise<Answer<Body>> {
    const url = new URL(this.settings.origin + path);
    for (const [name, value] of Object.entries(options.params ?? {})) url.searchParams.set(name, String(value));
    const headers: Record<string, string> = { ...headersOf(this.settings), ...options.headers };
    if (method !== "GET" && method !== "HEAD") headers["idempotency-key"] = options.key ?? randomUUID();
    const body = options.body ?? Buffer.alloc(0);
    if (body.length > 0) {
      headers["content-type"] ??= "application/json";
      headers["content-digest"] = digestField(body);
    }
    const target = url.pathname + url.search;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once<Body>({ method, url: this.settings.origin + target, headers, body });
      } catch (error) {
        const wait = this.waitAfter(error, attempt);
        if (wait === undefined) throw error;
        await this.pause(wait);
      }
    }
  }

  private async once<Body>(call: Call): Promise<Answer<Body>> {
    const token = await this.bearer();
    const sent = await signed(call, this.key, await this.components(call), this.now());
    const headers = { ...sent.headers, authorization: `DPoP ${token}`, dpop: this.proof(call.method, call.url, token) };
    const answer = await this.send({ ...sent, headers });
    const isSigned = answer.headers.has("signature");
    if (isSigned) await verify(sent, answer.status, answer.headers, answer.body, await this.answerKey(answer.headers));
    if (answer.status >= 400) throw new Problem(answer.status, answer.body.toString(), answer.headers, isSigned);
    if (!isSigned) throw new AnswerNotVerified(answer.status, "it has no signature");
    return new Answer<Body>(answer.status, answer.headers, answer.body);
  }

  /** The milliseconds until the next attempt; undefined where there is none. */
  private waitAfter(error: unknown, attempt: number): number | undefined {
    if (attempt >= (this.settings.attempts ?? 5)) return undefined;
    const backoff = Math.min(250 * 2 ** attempt, 10_000) * (0.8 + 0.4 * Math.random());
    if (error instanceof NoAnswer) return backoff;
    if (!(error instanceof Problem)) return undefined;
    if (WRONG_CLOCK.includes(error.code) && error.serverTime !== undefined) {
      this.offsetMs = error.serverTime.getTime() - Date.now();
      return 0;
    }
    if (OLD_TOKEN.includes(error.code) && attempt === 1) {
      this.token.until = 0;
      return 0;
    }
    if (!AGAIN.includes(error.status) && error.code !== "IDEMPOTENCY_RUNNING") return undefined;
    const wait = error.retryAfterS === undefined ? backoff : error.retryAfterS * 1000;
    return wait <= (this.settings.longest_pause_s ?? 60) * 1000 ? wait : undefined;
  }

  /** The agreements in force, the operations that they open, and what each signature must cover. */
  async allowed(): Promise<Models["AllowedView"]> {
    if (this.listed === undefined || this.listed.until < performance.now()) {
      const view = (await this.get<Models["AllowedView"]>(ALLOWED)).json();
      this.listed = { until: performance.now() + ALLOWED_FOR_MS, view };
    }
    return this.listed.view;
  }

  /** Every item of a list, page after page. */
  async *pages<Item = unknown>(path: string, params: Record<string, string | number> = {}): AsyncGenerator<Item> {
    for (let cursor: string | null = ""; cursor !== null; ) {
      const more: Record<string, string> = cursor ? { cursor } : {};
      const answer: Answer<{ items: Item[]; next_cursor: string | null }> = await this.get(path, { params: { limit: 100, ...params, ...more } });
      const page = answer.json();
      yield* page.items;
      cursor = page.next_cursor;
    }
  }

  /** The events behind the cursor `after`. Store `feed.cursor` once an event is dealt with. */
  feed(after = "", types: string[] = []): Feed {
    return new Feed(this, after, types);
  }

  /** The receipt of a record, its proof verified. Throws ReceiptNotVerified. */
  async receipt(recordId: string): Promise<Receipt> {
    const view = (await this.get<Models["ExchangeReceiptView"]>(`/v1/receipts/${recordId}`)).json();
    return verifiedReceipt(view, recordId, this.settings.log_keys ?? (await this.logKeys()));
  }

  /** What there is to cover. Throws where the platform wants more covered than the call has. */
  private async components(call: Call): Promise<string[]> {
    const covered = present(call);
    const path = call.url.slice(this.settings.origin.length).split("?")[0] ?? "";
    if (path === ALLOWED) return covered;
    const { always, grants } = await this.allowed();
    for (const operation of [...always, ...grants.flatMap((grant) => grant.operations)]) {
      if (operation.method !== call.method || !fits(operation.path, path)) continue;
      const missing = operation.components.filter((name) => !covered.includes(name));
      if (missing.length > 0) throw new Error(`${call.method} ${path} must cover ${missing.join(" ")}, which it lacks`);
    }
    return covered;
  }

  private now(): Date {
    return new Date(Date.now() + this.offsetMs);
  }

  private seconds(): number {
    return Math.floor(this.now().getTime() / 1000);
  }

  /** A token that is still good for a while: a signed assertion instead of a secret (RFC 7523). */
  private async bearer(): Promise<string> {
    if (performance.now() < this.token.until) return this.token.text;
    const { application_id: id, origin } = this.settings;
    const claims = { iss: id, sub: id, aud: origin, exp: this.seconds() + 120, jti: randomUUID() };
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: ASSERTION,
      client_assertion: this.key.token({ kid: this.key.kid }, claims),
    });
    const details = detailsOf(this.settings);
    if (details.length > 0) form.set("authorization_details", JSON.stringify(details));
    const url = `${origin}/oauth2/token`;
    const headers = { "content-type": "application/x-www-form-urlencoded", dpop: this.proof("POST", url) };
    const began = performance.now();
    const answer = await this.send({ method: "POST", url, headers, body: Buffer.from(form.toString()) });
    if (answer.status !== 200) throw new Problem(answer.status, answer.body.toString(), answer.headers, false);
    const { access_token, expires_in } = JSON.parse(answer.body.toString()) as { access_token: string; expires_in: number };
    this.token = { text: access_token, until: began + (expires_in - EARLY_S) * 1000 };
    return access_token;
  }

  /** The DPoP proof of one call (RFC 9449). */
  private proof(method: string, url: string, token?: string): string {
    const ath = token === undefined ? {} : { ath: createHash("sha256").update(token).digest("base64url") };
    const claims = { jti: randomUUID(), htm: method, htu: url.split("?")[0], iat: this.seconds(), ...ath };
    return this.key.token({ typ: "dpop+jwt", jwk: this.key.jwk }, claims);
  }

  /** The key of the settings, or the one published, that signed an answer. */
  private async answerKey(headers: Headers): Promise<AnswerKey | undefined> {
    const kid = keyIdOf(headers);
    const known = () => this.answerKeys.find((key) => key.kid === kid);
    if (known() === undefined && this.settings.answer_keys === undefined)
      this.answerKeys = (JSON.parse((await this.read("/v1/public/answer-keys")).toString()) as { keys: AnswerKey[] }).keys;
    return known();
  }

  /** The keys that the ledger's first entry names (c2sp.org/tlog-tiles). */
  private async logKeys(): Promise<string[]> {
    const size = Number((await this.read("/ledger/checkpoint")).toString().split("\n")[1]);
    const tile = await this.read(`/ledger/tile/entries/000${size >= 256 ? "" : `.p/${size}`}`);
    return logKeysIn(tile.subarray(2, 2 + tile.readUInt16BE(0)));
  }

  private async read(path: string): Promise<Buffer> {
    const answer = await this.send({ method: "GET", url: this.settings.origin + path, headers: {}, body: Buffer.alloc(0) });
    if (answer.status !== 200) throw new Problem(answer.status, answer.body.toString(), answer.headers, false);
    return answer.body;
  }

  /** The bytes on the wire. Without a content coding there is only one reading of a Content-Digest. */
  private async send(call: Call): Promise<Sent> {
    const { origin, connect = origin, language = "zh", timeout_s = 30 } = this.settings;
    try {
      const answer = await this.reach(connect + call.url.slice(origin.length), {
        method: call.method,
        headers: { "accept-encoding": "identity", "accept-language": language, ...call.headers },
        redirect: "manual",
        signal: AbortSignal.timeout(timeout_s * 1000),
        ...(call.body.length > 0 ? { body: call.body } : {}),
      });
      return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
    } catch (error) {
      throw new NoAnswer(`no answer from ${connect}`, { cause: error });
    }
  }
}

/** Events in the ledger's order. `cursor` moves once a page is dealt with: a crash repeats, it never loses. */
export class Feed {
  constructor(
    private readonly partner: Partner,
    public cursor: string,
    private readonly types: string[],
  ) {}

  /** Every event up to now; iterate again later for those after it. Throws Problem DX_EVENTS_GONE after 30 days away. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Models["CloudEvent"]> {
    for (let more = true; more; ) {
      const types = this.types.length > 0 ? { types: this.types.join(",") } : {};
      const after = this.cursor ? { after: this.cursor } : {};
      const page = (await this.partner.get<Models["EventsView"]>("/v1/events", { params: { ...after, ...types, limit: 500 } })).json();
      yield* page.items;
      this.cursor = page.next_cursor;
      more = page.has_more;
    }
  }
}

function fits(template: string, path: string): boolean {
  const parts = template.split("/");
  const given = path.split("/");
  return parts.length === given.length && parts.every((part, n) => part.startsWith("{") || part === given[n]);
}
