// The captures ahead: taken, read and decoded before the officer comes to them. Each look goes on record at the API.

import { Refused, act, newKey, read } from "./calls.js";

const AHEAD = 3;
const MOST_KEPT = 8;
const devices = new Map();

/** What waits for the officer. `items` are as the API gives them, with `loaded` once everything of one is here. */
export class Queue {
  constructor(answer, told) {
    this.items = [];
    this.decided = new Set();
    this.told = told; // {changed(), lost(item), trouble(refused)}
    this.merge(answer);
  }

  /** Take over what the API says now: new ones at their place, none that is decided here twice. */
  merge(answer) {
    this.figures = { need: answer.view_ms_per_picture, reasons: answer.reasons };
    this.waiting = answer.waiting;
    const known = new Map(this.items.map((item) => [item.id, item]));
    const seen = new Set(answer.items.map((item) => item.id));
    for (const fresh of answer.items) if (!known.has(fresh.id) && !this.decided.has(fresh.id)) this.items.push(fresh);
    const isWhole = answer.items.length === answer.waiting;
    for (const item of [...this.items]) {
      if (!isWhole || seen.has(item.id) || this.decided.has(item.id)) continue;
      this.drop(item); // another officer took it over, or decided it
      if (item.loaded) this.told.lost(item);
    }
  }

  async refresh() {
    try {
      this.merge(await (await read("/v1/review-queue?limit=100")).json());
      this.told.changed();
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      if (refused.isSignedOut) this.told.trouble(refused);
    }
  }

  /** Load the item and the next ones; the one in front first, because somebody waits for it. */
  async ahead(current) {
    const start = Math.max(0, this.items.indexOf(current));
    for (const item of this.items.slice(start, start + 1 + AHEAD)) await this.load(item);
    const kept = this.items.filter((item) => item.loaded);
    for (const item of kept.slice(0, Math.max(0, kept.length - MOST_KEPT))) if (item !== current) this.forget(item);
    if (this.items.length - start <= AHEAD + 1 && this.waiting > this.items.length) this.refresh();
  }

  load(item) {
    item.loading ??= this.#load(item).catch((refused) => {
      item.loading = null;
      if (!(refused instanceof Refused)) throw refused;
      if (refused.isAway || refused.isSignedOut) return this.told.trouble(refused);
      this.drop(item);
      this.told.lost(item, refused);
    });
    return item.loading;
  }

  async #load(item) {
    if (!item.is_second && !item.is_mine) {
      item.key ??= newKey();
      await act(`/v1/captures/${item.id}/review`, {}, item.key);
      item.is_mine = true;
    }
    const capture = await (await read(`/v1/captures/${item.id}`, "REVIEW")).json();
    const pictures = await Promise.all(capture.media.map((media) => picture(item.id, media)));
    item.loaded = { capture, pictures, place: await place(item.device_id) };
    this.told.changed(item);
  }

  /** Out of the list: decided here, or not for this officer any more. */
  drop(item) {
    this.items = this.items.filter((each) => each !== item);
  }

  forget(item) {
    for (const { url } of item.loaded.pictures) URL.revokeObjectURL(url);
    item.loaded = item.loading = null;
  }
}

async function picture(id, media) {
  const blob = await (await read(`/v1/captures/${id}/images/${media.n}`, "REVIEW")).blob();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  const url = URL.createObjectURL(blob);
  const image = new Image();
  image.decoding = "sync";
  image.src = url;
  await image.decode().catch(() => {}); // what does not decode is shown as it is: the officer rejects it
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { n: media.n, kind: media.kind, sha256: media.sha256, isSame: hex === media.sha256, url, image };
}

async function place(id) {
  if (!devices.has(id)) {
    devices.set(id, read(`/v1/devices/${id}`).then((answer) => answer.json()).then((device) => device.place, () => ""));
  }
  return devices.get(id);
}
