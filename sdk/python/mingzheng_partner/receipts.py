"""Receipts: a record with the proof that the ledger holds it. Everything is checked here, with no help of the platform.

    entry    ledger-entry/v1 <index> <time> <hash>\\n <record: one line of JSON> \\n\\n— <key> <signature>\\n
    proof    c2sp.org/tlog-proof@v1\\n index <index>\\n <hash>\\n … \\n <checkpoint>
    checkpoint   <origin>\\n <size>\\n <root>\\n\\n— <origin> <base64(key id || Ed25519)>\\n

The checkpoint is that of c2sp.org/tlog-checkpoint. A leaf of the tree is SHA-256(0x00 || entry), a node
SHA-256(0x01 || left || right) (RFC 9162 §2.1.1).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mingzheng_partner.models import ExchangeReceiptView

__all__ = ["Receipt", "ReceiptNotVerified", "verified", "root_of", "log_keys_in"]


class ReceiptNotVerified(Exception):
    """A receipt that does not prove what it says."""


@dataclass(frozen=True)
class Receipt:
    """A verified receipt. `record` is what lies in the ledger at `index`, in a tree of `size` entries."""

    name: str
    record: dict[str, Any]
    index: int
    size: int
    origin: str
    view: ExchangeReceiptView


def verified(view: ExchangeReceiptView, *, record_id: str, log_keys: Iterable[str]) -> Receipt:
    """The receipt of record `record_id`, proved under a checkpoint that one of `log_keys` signed.

    Raises ReceiptNotVerified.
    """
    try:
        entry = base64.b64decode(view["entry"], validate=True)
        index, path, note = _parts(view["proof"])
        origin, size, root = _checkpoint(note, log_keys)
        head, text = entry.decode().split("\n")[:2]
        record = json.loads(text)
        place = head.split(" ")[1]
    except (KeyError, IndexError, ValueError) as error:
        raise ReceiptNotVerified(f"the receipt cannot be read: {error}") from None
    leaf = hashlib.sha256(b"\x00" + entry).digest()
    if not (place == str(index) == str(view["index"]) and leaf.hex() == view["leaf_hash"]):
        raise ReceiptNotVerified("the entry is not the one that the proof is about")
    if not (record["id"] == record_id == str(view["record_id"]) and record["type"] == view["record_type"]):
        raise ReceiptNotVerified("the entry holds another record")
    if root_of(leaf, index, size, path) != root:
        raise ReceiptNotVerified("the proof does not lead to the root of the checkpoint")
    return Receipt(view["receipt"], record, index, size, origin, view)


def root_of(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root to which `path` leads from leaf hash `leaf` (RFC 9162 §2.1.3.2); None where the path does not fit."""
    if not 0 <= index < size:
        return None
    node, place, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        place, last = place >> 1, last >> 1
    return node if last == 0 else None


def log_keys_in(genesis: bytes) -> list[str]:
    """The keys that entry 0 of a log names for its checkpoints. Raises ValueError for another entry."""
    record = json.loads(genesis.decode().split("\n")[1])
    if record.get("type") != "log.genesis":
        raise ValueError("this is not the first entry of a log")
    keys: list[str] = record["data"]["log_keys"]
    return keys


def _parts(proof: str) -> tuple[int, list[bytes], str]:
    head, _, note = proof.partition("\n\n")
    form, index, *hashes = head.split("\n")
    if form != "c2sp.org/tlog-proof@v1" or not index.startswith("index "):
        raise ValueError("the proof has another form")
    path = [base64.b64decode(text, validate=True) for text in hashes]
    if any(len(part) != 32 for part in path):
        raise ValueError("a hash of the proof has 32 bytes")
    return int(index.removeprefix("index ")), path, note


def _checkpoint(note: str, log_keys: Iterable[str]) -> tuple[str, int, bytes]:
    text, _, lines = note.partition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    signatures = [line.removeprefix("— ").split(" ") for line in lines.splitlines()]
    known = [_log_key(vkey) for vkey in log_keys]
    if not any(
        name == origin == key_name and _is_by(key, base64.b64decode(value), text)
        for name, value in signatures
        for key_name, key in known
    ):
        raise ReceiptNotVerified("the checkpoint is not signed by a key of the ledger")
    return origin, int(size), base64.b64decode(root, validate=True)


def _log_key(vkey: str) -> tuple[str, bytes]:
    """Name and `key id || public key` of a vkey (c2sp.org/signed-note). Another algorithm verifies nothing here."""
    name, key_id, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    return name, binascii.unhexlify(key_id) + (key[1:] if key[:1] == b"\x01" else b"")


def _is_by(key: bytes, value: bytes, text: str) -> bool:
    if value[:4] != key[:4] or len(key) != 36:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key[4:]).verify(value[4:], text.encode())
    except InvalidSignature:
        return False
    return True
