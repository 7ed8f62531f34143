// Calls to the public API as the person whose cookie this browser holds. A page of ours proves itself with each act.

import { asked } from "./key.js";

const meta = (name, from = document) => from.querySelector(`meta[name="${name}"]`)?.content ?? "";
const page = { proof: meta("page"), who: meta("who") };

/** Why the API refused: `status` 0 is a network that is away, `problem` is that of RFC 9457. */
export class Refused extends Error {
  constructor(status, problem = {}, retryAfter = 0) {
    super(problem.detail || problem.title || String(status));
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  get isAway() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  get isSignedOut() {
    return this.status === 401 || this.problem.code === "PAGE_NOT_PROVEN";
  }
}

async function call(path, options) {
  let answer;
  try {
    answer = await asked(path, { credentials: "same-origin", ...options });
  } catch {
    throw new Refused(0);
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Refused(answer.status, problem, Number(answer.headers.get("retry-after")) || 0);
}

const spoken = () => ({ "accept-language": document.documentElement.lang });

/** What is at `path`. `purpose` says what a capture or a case is read for; the reading goes on record. */
export function read(path, purpose = "") {
  return call(path, { headers: { ...spoken(), ...(purpose && { "x-purpose-of-use": purpose }) } });
}

/** An act. Sent again with the same `key` it still happens once. With `isLast` it outlives the page. */
export function act(path, body, key, { isLast = false } = {}) {
  const headers = { ...spoken(), "content-type": "application/json", "idempotency-key": key, "mingzheng-page": page.proof };
  return call(path, { method: "POST", headers, body: JSON.stringify(body), keepalive: isLast });
}

export function newKey() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * After somebody signed in in another tab: take that session's proof. False while nobody is signed in, and null where
 * it is somebody else: what one person answered is never sent as another's.
 */
export async function renew() {
  const answer = await call(location.pathname, { redirect: "manual" }).catch(() => null);
  if (!answer || answer.type === "opaqueredirect") return false;
  const shown = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!meta("page", shown)) return false;
  if (meta("who", shown) !== page.who) return null;
  page.proof = meta("page", shown);
  return true;
}

/** The words of this page's scripts: `say("left", {n: 2})`. */
const words = JSON.parse(document.getElementById("words")?.textContent || "{}");
export function say(name, facts = {}) {
  return words[name].replace(/\{(\w+)\}/g, (_, fact) => facts[fact]);
}

/** An element with its text and attributes. Nothing is ever read as markup. */
export function make(tag, attributes = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...inside);
  return made;
}
