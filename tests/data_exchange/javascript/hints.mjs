// The address of a partner for hints (Standard Webhooks): it answers the challenge, refuses a forgery, notices a repeat.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const TOLERANCE_S = 300;
const CHALLENGE = "cn.mingzheng.webhook.challenge.v1";

/** The hints in the order of their arrival: `answered` has the id and our status of each one, `events` the new ones. */
export class Hints {
  secrets = [];
  answered = [];
  challenged = 0;
  events = new Map();

  /** Listens; the address. */
  async open() {
    this.server = createServer(async (call, answer) => {
      const chunks = [];
      for await (const chunk of call) chunks.push(chunk);
      const { status, body } = this.take(call.headers, Buffer.concat(chunks));
      answer.writeHead(status).end(body);
    });
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${this.server.address().port}/hints`;
  }

  take(headers, body) {
    const id = headers["webhook-id"];
    if (!this.isSigned(headers, body)) return this.note(id, 401);
    const event = JSON.parse(body);
    if (event.type === CHALLENGE) {
      this.challenged++;
      return { status: 200, body: event.challenge };
    }
    if (event.id !== id) return this.note(id, 400);
    if (!this.events.has(id)) this.events.set(id, event);
    return this.note(id, 204);
  }

  note(id, status) {
    this.answered.push([id, status]);
    return { status, body: "" };
  }

  isSigned(headers, body) {
    const [id = "", at = "", offered = ""] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => headers[name]);
    if (!/^\d{1,12}$/.test(at) || Math.abs(Date.now() / 1000 - Number(at)) > TOLERANCE_S) return false;
    const content = Buffer.concat([Buffer.from(`${id}.${at}.`), body]);
    const given = offered.split(" ").filter((text) => text.startsWith("v1,"));
    return this.secrets.some((secret) => {
      const mac = createHmac("sha256", Buffer.from(secret.replace(/^whsec_/, ""), "base64")).update(content).digest();
      const made = given.map((text) => Buffer.from(text.slice(3), "base64"));
      return made.some((one) => one.length === mac.length && timingSafeEqual(one, mac));
    });
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }
}
