// Hints that the platform posts to an address of ours (Standard Webhooks). They are hints: the feed has every event.
//
//   webhook-id          the same on every repeat: remember it, and a repeat changes nothing
//   webhook-timestamp   seconds since 1970
//   webhook-signature   `v1,<base64 HMAC-SHA256 of id.timestamp.body>`, one for each secret in force

import { createHmac, timingSafeEqual } from "node:crypto";
import type { components } from "./schema.js";

type CloudEvent = components["schemas"]["CloudEvent"];

const TOLERANCE_S = 300;

/** A hint that the platform did not sign, or one that somebody sends again long afterwards. */
export class HintNotVerified extends Error {}

/**
 * The event in `body`, signed by one of `secrets` (whsec_…). Throws HintNotVerified.
 *
 * Names of headers are in lower case, as node gives them. For 24 hours after a rotation give both secrets: the platform
 * then signs with both. `now` is in seconds since 1970.
 */
export function verifiedHint(headers: Record<string, string | string[] | undefined>, body: Buffer, secrets: string[], now = Date.now() / 1000): CloudEvent {
  const [id, timestamp, offered] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => headers[name]);
  if (typeof id !== "string" || typeof timestamp !== "string" || typeof offered !== "string" || !/^\d{1,12}$/.test(timestamp))
    throw new HintNotVerified("the header fields of Standard Webhooks are missing");
  if (Math.abs(now - Number(timestamp)) > TOLERANCE_S) throw new HintNotVerified(`it was signed more than ${TOLERANCE_S} s away from now`);
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const good = secrets.map((secret) => createHmac("sha256", Buffer.from(secret.replace(/^whsec_/, ""), "base64")).update(content).digest());
  const given = offered.split(" ").filter((text) => text.startsWith("v1,")).map((text) => Buffer.from(text.slice(3), "base64"));
  if (!given.some((one) => good.some((other) => one.length === other.length && timingSafeEqual(one, other))))
    throw new HintNotVerified("no signature is by one of our secrets");
  const event = JSON.parse(body.toString()) as CloudEvent;
  // The challenge of a new address comes before any event and has no id.
  if ((event.id ?? id) !== id) throw new HintNotVerified("the event has another id than the hint");
  return event;
}

/** The challenge of a new address: answer 200 with it as the whole body. Undefined for an event. */
export function challengeOf(body: Buffer): string | undefined {
  const message = JSON.parse(body.toString()) as { type?: string; challenge?: string };
  return message.type === "cn.mingzheng.webhook.challenge.v1" ? message.challenge : undefined;
}
