// A receipt proves by itself that the ledger holds a record: the way from its entry to the root that the ledger signed.
//
//   entry ─ SHA-256(0x00 ‖ entry) ─▶ leaf ─ path, SHA-256(0x01 ‖ left ‖ right) ─▶ root (RFC 9162 §2.1.3.2) ─▶ checkpoint
import { createHash, createPublicKey, verify } from "node:crypto";

const hash = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();

/** The record and the leaf hash of a receipt. `vkeys` are the ledger's keys as its operator publishes them. Throws Error. */
export function proven({ entry, proof }, vkeys) {
  const bytes = Buffer.from(entry, "base64");
  const [head, text] = bytes.toString().split("\n");
  const end = proof.indexOf("\n\n");
  const [form, place, ...path] = proof.slice(0, end).split("\n");
  const { size, root } = checkpointOf(proof.slice(end + 2), vkeys);
  const leaf = hash(Buffer.of(0), bytes);
  const index = Number(/^index (\d+)$/.exec(place)[1]);
  const reached = rootOf(leaf, { index, size, path: path.map((each) => Buffer.from(each, "base64")) });
  if (form !== "c2sp.org/tlog-proof@v1" || head.split(" ")[1] !== String(index) || reached?.equals(root) !== true)
    throw new Error("the proof does not lead from this entry to the root");
  return { record: JSON.parse(text), leafHash: leaf.toString("hex") };
}

function rootOf(leaf, { index, size, path }) {
  let [node, place, last] = [leaf, index, size - 1];
  if (place > last) return undefined;
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (place % 2 === 1 || place === last) {
      node = hash(Buffer.of(1), sibling, node);
      while (place % 2 === 0 && place > 0) [place, last] = [place / 2, Math.floor(last / 2)];
    } else node = hash(Buffer.of(1), node, sibling);
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 ? node : undefined;
}

function checkpointOf(note, vkeys) {
  const end = note.indexOf("\n\n");
  const text = note.slice(0, end + 1);
  const signatures = note.slice(end + 2).split("\n").map((line) => line.split(" "));
  const [origin, size, root] = text.split("\n");
  const isSigned = vkeys.some((vkey) => signatures.some(([, name, value]) => name === origin && isBy(vkey, name, value, text)));
  if (!isSigned) throw new Error("the checkpoint is not signed by the ledger");
  return { size: Number(size), root: Buffer.from(root, "base64") };
}

// A signature stands behind the first four bytes of its key's hash, a key behind the byte 1 for Ed25519 (c2sp.org/signed-note).
function isBy(vkey, name, value, text) {
  const [, owner, keyId, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey);
  const [key, bytes] = [Buffer.from(encoded, "base64"), Buffer.from(value, "base64")];
  if (owner !== name || key[0] !== 1 || bytes.subarray(0, 4).toString("hex") !== keyId) return false;
  const jwk = { kty: "OKP", crv: "Ed25519", x: key.subarray(1).toString("base64url") };
  return verify(null, Buffer.from(text), createPublicKey({ key: jwk, format: "jwk" }), bytes.subarray(4));
}
