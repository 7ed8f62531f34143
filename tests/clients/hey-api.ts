// The first five steps by the functions that @hey-api/openapi-ts makes.
import { readFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { createClient } from "./hey/client/index.js";
import * as api from "./hey/sdk.gen.js";
import type { PlanOrder, RegistrationOrder, ReviewOrder, SubmissionOrder } from "./hey/types.gen.js";

interface Order {
  address: string;
  tokens: Record<string, string>;
  plan: PlanOrder;
  registration: RegistrationOrder;
  submission: SubmissionOrder;
  legal: ReviewOrder;
  technical: ReviewOrder;
}
const order: Order = JSON.parse(readFileSync(process.argv[2]!, "utf8"));
const as = (role: string) => createClient({ baseUrl: order.address, auth: order.tokens[role]! });
const headers = () => ({ "Idempotency-Key": randomUUID().replaceAll("-", "") });

const admin = as("DEVICE_ADMIN");
const plan = await api.deviceRegistryAdoptPlan({ client: admin, headers: headers(), body: order.plan });
const device = await api.deviceRegistryRegisterDevice({ client: admin, headers: headers(), body: order.registration });
if (!plan.data || !device.data) throw new Error(JSON.stringify([plan.error, device.error]));
const path = { device_id: device.data.id };
const submission = { ...order.submission, plan_id: plan.data.plan_id };
const views = [
  device,
  await api.deviceRegistrySubmitDevice({ client: admin, headers: headers(), path, body: submission }),
  await api.deviceRegistryReviewDeviceLegally({
    client: as("DEVICE_LEGAL_REVIEWER"), headers: headers(), path, body: order.legal,
  }),
  await api.deviceRegistryReviewDeviceTechnically({
    client: as("DEVICE_TECH_REVIEWER"), headers: headers(), path, body: order.technical,
  }),
];
console.log(JSON.stringify({ states: views.map((view) => view.data?.state ?? JSON.stringify(view.error)) }));
