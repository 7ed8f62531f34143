// Who calls, whom, under which agreement: what a platform gives to the system of a partner at enrolment.

import { readFileSync } from "node:fs";

/** One Ed25519 key as a JWK (RFC 8037). */
export interface AnswerKey {
  kid: string;
  x: string;
}

/**
 * `origin` is the platform's public address as the signatures name it; `connect` is the address to connect to where that
 * is another one. `answer_keys` is the key set of signed answers, `log_keys` are the public keys (vkeys) of the ledger:
 * the platform's operator gives both. Where they are missing, the client takes the keys that the platform shows over
 * TLS, which proves less: an impostor of the platform shows keys of its own.
 */
export interface Settings {
  origin: string;
  application_id: string;
  kid: string;
  agreement_id?: string;
  purpose_id?: string;
  case_no?: string;
  on_behalf_of?: string;
  connect?: string;
  answer_keys?: { keys: AnswerKey[] };
  log_keys?: string[];
  language?: "zh" | "en";
  timeout_s?: number;
  attempts?: number;
  longest_pause_s?: number;
}

/** The settings in a JSON file, with whatever else stands there. */
export function readSettings<More = object>(path: string): Settings & More {
  const settings = JSON.parse(readFileSync(path, "utf8")) as Settings & More;
  if (!/^https?:\/\/[^/]+$/.test(settings.origin)) throw new Error("origin is a scheme and an authority, without a slash at its end");
  if ((settings.agreement_id === undefined) !== (settings.purpose_id === undefined)) throw new Error("agreement_id and purpose_id are given together");
  return settings;
}

/** The authorization_details of RFC 9396 that a token is asked for. */
export function detailsOf(settings: Settings): Record<string, string>[] {
  const { agreement_id, purpose_id, case_no, on_behalf_of } = settings;
  if (agreement_id === undefined || purpose_id === undefined) return [];
  return [{ type: "mingzheng_exchange", ...given({ agreement_id, purpose_id, case_no, on_behalf_of }) }];
}

/** The headers that say in each call what the token says. */
export function headersOf(settings: Settings): Record<string, string> {
  return given({
    "mingzheng-agreement": settings.agreement_id,
    "mingzheng-purpose": settings.purpose_id,
    "mingzheng-case": settings.case_no,
    "mingzheng-on-behalf-of": settings.on_behalf_of,
  });
}

function given(named: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
