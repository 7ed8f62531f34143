// node checklist.mjs <settings.json>: a partner's system passes every check of a sandbox and gets its signed report.
//
// The system makes every call, signature and proof. For a step of a person it prints one line, {"ask": …}, and reads the
// outcome as one line: an officer publishes a key and revokes one, the other agency acts, time passes. The last line is
// {"result": …}. A check itself is never asked for: the sandbox sees it in the calls.
import { createInterface } from "node:readline";
import { Hints } from "./hints.mjs";
import { Key, Partner, holds, settings } from "./partner.mjs";
import { proven } from "./receipts.mjs";

const ASSISTANCE = "/v1/assistance-requests";
const COMPARISONS = "/v1/comparisons";
const BASIS = [{ name: "中华人民共和国行政处罚法", article: "第二十六条" }];
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function person(ask, facts = {}) {
  console.log(JSON.stringify({ ask, ...facts }));
  return JSON.parse((await answers.next()).value);
}

function good(answer) {
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.bytes}`);
  return answer.json;
}

const anOrder = () => ({
  to_agency_id: settings.asked,
  case_id: settings.case,
  purpose: "IDENTIFY_PARTY",
  basis: BASIS,
  subject: "协助核查车辆停放情况",
  reason: "案件调查需要",
  items: ["该路段养护作业记录"],
  contact: "值班室",
});
const asks = async (partner) => good(await partner.post(ASSISTANCE, anOrder()));
const arms = async (partner, fault) => good(await partner.post("/v1/sandbox/faults", { fault }));

/** A new key, published with the others and proven by a signature over the challenge. */
async function aProvenKey(kid, ...others) {
  const key = new Key(kid);
  const keys = [...others, key].map((each) => ({ ...each.members, kid: each.kid }));
  const { message, nonce } = await person("publish", { keys });
  await person("prove", { kid, nonce, signature: key.sign(message.replace("<kid>", kid)).toString("base64url") });
  return key;
}

async function pages(partner, path) {
  const items = [];
  for (let cursor = ""; cursor !== null; ) {
    const page = good(await partner.get(`${path}?limit=1${cursor && `&cursor=${encodeURIComponent(cursor)}`}`));
    items.push(...page.items.map((each) => each.exchange_id));
    cursor = page.next_cursor;
  }
  return items;
}

/** The feed of events up to now, page after page, by its cursor. */
async function feed(partner, state) {
  const events = [];
  for (let more = true; more; ) {
    const after = state.cursor ? `&after=${encodeURIComponent(state.cursor)}` : "";
    const page = good(await partner.get(`/v1/events?limit=500${after}`));
    events.push(...page.items);
    [state.cursor, more] = [page.next_cursor, page.has_more];
  }
  return events;
}

async function readsAndWrites(partner) {
  const asked = [(await asks(partner)).exchange_id, (await asks(partner)).exchange_id];
  const listed = await pages(partner, "/v1/exchanges");
  return { asked: asked.toSorted(), listed: listed.toSorted() };
}

/** The faults that a system outlives by a repeat: with a new signature, under the same Idempotency-Key. */
async function outlives(partner) {
  const seen = {};
  const before = (await pages(partner, "/v1/exchanges")).length;
  for (const fault of ["LOST_ANSWER", "CLOCK_SKEW", "EXPIRED_KEY", "LEDGER_BEHIND"]) {
    await arms(partner, fault);
    const from = partner.refusals.length;
    const answer = await partner.post(ASSISTANCE, anOrder());
    seen[fault] = [...partner.refusals.slice(from), answer.status, answer.headers["idempotency-replayed"] ?? null];
  }
  const after = (await pages(partner, "/v1/exchanges")).length;
  return { ...seen, made: after - before, offset_s: Math.round(partner.offsetMs / 1000) };
}

async function takesHints(partner, state) {
  const hints = new Hints();
  const named = good(await partner.post("/v1/webhook-endpoints", { url: await hints.open() }));
  hints.secrets.push(named.secret);
  await person("wait");
  await feed(partner, state);
  const asked = [];
  for (const fault of ["DUPLICATE_WEBHOOK", "FORGED_WEBHOOK", "REORDERED_EVENTS"]) {
    await arms(partner, fault);
    asked.push((await asks(partner)).exchange_id);
    if (fault === "REORDERED_EVENTS") asked.push((await asks(partner)).exchange_id);
    await person("wait");
  }
  hints.close();
  const fed = await feed(partner, state);
  return {
    challenged: hints.challenged,
    answered: hints.answered,
    hinted: [...hints.events.values()],
    fed,
    asked,
  };
}

/** The receipt of what the other agency did, found by the feed, proven here and acknowledged by our own leaf hash. */
async function hasReceipts(partner, state) {
  const { exchange_id: id } = await asks(partner);
  await person("act", { exchange_id: id });
  await person("wait");
  const events = (await feed(partner, state)).filter((event) => event.subject === `exchange/${id}`);
  const seen = [];
  for (const { data } of events) {
    const view = good(await partner.get(`/v1/receipts/${data.record_id}`));
    const { record, leafHash } = proven(view, settings.log_keys);
    if (record.id !== data.record_id) throw new Error("the receipt is about another record");
    const acknowledgements = `/v1/receipts/${data.record_id}/acknowledgements`;
    const acknowledged = record.type === "exchange.requested" ? null : await partner.post(acknowledgements, { leaf_hash: leafHash });
    seen.push([record.type, acknowledged?.status ?? null, isRefusedWhenBent(view)]);
  }
  return seen;
}

function isRefusedWhenBent(view) {
  const entry = Buffer.from(view.entry, "base64");
  entry[entry.length - 3] ^= 1;
  try {
    proven({ ...view, entry: entry.toString("base64") }, settings.log_keys);
    return false;
  } catch {
    return true;
  }
}

async function compares(partner) {
  const seen = {};
  const question = (plate) => ({ kind: "PLATE_OWNER", purpose: "IDENTIFY_PARTY", basis: BASIS, subject: { kind: "PLATE", value: plate } });
  seen.without_case = await partner.post(COMPARISONS, question(settings.plates.match));
  for (const name of ["match", "no_match", "ambiguous", "failing", "refusing"]) {
    seen[name] = await partner.post(COMPARISONS, { ...question(settings.plates[name]), case_id: settings.case }, { attempts: 1 });
  }
  const withheld = seen.match.json.withheld.map((each) => each.pointer);
  const outcomes = Object.entries(seen).map(([name, { status, json }]) => [name, [status, json.verdict ?? json.code]]);
  return { ...Object.fromEntries(outcomes), withheld };
}

/** The system with its second key: both are used, then the first is revoked and used in vain. */
async function rollsItsKey(partner) {
  const second = new Partner(await aProvenKey("k2", partner.key));
  const both = [(await partner.get("/v1/exchanges")).status, (await second.get("/v1/exchanges")).status];
  await person("revoke", { kid: partner.key.kid });
  const old = await partner.get("/v1/exchanges");
  const after = await second.get("/v1/exchanges");
  return { second, seen: [...both, old.json.code, after.status] };
}

/** Calls that a platform must refuse, each by its own code, in answers that are signed. */
async function isRefused(partner) {
  const faulty = {
    expired: { expires: Date.now() - 200_000 },
    authority: { authority: "http://another.example" },
    uncovered: { left: "@authority" },
  };
  const seen = {};
  for (const [name, options] of Object.entries(faulty)) {
    const answer = await partner.give(await partner.signed("POST", ASSISTANCE, anOrder(), options));
    seen[name] = [answer.status, answer.json.code];
  }
  for (const [method, path, order] of [["POST", ASSISTANCE, anOrder()], ["GET", "/v1/exchanges?limit=1"]]) {
    const sent = await partner.signed(method, path, order);
    const first = await partner.give(sent);
    const again = await partner.give(sent);
    seen[`repeated ${method}`] = [first.status, again.status, again.json.code];
    seen[`bent ${method}`] = [await holds({ ...first, status: 299 }, sent), await holds(again, await partner.signed(method, path, order))];
  }
  return seen;
}

async function passes() {
  const key = await aProvenKey("k1");
  Object.assign(settings, await person("approve"));
  const partner = new Partner(key);
  const begun = good(await partner.get("/v1/sandbox/checklist"));
  const named = { application_id: settings.application };
  const early = await partner.post("/v1/sandbox/reports", named);
  const state = {};
  const pagesSeen = await readsAndWrites(partner);
  const faults = await outlives(partner);
  await person("wait");
  const events = (await feed(partner, state)).length;
  const hints = await takesHints(partner, state);
  const receipts = await hasReceipts(partner, state);
  const comparisons = await compares(partner);
  const { second, seen: keys } = await rollsItsKey(partner);
  const ended = good(await second.get("/v1/sandbox/checklist"));
  const { note } = good(await second.post("/v1/sandbox/reports", named));
  const refused = await isRefused(second);
  const verified = partner.verified + second.verified;
  const unsigned = [...partner.unsigned, ...second.unsigned];
  return { begun, early: early.json.code, pages: pagesSeen, faults, events, hints, receipts, comparisons, keys, ended, note, refused, verified, unsigned };
}

console.log(JSON.stringify({ result: await passes() }));
process.stdin.destroy();
