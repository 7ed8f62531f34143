// The same as first_steps.py, by openapi-typescript's types and openapi-fetch.
import { readFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

type Model<Name extends keyof components["schemas"]> = components["schemas"][Name];
interface Order {
  address: string;
  tokens: Record<string, string>;
  plan: Model<"PlanOrder">;
  registration: Model<"RegistrationOrder">;
  submission: Model<"SubmissionOrder">;
  legal: Model<"ReviewOrder">;
  technical: Model<"ReviewOrder">;
  message_id: string;
}
const order: Order = JSON.parse(readFileSync(process.argv[2]!, "utf8"));
const as = (role: string) =>
  createClient<paths>({ baseUrl: order.address, headers: { authorization: `Bearer ${order.tokens[role]}` } });
const header = () => ({ "Idempotency-Key": randomUUID().replaceAll("-", "") });

async function theStory(): Promise<string[]> {
  const admin = as("DEVICE_ADMIN");
  const plan = await admin.POST("/v1/plans", { params: { header: header() }, body: order.plan });
  const device = await admin.POST("/v1/devices", { params: { header: header() }, body: order.registration });
  if (!plan.data || !device.data) throw new Error(JSON.stringify([plan.error, device.error]));
  const again = await admin.POST("/v1/devices", { params: { header: header() }, body: order.registration });
  if (!again.error?.code) throw new Error("a second device has the code of the first");
  const path = { device_id: device.data.id };
  const views = [
    device,
    await admin.POST("/v1/devices/{device_id}/submission", {
      params: { header: header(), path }, body: { ...order.submission, plan_id: plan.data.plan_id },
    }),
    await as("DEVICE_LEGAL_REVIEWER").POST("/v1/devices/{device_id}/legal-review", {
      params: { header: header(), path }, body: order.legal,
    }),
    await as("DEVICE_TECH_REVIEWER").POST("/v1/devices/{device_id}/technical-review", {
      params: { header: header(), path }, body: order.technical,
    }),
  ];
  return views.map((view) => view.data?.state ?? JSON.stringify(view.error));
}

async function whatHttpOffers(): Promise<unknown> {
  const officer = as("EXCHANGE_OFFICER");
  const items = await officer.GET("/v1/catalog/items");
  const known = { "If-None-Match": items.response.headers.get("etag")! };
  const unchanged = await officer.GET("/v1/catalog/items", { params: { header: known } });
  const read = (more: Record<string, string>) =>
    as("PARTY").GET("/v1/inbox/{message_id}/document", {
      params: { path: { message_id: order.message_id }, header: more }, parseAs: "text",
    });
  const whole = await read({});
  const part = await read({ Range: "bytes=0-4" });
  const beyond = await read({ Range: "bytes=99999999-" });
  const same = await read({ "If-None-Match": whole.response.headers.get("etag")! });
  const head = await as("PARTY").HEAD("/v1/inbox/{message_id}/document" as never, {
    params: { path: { message_id: order.message_id } },
  } as never) as { response: Response };
  const length = whole.response.headers.get("content-length");
  return {
    "unchanged list": unchanged.response.status,
    part: [part.response.status, part.data, part.response.headers.get("content-range")!.split("/")[0]],
    beyond: [beyond.response.status, beyond.error?.code],
    "unchanged file": same.response.status,
    head: [head.response.status, (await head.response.arrayBuffer().catch(() => new ArrayBuffer(0))).byteLength,
      head.response.headers.get("content-length") === length],
  };
}

console.log(JSON.stringify({ states: await theStory(), http: await whatHttpOffers() }));
