// Receipts: a record with the proof that the ledger holds it. Everything is checked here, with no help of the platform.
//
//   entry        ledger-entry/v1 <index> <time> <hash>\n <record: one line of JSON> \n\n— <key> <signature>\n
//   proof        c2sp.org/tlog-proof@v1\n index <index>\n <hash>\n … \n <checkpoint>
//   checkpoint   <origin>\n <size>\n <root>\n\n— <origin> <base64(key id || Ed25519)>\n
//
// A leaf of the tree is SHA-256(0x00 || entry), a node SHA-256(0x01 || left || right) (RFC 9162 §2.1.1).

import { createHash, createPublicKey, verify } from "node:crypto";
import type { components } from "./schema.js";

type ReceiptView = components["schemas"]["ExchangeReceiptView"];

/** A receipt that does not prove what it says. */
export class ReceiptNotVerified extends Error {}

/** A verified receipt. `record` is what lies in the ledger at `index`, in a tree of `size` entries. */
export interface Receipt {
  name: string;
  record: { id: string; type: string; actor: string; at: string; data: unknown };
  index: number;
  size: number;
  origin: string;
  view: ReceiptView;
}

/** The receipt of record `recordId`, proved under a checkpoint that one of `logKeys` signed. Throws ReceiptNotVerified. */
export function verifiedReceipt(view: ReceiptView, recordId: string, logKeys: string[]): Receipt {
  const entry = Buffer.from(view.entry, "base64");
  const [head = "", text = ""] = entry.toString().split("\n");
  const { index, path, note } = partsOf(view.proof);
  const checkpoint = checkpointOf(note, logKeys);
  const record = recordIn(text);
  const leaf = hash(0, entry);
  if (head.split(" ")[1] !== String(index) || view.index !== index || leaf.toString("hex") !== view.leaf_hash)
    throw new ReceiptNotVerified("the entry is not the one that the proof is about");
  if (record.id !== recordId || view.record_id !== recordId || record.type !== view.record_type) throw new ReceiptNotVerified("the entry holds another record");
  if (!rootOf(leaf, index, checkpoint.size, path)?.equals(checkpoint.root)) throw new ReceiptNotVerified("the proof does not lead to the root of the checkpoint");
  return { name: view.receipt, record, index, size: checkpoint.size, origin: checkpoint.origin, view };
}

/** The root to which `path` leads from leaf hash `leaf` (RFC 9162 §2.1.3.2); undefined where the path does not fit. */
export function rootOf(leaf: Buffer, index: number, size: number, path: Buffer[]): Buffer | undefined {
  if (index < 0 || index >= size) return undefined;
  // Indexes pass 2^31, where the shifts of numbers end.
  let [node, place, last] = [leaf, BigInt(index), BigInt(size - 1)];
  for (const sibling of path) {
    if (last === 0n) return undefined;
    if (place & 1n || place === last) {
      node = hash(1, sibling, node);
      while (!(place & 1n) && place) [place, last] = [place >> 1n, last >> 1n];
    } else node = hash(1, node, sibling);
    [place, last] = [place >> 1n, last >> 1n];
  }
  return last === 0n ? node : undefined;
}

/** The keys that entry 0 of a log names for its checkpoints. */
export function logKeysIn(genesis: Buffer): string[] {
  const record = JSON.parse(genesis.toString().split("\n")[1] ?? "{}") as { type?: string; data: { log_keys: string[] } };
  if (record.type !== "log.genesis") throw new ReceiptNotVerified("this is not the first entry of a log");
  return record.data.log_keys;
}

function recordIn(text: string): Receipt["record"] {
  try {
    return JSON.parse(text) as Receipt["record"];
  } catch {
    throw new ReceiptNotVerified("the entry holds no record");
  }
}

function partsOf(proof: string): { index: number; path: Buffer[]; note: string } {
  const end = proof.indexOf("\n\n");
  const [form, place = "", ...hashes] = proof.slice(0, Math.max(end, 0)).split("\n");
  const path = hashes.map((text) => Buffer.from(text, "base64"));
  if (form !== "c2sp.org/tlog-proof@v1" || !/^index \d{1,15}$/.test(place) || path.some((part) => part.length !== 32))
    throw new ReceiptNotVerified("the proof has another form");
  return { index: Number(place.slice(6)), path, note: proof.slice(end + 2) };
}

function checkpointOf(note: string, logKeys: string[]): { origin: string; size: number; root: Buffer } {
  const end = note.indexOf("\n\n");
  const text = note.slice(0, end + 1);
  const [origin = "", size = "", root = ""] = text.split("\n");
  const signatures = note.slice(end + 2).split("\n").filter((line) => line.startsWith("— ")).map((line) => line.slice(2).split(" "));
  const isSigned = logKeys.some((vkey) => {
    const [name, keyId = "", encoded = ""] = [...vkey.split("+", 2), vkey.split("+").slice(2).join("+")];
    const key = Buffer.from(encoded, "base64");
    if (name !== origin || key[0] !== 1 || key.length !== 33) return false;
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: key.subarray(1).toString("base64url") }, format: "jwk" });
    return signatures.some(([by, value = ""]) => {
      const bytes = Buffer.from(value, "base64");
      return by === origin && bytes.subarray(0, 4).toString("hex") === keyId && verify(null, Buffer.from(text), publicKey, bytes.subarray(4));
    });
  });
  if (!isSigned || !/^\d{1,15}$/.test(size)) throw new ReceiptNotVerified("the checkpoint is not signed by a key of the ledger");
  return { origin, size: Number(size), root: Buffer.from(root, "base64") };
}

function hash(prefix: number, ...parts: Buffer[]): Buffer {
  return createHash("sha256").update(Buffer.from([prefix])).update(Buffer.concat(parts)).digest();
}
