// Refusals: what the platform said, and what to do about it. The code is what a program reads.

/** An answer whose signature does not hold over it and over the call. Nothing of it may be believed. */
export class AnswerNotVerified extends Error {
  constructor(
    readonly status: number,
    readonly why: string,
  ) {
    super(`the answer ${status} is not what the platform signed: ${why}`);
  }
}

/** No answer came. */
export class NoAnswer extends Error {}

interface Body {
  code?: string;
  error?: string;
  error_description?: string;
  title?: string;
  detail?: string;
  article?: string | null;
  trace_id?: string;
  facts?: Record<string, unknown>;
  errors?: unknown[];
  violations?: unknown[];
  expected?: string;
  received?: string;
  server_time?: string;
}

/**
 * A refusal of the platform (RFC 9457, at the token endpoint RFC 6749).
 *
 * `verified`: the service signed it, bound to this call. A refusal of the gateway and an answer 500 are not signed.
 * `facts` are the values in its sentence; `errors` name by pointer the members of a body that do not fit.
 */
export class Problem extends Error {
  readonly code: string;
  readonly detail: string;
  readonly article: string | null;
  readonly traceId: string | undefined;
  readonly facts: Record<string, unknown>;
  readonly errors: unknown[];
  readonly violations: unknown[];
  readonly retryAfterS: number | undefined;

  constructor(
    readonly status: number,
    text: string,
    headers: Headers,
    readonly verified: boolean,
  ) {
    const body = parsed(text);
    super();
    this.code = body.code ?? body.error ?? `HTTP_${status}`;
    this.detail = body.detail ?? body.error_description ?? body.title ?? "";
    this.article = body.article ?? null;
    this.traceId = body.trace_id;
    const { expected, received, server_time } = body;
    this.facts = body.facts ?? { expected, received, server_time };
    this.errors = body.errors ?? [];
    this.violations = body.violations ?? [];
    const pause = headers.get("retry-after");
    this.retryAfterS = pause !== null && /^\d{1,9}$/.test(pause) ? Number(pause) : undefined;
    const fault = this.header ?? this.expected ? `${this.header ?? "-"}: expected ${this.expected}, received ${this.received}` : "";
    this.message = [`${status} ${this.code}`, this.detail, fault, this.advice].filter(Boolean).join(" | ");
  }

  /** The header at fault. */
  get header(): string | undefined {
    return this.fact("header");
  }

  get expected(): string | undefined {
    return this.fact("expected");
  }

  get received(): string | undefined {
    return this.fact("received");
  }

  /** The platform's time when it refused. */
  get serverTime(): Date | undefined {
    const at = new Date(this.fact("server_time") ?? Number.NaN);
    return Number.isNaN(at.getTime()) ? undefined : at;
  }

  /** What to do, in Chinese and English. */
  get advice(): string {
    return ADVICE.find(([pattern]) => pattern.test(this.code))?.[1] ?? BY_STATUS[this.status] ?? OTHERWISE;
  }

  private fact(name: string): string | undefined {
    const value = this.facts[name];
    return typeof value === "string" ? value : undefined;
  }
}

function parsed(text: string): Body {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    return {};
  }
}

const ADVICE: [RegExp, string][] = [
  [/^(DX_CREATED_IN_FUTURE|DX_SIGNATURE_EXPIRED|DPOP_TIME_WRONG|ASSERTION_(EXPIRED|TOO_LONG))$/, "校准本机时钟 · Set this machine's clock; the client follows the platform's time by itself."],
  [/^(DX_NONCE_USED|DPOP_REPLAYED|ASSERTION_REPLAYED)$/, "每次发送都重新签名 · Sign anew each time something is sent; keep only the Idempotency-Key."],
  [/^DX_DIGEST_/, "对实际发出的字节计算摘要 · Digest exactly the bytes that are sent."],
  [/^(DX_KEY_|DX_KEYS_STALE|ASSERTION_KEY_UNKNOWN)/, "公布并证明该密钥,或换用有效密钥 · Publish and prove this key, or use one that is valid."],
  [/^(DX_(AGREEMENT|PURPOSE|CASE|ON_BEHALF|SERVICE)_|DETAILS_)/, "查看 GET /v1/catalog/allowed · See GET /v1/catalog/allowed for what is in force."],
  [/^(DX_)?APPLICATION_/, "请本机关经办人查看应用状态 · Ask your agency's officer about the application's state."],
  [/^DX_(SIGNATURE|COMPONENT|PARAMETER|CREATED|EXPIRES|KEYID|NONCE)_/, "按 expected 修正签名 · Mend the signature as `expected` says."],
  [/^(TOKEN|DPOP|ASSERTION)_/, "按 expected 修正令牌或证明 · Mend the token or its proof as `expected` says."],
  [/^IDEMPOTENCY_KEY_REUSED$/, "新的内容用新的键 · Another body needs another Idempotency-Key."],
  [/^DX_EVENTS_GONE$/, "重新列出对象,再从头读取 · List the objects anew and begin without a cursor."],
];
const BY_STATUS: Record<number, string> = {
  403: "无此权限,勿重试 · Not permitted; do not repeat it.",
  404: "对贵机关不存在 · It does not exist for your agency.",
  409: "先读取当前状态 · Read the object's state first.",
  422: "按 errors 修正内容 · Mend the body as `errors` says.",
  429: "等待 Retry-After 后再试 · Wait as Retry-After says.",
  503: "等待后以同一键重试 · Repeat with the same Idempotency-Key after Retry-After.",
};
const OTHERWISE = "保留 trace_id 并联系平台运维 · Keep the trace_id and ask the operator of the platform.";
