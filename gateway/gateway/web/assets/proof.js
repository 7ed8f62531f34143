// A proof of the ledger, computed in this browser: entry → leaf → root → signatures (RFC 6962, c2sp.org/signed-note).
// The server's word earns no tick: what this page says was found, it has computed from the bytes that it shows.

import { make, say } from "./calls.js";

const at = (id) => document.getElementById(id);
const utf8 = new TextEncoder();
const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
const base64 = (some) => btoa(String.fromCharCode(...some));
const hex = (some) => [...some].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const isSame = (one, other) => one.length === other.length && one.every((byte, n) => byte === other[n]);

async function sha256(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all));
}

/** The steps from the leaf to the root: each sibling, its side and what they make. Throws where the path does not fit. */
export async function climb(entry, index, size, siblings) {
  let node = await sha256([0], entry);
  const steps = [{ side: "leaf", hash: node, made: node }];
  let [left, last] = [index, size - 1];
  for (const sibling of siblings) {
    if (last === 0) throw new Error("the path is too long");
    const isLeft = left % 2 === 1 || left === last;
    node = isLeft ? await sha256([1], sibling, node) : await sha256([1], node, sibling);
    while (isLeft && left % 2 === 0 && left !== 0) [left, last] = [left / 2, Math.floor(last / 2)];
    [left, last] = [Math.floor(left / 2), Math.floor(last / 2)];
    steps.push({ side: isLeft ? "left" : "right", hash: sibling, made: node });
  }
  if (last !== 0) throw new Error("the path is too short");
  return { root: node, steps };
}

/** The signed text of a checkpoint, what it states, and its signatures. */
export function opened(note) {
  const end = note.lastIndexOf("\n\n") + 1;
  const text = note.slice(0, end);
  const [origin, size, root] = text.split("\n");
  const signatures = note.slice(end + 1).split("\n").filter(Boolean).map((line) => {
    const [, name, value] = line.split(" ");
    return { name, id: bytes(value).slice(0, 4), value: bytes(value).slice(4) };
  });
  return { text, origin, size: Number(size), root: bytes(root), signatures };
}

/** The Ed25519 keys of a tlog-policy, by what they do: `log` signs, a `witness` cosigns with its time. */
export function keysOf(policy) {
  return policy.split("\n").map((line) => line.trim().split(/\s+/)).flatMap((parts) => {
    const [kind, vkey] = [parts[0], parts[parts.length - 1]];
    if (!["log", "witness"].includes(kind)) return [];
    const [name, , ...rest] = vkey.split("+");
    const material = bytes(rest.join("+"));
    return [{ kind, name, type: material[0], public: material.slice(1), material }];
  });
}

/** true, false, undefined without such a signature, or null where this browser has no Ed25519. */
export async function verified(key, checkpoint) {
  const id = (await sha256(utf8.encode(`${key.name}\n`), key.material)).slice(0, 4);
  const signature = checkpoint.signatures.find((each) => each.name === key.name && isSame(each.id, id));
  if (!signature) return undefined;
  let [text, value] = [checkpoint.text, signature.value];
  if (key.type === 4) {
    const seconds = new DataView(value.buffer, value.byteOffset, 8).getBigUint64(0);
    text = `cosignature/v1\ntime ${seconds}\n${text}`;
    value = value.slice(8);
  }
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key.public, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return null;
  }
  return crypto.subtle.verify({ name: "Ed25519" }, imported, value, utf8.encode(text));
}

async function check({ entry, proof, policy }) {
  const raw = bytes(entry);
  at("decoded").textContent = decoded(raw);
  if (!proof.checkpoint) return conclude("bad", say("no_checkpoint"));
  const checkpoint = opened(proof.checkpoint);
  let climbed;
  try {
    climbed = await climb(raw, proof.index, proof.size, proof.hashes.map(bytes));
  } catch {
    return conclude("bad", say("broken"));
  }
  at("path").replaceChildren(...climbed.steps.map(({ side, hash, made }, n) =>
    make("tr", {}, ...[String(n), say(side), hex(hash), `✓ ${hex(made).slice(0, 12)}…`].map((words, column) => make("td", { class: column > 1 && "code" }, words)))));
  if (checkpoint.size !== proof.size || !isSame(climbed.root, checkpoint.root)) return conclude("bad", say("other_root"));
  const keys = keysOf(policy).filter((key) => [1, 4].includes(key.type));
  const found = await Promise.all(keys.map((key) => verified(key, checkpoint)));
  at("signatures").replaceChildren(...keys.map((key, n) => {
    const words = say({ true: "sig_good", false: "sig_bad", null: "sig_unknown" }[found[n]] ?? "sig_none");
    return make("li", {}, make("b", {}, words), ` ${say(key.kind)} `, make("span", { class: "code" }, key.name));
  }));
  const ours = keys.map((key, n) => [key.kind, found[n]]).filter(([kind]) => kind === "log").map(([, is]) => is);
  if (ours.includes(false)) return conclude("bad", say("bad_signature"));
  conclude(ours.includes(true) ? "ok" : "warn", say(ours.includes(true) ? "good" : "unsigned", { size: checkpoint.size }));
}

function decoded(raw) {
  const line = new TextDecoder().decode(raw).split("\n")[1];
  try {
    return JSON.stringify(JSON.parse(line), null, 1);
  } catch {
    return line;
  }
}

function conclude(kind, words) {
  at("headline").className = `inset ${kind}`;
  at("headline").textContent = words;
}

async function compare(file, raw) {
  const digest = await sha256(new Uint8Array(await file.arrayBuffer()));
  const text = new TextDecoder().decode(raw);
  const isNamed = text.includes(hex(digest)) || text.includes(base64(digest));
  at("file-said").textContent = say(isNamed ? "named" : "not_named", { name: file.name, hash: hex(digest) });
}

if (at("given")) {
  const given = JSON.parse(at("given").textContent);
  check(given);
  at("file").addEventListener("change", (event) => event.target.files[0] && compare(event.target.files[0], bytes(given.entry)));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) compare(event.dataTransfer.files[0], bytes(given.entry));
  });
}
