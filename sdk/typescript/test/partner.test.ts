// node --test: the client against a platform that checks and signs by hand.

import assert from "node:assert/strict";
import { createHash, createHmac, generateKeyPairSync, sign, verify } from "node:crypto";
import { test } from "node:test";
import { AnswerNotVerified, challengeOf, HintNotVerified, NoAnswer, PrivateKey, Problem, ReceiptNotVerified, rootOf, verifiedHint, verifiedReceipt } from "../src/index.js";
import { baseOf, Platform, signatureOver } from "./platform.js";

const PATH = "/v1/assistance-requests";

test("a call covers all that it carries and its answer is verified", async () => {
  const platform = new Platform();
  const partner = platform.partner({ case_no: "2026-1" });

  const answer = await partner.post<{ n: number }>(PATH, { subject: "核实" });
  await partner.get("/v1/exchanges", { params: { limit: 1, state: "SENT" } });

  const grants = ["mingzheng-agreement", "mingzheng-purpose", "mingzheng-case"];
  const covered = platform.calls.map((call) => [...(call.headers["signature-input"] ?? "").split(")")[0]!.matchAll(/"([^"]+)"/g)].map((match) => match[1]));
  assert.deepEqual([answer.status, answer.json(), answer.recordId], [201, { n: 1 }, "00000000-0000-0000-0000-000000000007"]);
  assert.deepEqual(covered[0], ["@method", "@authority", "@path", "content-type", "content-digest", "idempotency-key", ...grants]);
  assert.deepEqual(covered[1], ["@method", "@authority", "@path", "@query", ...grants]);
  assert.equal(platform.calls[1]?.target, "/v1/exchanges?limit=1&state=SENT");
  assert.equal(platform.tokens, 1);
});

test("the base is that of RFC 9421, B.2.6", () => {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.from("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU", "base64url")]);
  const inner = '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"';
  const headers = { date: "Tue, 20 Apr 2021 02:07:55 GMT", "content-type": "application/json", "content-length": "18", "signature-input": `partner=${inner}` };
  const base = baseOf({ method: "POST", target: "/foo?param=Value&Pet=dog", headers, body: "" }).replace("exchange.test", "example.com");

  const signature = sign(null, Buffer.from(base), { key: der, format: "der", type: "pkcs8" });

  assert.equal(signature.toString("base64"), "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==");
});

test("a key of each kind signs as its algorithm says, and no other kind is taken", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const kinds = [generateKeyPairSync("ed25519"), generateKeyPairSync("ec", { namedCurve: "P-256" }), rsa];
  const keys = kinds.map((pair) => new PrivateKey("k", pair.privateKey));

  assert.deepEqual(keys.map((key) => key.jose), ["EdDSA", "ES256", "PS512"]);
  assert.equal(keys[1]?.sign(Buffer.from("x")).length, 64);
  const pss = { key: rsa.publicKey, padding: 6, saltLength: 64 };
  assert.ok(verify("sha512", Buffer.from("x"), pss, keys[2]!.sign(Buffer.from("x"))));
  assert.throws(() => new PrivateKey("k", generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey), /Ed25519, P-256/);
});

const bends: Record<string, (answer: Response, headers: Headers, text: string) => Response> = {
  "another status": (_, headers, text) => new Response(text, { status: 200, headers }),
  "another body": (_, headers) => new Response('{"n":9}', { status: 201, headers }),
  "another header": (_, headers, text) => (headers.set("content-type", "text/html"), new Response(text, { status: 201, headers })),
  "no signature": (_, headers, text) => (headers.delete("signature"), new Response(text, { status: 201, headers })),
  "a signature over the status alone": (_, headers, text) => {
    for (const [name, value] of Object.entries(signatureOver(['"@status": 201']))) headers.set(name, value);
    return new Response(text, { status: 201, headers });
  },
  "a second signature": (_, headers, text) => {
    headers.set("signature-input", `${headers.get("signature-input")}, other=("@status");created=1;keyid="answers"`);
    headers.set("signature", `${headers.get("signature")}, other=:AAAA:`);
    return new Response(text, { status: 201, headers });
  },
};
for (const [what, bend] of Object.entries(bends))
  test(`an answer with ${what} is not believed`, async () => {
    const platform = new Platform();
    platform.bend = (answer) => bend(answer, new Headers(answer.headers), '{"n":1}');

    await assert.rejects(platform.partner().post(PATH), AnswerNotVerified);
  });

test("the answer to another call is not believed", async () => {
  const platform = new Platform();
  const answers: Response[] = [];
  platform.bend = (answer) => (answers.push(answer.clone()), answers[0]!.clone());
  const partner = platform.partner();

  await partner.post(PATH);

  await assert.rejects(partner.post(PATH), AnswerNotVerified);
});

test("a refusal names what was expected, is verified, and is not repeated", async () => {
  const platform = new Platform();
  platform.refusals.push({ status: 403, code: "DX_PURPOSE_DIFFERS", facts: { header: "Mingzheng-Purpose", expected: "prp_2", received: "prp_1" } });

  const problem = await platform.partner().post(PATH).catch((error: unknown) => error);

  assert.ok(problem instanceof Problem);
  assert.deepEqual([problem.status, problem.code, problem.verified, problem.header, problem.expected], [403, "DX_PURPOSE_DIFFERS", true, "Mingzheng-Purpose", "prp_2"]);
  assert.match(problem.message, /catalog\/allowed/);
  assert.equal(platform.calls.length, 1);
});

test("a lost answer and a busy ledger are repeated under one key, and attempts come to an end", async () => {
  const platform = new Platform();
  const partner = platform.partner({ attempts: 3 });
  platform.lost = 2;

  const first = await partner.post(PATH);
  platform.refusals.push({ status: 503, code: "DX_LEDGER_BEHIND", after: "2" });
  await partner.post(PATH, {}, { key: "chosen-before-the-call" });
  platform.lost = 9;
  await assert.rejects(partner.post(PATH), NoAnswer);
  platform.lost = 0;
  platform.refusals.push({ status: 503, code: "DX_LEDGER_BEHIND", after: "3600" });
  await assert.rejects(partner.post(PATH), Problem);

  assert.deepEqual([first.isRepeat, [...platform.done.keys()][1]], [true, "chosen-before-the-call"]);
  assert.equal(platform.done.size, 3);
  assert.equal(platform.pauses[2], 2000);
  assert.equal(platform.calls.length, 3 + 2 + 3 + 1);
});

for (const minutes of [-30, 30])
  test(`a client whose clock is ${minutes} minutes off follows the platform's`, async () => {
    const platform = new Platform();
    platform.aheadMs = minutes * 60_000;
    const partner = platform.partner();

    await partner.post(PATH);
    platform.aheadMs += 3_600_000;
    await partner.post(PATH);

    assert.ok(Math.abs(partner.offsetMs - platform.aheadMs) < 5000);
    assert.equal(platform.done.size, 2);
  });

test("a component that the call does not have is named before it is sent", async () => {
  const platform = new Platform();
  platform.operations = [{ method: "GET", path: "/v1/exchanges/{exchange_id}", service: null, components: ["mingzheng-case"] }];

  await assert.rejects(platform.partner().get("/v1/exchanges/exc_1"), /mingzheng-case/);

  assert.equal(platform.calls.length, 0);
});

test("a list is read to its end, and a feed moves its cursor once a page is dealt with", async () => {
  const platform = new Platform();
  platform.pages.set("/v1/exchanges?limit=2", { items: [1, 2], next_cursor: "Mg==" });
  platform.pages.set("/v1/exchanges?limit=2&cursor=Mg%3D%3D", { items: [3], next_cursor: null });
  platform.pages.set("/v1/events?after=A&limit=500", { items: [{ id: "a" }], next_cursor: "B", has_more: true });
  platform.pages.set("/v1/events?after=B&limit=500", { items: [{ id: "b" }], next_cursor: "C", has_more: false });
  const partner = platform.partner();

  const listed: number[] = [];
  for await (const item of partner.pages<number>("/v1/exchanges", { limit: 2 })) listed.push(item);
  const feed = partner.feed("A");
  const seen: string[] = [];
  for await (const event of feed) seen.push(`${event.id} ${feed.cursor}`);

  assert.deepEqual([listed, seen, feed.cursor], [[1, 2, 3], ["a A", "b B"], "C"]);
});

const hash = (...parts: Buffer[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
const leafOf = (entry: Buffer) => hash(Buffer.of(0), entry);
const nodeOf = (left: Buffer, right: Buffer) => hash(Buffer.of(1), left, right);
const LOG = generateKeyPairSync("ed25519");
const ORIGIN = "ledger.test/2026";
const RECORD = "00000000-0000-0000-0000-000000000007";

function aReceipt(by = LOG) {
  const entry = Buffer.from(`ledger-entry/v1 2 2026-01-01T00:00:00.000000Z AAAA\n{"id":"${RECORD}","type":"exchange.refused"}\n\n— svc AAAA\n`);
  const [a, b, c] = [leafOf(Buffer.of(1)), leafOf(Buffer.of(2)), leafOf(entry)];
  const root = nodeOf(nodeOf(a, b), c);
  const text = `${ORIGIN}\n3\n${root.toString("base64")}\n`;
  const raw = Buffer.from(LOG.publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  const id = hash(Buffer.from(`${ORIGIN}\n`), Buffer.of(1), raw).subarray(0, 4);
  const line = Buffer.concat([id, sign(null, Buffer.from(text), by.privateKey)]).toString("base64");
  const proof = `c2sp.org/tlog-proof@v1\nindex 2\n${nodeOf(a, b).toString("base64")}\n\n${text}\n— ${ORIGIN} ${line}\n`;
  const view = {
    record_id: RECORD, exchange_id: null, use_id: null, object: "exchange/exc_1", receipt: "assistance.refused", record_type: "exchange.refused",
    recorded_at: "", index: 2, leaf_hash: c.toString("hex"), entry: entry.toString("base64"), proof, checkpoint: "", acknowledgements: [],
  };
  return { view, vkey: `${ORIGIN}+${id.toString("hex")}+${Buffer.concat([Buffer.of(1), raw]).toString("base64")}`, leaf: c, root, path: [nodeOf(a, b)] };
}

test("a receipt proves its record, and an altered one proves nothing", () => {
  const { view, vkey, leaf, root, path } = aReceipt();

  assert.equal(verifiedReceipt(view, RECORD, [vkey]).record.type, "exchange.refused");
  assert.deepEqual(rootOf(leaf, 2, 3, path), root);
  assert.equal(rootOf(leaf, 2, 3, [...path, leaf]), undefined);
  assert.equal(rootOf(leaf, 3, 3, path), undefined);
  const altered = [
    { ...view, entry: Buffer.from("ledger-entry/v1 2 x y\n{}\n").toString("base64") },
    { ...view, index: 1 },
    { ...view, record_type: "exchange.accepted" },
    { ...view, proof: view.proof.replace("index 2", "index 1") },
    { ...view, proof: view.proof.replace("\n3\n", "\n4\n") },
    { ...view, proof: "" },
    aReceipt(generateKeyPairSync("ed25519")).view,
  ];
  for (const one of altered) assert.throws(() => verifiedReceipt(one, RECORD, [vkey]), ReceiptNotVerified);
  assert.throws(() => verifiedReceipt(view, "another", [vkey]), ReceiptNotVerified);
});

test("a hint is read with the old secret and the new one", () => {
  const [old, fresh] = ["old", "fresh"].map((text) => `whsec_${Buffer.from(text.repeat(8)).toString("base64")}`);
  const body = Buffer.from('{"id":"evt-1"}');
  const by = (secret: string) => `v1,${createHmac("sha256", Buffer.from(secret.slice(6), "base64")).update(`evt-1.1000.${body}`).digest("base64")}`;
  const headers = { "webhook-id": "evt-1", "webhook-timestamp": "1000", "webhook-signature": `${by(old!)} ${by(fresh!)}` };

  for (const secrets of [[old!], [fresh!], [old!, fresh!]]) assert.equal(verifiedHint(headers, body, secrets, 1000).id, "evt-1");
  assert.throws(() => verifiedHint({ ...headers, "webhook-signature": by(old!) }, body, [fresh!], 1000), HintNotVerified);
  assert.throws(() => verifiedHint(headers, Buffer.from('{"id":"evt-2"}'), [fresh!], 1000), HintNotVerified);
  assert.throws(() => verifiedHint(headers, body, [fresh!], 1301), HintNotVerified);
  assert.throws(() => verifiedHint({}, body, [fresh!], 1000), HintNotVerified);
  assert.equal(challengeOf(Buffer.from('{"type":"cn.mingzheng.webhook.challenge.v1","challenge":"abc"}')), "abc");
});

