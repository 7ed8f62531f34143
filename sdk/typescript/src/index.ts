// A client for the systems of agencies that exchange with a Mingzheng platform.
//
//   const partner = new Partner(readSettings("settings.json"), PrivateKey.read("key.pem", "k1"));
//   const answer = await partner.post("/v1/comparisons", order);     signed, repeated under one key, its answer verified
//   const receipt = await partner.receipt(answer.recordId);          the ledger's proof, checked here
//
// `Models` holds the bodies as types; schema.d.ts is generated from the platform's contract. The rest is written by hand.

export { PrivateKey } from "./keys.js";
export { Answer, Feed, Partner, type Models, type Options } from "./partner.js";
export { AnswerNotVerified, NoAnswer, Problem } from "./problems.js";
export { logKeysIn, ReceiptNotVerified, rootOf, verifiedReceipt, type Receipt } from "./receipts.js";
export type { components, operations, paths } from "./schema.js";
export { readSettings, type AnswerKey, type Settings } from "./settings.js";
export { digestField } from "./signing.js";
export { challengeOf, HintNotVerified, verifiedHint } from "./webhooks.js";
