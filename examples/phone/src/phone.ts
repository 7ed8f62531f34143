// A phone: it signs in, reads what is new, follows the stream, acknowledges, is woken by a push, and signs out.
//
//   node dist/phone.js settings.json     {origin, connect?, client_id, client_secret, push_endpoint, push_port}
//
// `push_endpoint` is the address that a push service gave the phone; what comes there reaches it at `push_port`.

import { createDecipheriv, createECDH, hkdfSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Session, type Models, type Platform } from "./session.js";

interface Settings extends Platform { client_id: string; client_secret: string; push_endpoint: string; push_port: number }

const settings = JSON.parse(readFileSync(process.argv[2] ?? "settings.json", "utf8")) as Settings;
const session = await Session.signIn(settings, settings.client_id, settings.client_secret);
say("signed-in", session.id);

const pushed = listen(settings.push_port);
const keys = { p256dh: pushed.point, auth: pushed.auth };
const handset = await session.json<Models["HandsetView"]>("POST", "/v1/push-subscriptions", { endpoint: settings.push_endpoint, keys });
say("subscribed", handset.handset_id);

let cursor = await sync("");
const arrived = await follow();
await session.json("POST", "/v1/inbox/state", { ids: [arrived] });
const receipt = await session.json<Models["OpenedMessageView"]>("POST", `/v1/inbox/${arrived}/acknowledgements`, {});
say("acknowledged", arrived, receipt.acknowledged_by ?? "-");
await session.refresh();
say("refreshed", session.id);
const hint = JSON.parse(await pushed.next) as { type: string };
say("pushed", hint.type);
cursor = await sync(cursor);
await session.call("DELETE", `/v1/push-subscriptions/${handset.handset_id}`);
await session.json("POST", `/v1/me/sessions/${session.id}/end`, {});
say("signed-out", await session.call("GET", "/v1/me").then(() => "not", () => "yes"));
process.exit(0);

/** Everything after `from`, page by page; the cursor to come back with. */
async function sync(from: string): Promise<string> {
  for (let at = from; ; ) {
    const page = await session.json<Models["InboxPage"]>("GET", `/v1/inbox?limit=2&cursor=${at}`);
    for (const entry of page.items) say("synced", entry.place, entry.change, entry.message_id);
    at = page.next_cursor;
    if (!page.has_more) return say("cursor", at, page.unread), at;
  }
}

/** The id of the next message that comes. A stream that ends is taken up where it stopped. */
async function follow(): Promise<string> {
  for (;;) {
    const answer = await session.call("GET", "/v1/inbox/stream", undefined, { accept: "text/event-stream", "last-event-id": cursor });
    say("following", cursor);
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of answer.body!) {
      const events = (text + decoder.decode(chunk, { stream: true })).split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        const fields = Object.fromEntries(event.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
        if (fields.id) cursor = fields.id;
        if (fields.event === "reset") cursor = await sync("");
        if (fields.event !== "item") continue;
        const entry = JSON.parse(fields.data!) as Models["InboxEntryView"];
        say("arrived", entry.place, entry.message_id);
        return entry.message_id;
      }
    }
  }
}

/** What a push service delivers to this phone, opened (RFC 8291): one record of aes128gcm (RFC 8188). */
function listen(port: number): { point: string; auth: string; next: Promise<string> } {
  const own = createECDH("prime256v1"), auth = randomBytes(16), point = own.generateKeys();
  const open = (sealed: Buffer): string => {
    const salt = sealed.subarray(0, 16), theirs = sealed.subarray(21, 21 + sealed[20]!), record = sealed.subarray(21 + sealed[20]!);
    const info = Buffer.concat([Buffer.from("WebPush: info\0"), point, theirs]);
    const ikm = Buffer.from(hkdfSync("sha256", own.computeSecret(theirs), auth, info, 32));
    const [cek, nonce] = [["aes128gcm", 16], ["nonce", 12]].map(([what, length]) => Buffer.from(hkdfSync("sha256", ikm, salt, `Content-Encoding: ${what}\0`, Number(length))));
    const decipher = createDecipheriv("aes-128-gcm", cek!, nonce!).setAuthTag(record.subarray(-16));
    const plain = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
    return plain.subarray(0, plain.lastIndexOf(2)).toString();
  };
  const next = new Promise<string>((resolve) =>
    createServer(async (request, answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      resolve(open(Buffer.concat(chunks)));
      answer.writeHead(201).end();
    }).listen(port, "127.0.0.1"),
  );
  return { point: point.toString("base64url"), auth: auth.toString("base64url"), next };
}

function say(...words: unknown[]): void {
  console.log(words.join(" "));
}
