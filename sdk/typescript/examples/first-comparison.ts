// The first comparison of a system: who is the holder of this plate, for one open case?
//
//   node dist/examples/first-comparison.js settings.json partner.pem [plate]
//
// `settings.json` is what `./mz sandbox enroll` prints; without a plate it asks about the one that the sandbox knows.

import { Partner, PrivateKey, Problem, readSettings, type Models } from "../src/index.js";

const [settingsFile = "settings.json", keyFile = "partner.pem", plate] = process.argv.slice(2);
const settings = readSettings<{ case_id: string; magic: { plate: { match: string } } }>(settingsFile);
const partner = new Partner(settings, PrivateKey.read(keyFile, settings.kid));
const order: Models["ComparisonOrder"] = {
  kind: "PLATE_OWNER",
  purpose: "IDENTIFY_PARTY",
  case_id: settings.case_id,
  basis: [{ name: "中华人民共和国行政处罚法", article: "第二十六条" }],
  subject: { kind: "PLATE", value: plate ?? settings.magic.plate.match },
};

try {
  const answer = await partner.post<Models["ComparisonView"]>("/v1/comparisons", order);
  const view = answer.json();
  console.log("结论 · verdict", view.verdict);
  for (const row of view.rows ?? []) console.log("数据 · row", JSON.stringify(row));
  for (const each of view.withheld) console.log("未提供 · withheld", each.pointer, each.clause);
  const receipt = await partner.receipt(answer.recordId ?? "");
  console.log("回执 · receipt", receipt.name, `${receipt.index}/${receipt.size}`, receipt.origin);
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
