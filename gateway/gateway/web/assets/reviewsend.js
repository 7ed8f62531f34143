// Decisions on their way: five seconds in the page (undo), then to the API, once each, however often they are sent.
//
//   decided ──5 s──▶ sending ──▶ accepted by the API        ──▶ gone
//      └── undo            ├──▶ refused, told in words      ──▶ gone
//                          └──▶ network or session away     ──▶ waits here, and is sent when that is back
//
// They also lie in this tab's own storage, so that a page that is loaded again sends what was left.

import { Refused, act, newKey } from "./calls.js";

const WAIT_MS = 5_000;
const AGAIN_MS = 3_000;
const STORED = "mingzheng-review";

export class Outbox {
  /** `told` hears sent(entry), refused(entry, refused), away(count), back() and signedOut(). */
  constructor(who, told) {
    this.who = who;
    this.told = told;
    this.entries = [];
    addEventListener("online", () => this.flush());
    addEventListener("pagehide", () => this.#leave());
    for (const entry of stored(who)) this.entries.push({ ...entry, due: 0 });
    if (this.entries.length) this.flush();
  }

  /** A decision about one capture. Nothing has happened yet until it is sent. */
  add(decision) {
    const entry = { ...decision, key: newKey(), due: performance.now() + WAIT_MS };
    this.entries.push(entry);
    this.#keep();
    entry.timer = setTimeout(() => this.#send(entry), WAIT_MS);
    return entry;
  }

  /** Take back the last decision that is still in the page; undefined where each was sent. */
  undo() {
    const entry = [...this.entries].reverse().find((each) => each.timer && !each.isSending);
    if (!entry) return undefined;
    clearTimeout(entry.timer);
    this.#remove(entry);
    return entry;
  }

  /** Send what is due. */
  flush() {
    for (const entry of this.entries) if (entry.due <= performance.now()) this.#send(entry);
  }

  get overdue() {
    return this.entries.filter((entry) => !entry.timer && !entry.isSending).length;
  }

  async #send(entry) {
    if (entry.isSending || !this.entries.includes(entry)) return;
    entry.timer = null;
    entry.isSending = true;
    try {
      await act(entry.path, entry.body, entry.key);
      this.#remove(entry);
      this.told.sent(entry);
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      entry.isSending = false;
      this.#failed(entry, refused);
    }
    entry.isSending = false;
    if (!this.overdue) this.told.back();
  }

  #failed(entry, refused) {
    if (refused.isSignedOut) {
      this.told.away(this.overdue);
      this.told.signedOut(refused);
    } else if (refused.isAway) {
      this.told.away(this.overdue);
      clearTimeout(this.again);
      this.again = setTimeout(() => this.flush(), Math.max(AGAIN_MS, refused.retryAfter * 1000));
    } else {
      this.#remove(entry);
      this.told.refused(entry, refused);
    }
  }

  #remove(entry) {
    this.entries = this.entries.filter((each) => each !== entry);
    this.#keep();
  }

  /** The page goes: everything is sent now. What does not arrive is in the storage, under the same key. */
  #leave() {
    for (const entry of this.entries) act(entry.path, entry.body, entry.key, { isLast: true }).catch(() => {});
  }

  #keep() {
    const kept = this.entries.map(({ id, path, body, key }) => ({ id, path, body, key }));
    try {
      sessionStorage.setItem(STORED, JSON.stringify({ who: this.who, kept }));
    } catch {
      // A full or forbidden storage takes away the second chance, not the first.
    }
  }
}

function stored(who) {
  try {
    const found = JSON.parse(sessionStorage.getItem(STORED));
    return found && found.who === who ? found.kept : [];
  } catch {
    return [];
  }
}
