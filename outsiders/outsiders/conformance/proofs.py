"""Receipts and dossiers, verified by arithmetic of our own: RFC 6962 trees, c2sp.org signed notes and checkpoints."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from outsiders.conformance.signing import unb64url

_ED25519 = 1


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log: its name, size, root, and the whole signed note."""

    origin: str
    size: int
    root: bytes
    note: bytes

    @classmethod
    def parse(cls, note: bytes) -> Checkpoint:
        origin, size, root, *_ = note.decode().split("\n")
        return cls(origin, int(size), base64.b64decode(root, validate=True), note)


def leads(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` leads from `leaf` at `index` to the root of a tree of `size` leaves (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    fn, sn, running = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            return False
        if fn % 2 == 1 or fn == sn:
            running = hashlib.sha256(b"\x01" + sibling + running).digest()
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn // 2, sn // 2
        else:
            running = hashlib.sha256(b"\x01" + running + sibling).digest()
        fn, sn = fn // 2, sn // 2
    return sn == 0 and running == root


def is_signed(note: bytes, vkey: str) -> bool:
    """Whether the Ed25519 key `vkey` (name+id+base64) signed the note."""
    name, key_id, encoded = vkey.split("+", 2)
    material = base64.b64decode(encoded)
    if material[0] != _ED25519:
        return False
    text, _, lines = note.rpartition(b"\n\n")
    for line in lines.decode().splitlines():
        _, signer, value = line.split(" ")
        signature = base64.b64decode(value)
        if signer == name and signature[:4].hex() == key_id:
            try:
                Ed25519PublicKey.from_public_bytes(material[1:]).verify(signature[4:], text + b"\n")
            except InvalidSignature:
                return False
            return True
    return False


def proof_of(text: str) -> tuple[int, list[bytes], Checkpoint]:
    """Index, path and checkpoint of a c2sp.org/tlog-proof."""
    head, _, note = text.partition("\n\n")
    _, index, *path = head.split("\n")
    hashes = [base64.b64decode(part) for part in path]
    return int(index.removeprefix("index ")), hashes, Checkpoint.parse(note.encode())


def entry_faults(entry: bytes, proof: str) -> tuple[list[str], Checkpoint]:
    """What is wrong with an entry and its proof, and the checkpoint that the proof leads to."""
    index, path, checkpoint = proof_of(proof)
    leaf = hashlib.sha256(b"\0" + entry).digest()
    faults = (
        []
        if leads(index, checkpoint.size, leaf, path, checkpoint.root)
        else [f"entry {index} is not included"]
    )
    if entry.split(b" ", 2)[1] != str(index).encode():
        faults.append(f"entry {index} says another index")
    return faults, checkpoint


def receipt_faults(receipt: Mapping[str, Any], log_key: str | None) -> list[str]:
    """What is wrong with a receipt as JSON."""
    entry = base64.b64decode(receipt["entry"])
    faults, checkpoint = entry_faults(entry, receipt["proof"])
    record = json.loads(entry.split(b"\n", 2)[1])
    if record["id"] != receipt["record_id"]:
        faults.append("the entry holds another record")
    if receipt["checkpoint"].encode() != checkpoint.note:
        faults.append("the proof leads to another checkpoint")
    if log_key is not None and not is_signed(checkpoint.note, log_key):
        faults.append("the log did not sign the checkpoint")
    return faults


def jws_faults(token: str, keys: Mapping[str, Any], record_id: str) -> list[str]:
    """What is wrong with a receipt as a JWS by a key of answers."""
    signed, _, signature = token.rpartition(".")
    header, claims = (json.loads(unb64url(part)) for part in signed.split("."))
    faults = [] if header.get("typ") == "receipt+jwt" else ["the type is not receipt+jwt"]
    if claims.get("jti") != record_id:
        faults.append("it is of another record")
    ledger = claims["ledger"]
    path = [base64.b64decode(part) for part in ledger["path"]]
    leaf = hashlib.sha256(b"\0" + base64.b64decode(ledger["entry"])).digest()
    root = base64.b64decode(ledger["root_hash"])
    if not leads(ledger["leaf_index"], ledger["tree_size"], leaf, path, root):
        faults.append("its proof does not lead to its root")
    try:
        public = Ed25519PublicKey.from_public_bytes(unb64url(keys[header["kid"]]["x"]))
        public.verify(unb64url(signature), signed.encode())
    except (KeyError, ValueError, InvalidSignature):
        faults.append("its signature does not hold by a published key")
    return faults


def dossier_faults(tar: bytes, exchange_id: str, log_key: str | None) -> tuple[list[str], list[str]]:
    """What is wrong with a dossier, and the types of its records in their order."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        members = {member.name.partition("/")[2]: archive.extractfile(member) for member in archive}
    files = {name: file.read() for name, file in members.items() if file is not None}
    manifest = json.loads(files["manifest.json"])
    faults = _manifest_faults(files, manifest)
    if manifest["exchange_id"] != exchange_id:
        faults.append("it is of another exchange")
    final = files["checkpoints/final.note"]
    types, before, keys = [], bytes(32), _keys_in(files)
    for name in (each for each in files if each.startswith("keys/") and each.endswith(".entry")):
        faults += entry_faults(files[name], files[name.replace(".entry", ".tlog-proof")].decode())[0]
    for seq, index in enumerate(sorted(manifest["records"])):
        entry = files[f"records/{index}.entry"]
        more, checkpoint = entry_faults(entry, files[f"proofs/{index}.tlog-proof"].decode())
        faults += more
        if checkpoint.note != final:
            faults.append(f"entry {index} leads to another checkpoint")
        note = entry.partition(b"\n")[2]
        record = json.loads(note.split(b"\n", 1)[0])
        if (record["stream"], record["seq"]) != (f"exchange/{exchange_id}", seq):
            faults.append(f"entry {index} is not record {seq} of the exchange")
        if base64.b64decode(record["prev"]) != before:
            faults.append(f"record {seq} does not follow the one before it")
        if not any(is_signed(note, vkey) for vkey in keys):
            faults.append(f"record {seq} is signed by no key of the dossier")
        before = hashlib.sha256(note).digest()
        types.append(record["type"])
    if log_key is not None and not is_signed(final, log_key):
        faults.append("the log did not sign the last checkpoint")
    return faults, types


def _manifest_faults(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> list[str]:
    listed = {each["path"]: each["sha256"] for each in manifest["files"]}
    faults = [f"{path} is missing" for path in listed if path not in files]
    others = set(files) - set(listed) - {"manifest.json", "manifest.note"}
    faults += [f"{path} is not in the manifest" for path in sorted(others)]
    faults += [
        f"{path} has another digest"
        for path, sha256 in listed.items()
        if path in files and hashlib.sha256(files[path]).hexdigest() != sha256
    ]
    stated = hashlib.sha256(files["manifest.json"]).hexdigest().encode()
    if stated not in files["manifest.note"]:
        faults.append("the signed note is about another manifest")
    return faults


def _keys_in(files: Mapping[str, bytes]) -> list[str]:
    """Every key that an entry about keys names."""
    names = [name for name in files if name.startswith("keys/") and name.endswith(".entry")]
    found = set[str]()
    for name in names:
        found |= set(re.findall(r'"([^"\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+)"', files[name].decode()))
    return sorted(found)
