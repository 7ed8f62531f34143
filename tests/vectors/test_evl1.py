"""evl1.json: a log of 300 entries in our formats, reproduced entry by entry, checkpoint by checkpoint."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.canonical import canonical
from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.entry import NO_HASH, make_entry, parse_entry
from ledger.keyfiles import NoteKey
from ledger.merkle import consistency_path, inclusion_path, leaf_hash, resolve, verify_inclusion
from ledger.notes import Verifier, open_note
from ledger.proofs import tlog_proof
from ledger.tiles import Frontier, node_in

EVL1: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "evl1.json").read_text())
ENTRIES = [text.encode() for text in EVL1["entries_utf8"]]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def key(which: str) -> NoteKey:
    seed = bytes.fromhex(EVL1[f"{which}_seed_hex"])
    name = EVL1[f"{which}_vkey"].split("+")[0]
    return NoteKey(name, Ed25519PrivateKey.from_private_bytes(seed))


def tiles() -> dict[tuple[int, int], bytes]:
    return {(0, 0): b"".join(LEAVES[:256]), (0, 1): b"".join(LEAVES[256:]), (1, 0): root(256)}


def root(size: int) -> bytes:
    return base64.b64decode(EVL1["roots_b64"][str(size)])


def test_the_keys_have_the_published_vkeys() -> None:
    assert all(key(which).vkey == EVL1[f"{which}_vkey"] for which in ("log", "record", "root"))


def test_every_entry_is_what_we_write_from_its_record() -> None:
    signers = {key(which).name: key(which) for which in ("record", "root")}
    previous = NO_HASH
    for index, raw in enumerate(ENTRIES):
        entry = parse_entry(raw)
        text = canonical(entry.record.body) + b"\n"
        lines = b"".join(signers[signature.name].line(text) for signature in entry.record.note.signatures)

        assert make_entry(index, entry.us, previous, text + b"\n" + lines) == raw
        previous = LEAVES[index]


def test_every_record_is_signed_by_its_key_and_chained_in_its_stream() -> None:
    known = [key("record").verifier, key("root").verifier]
    heads: dict[str, tuple[int, bytes]] = {}
    for raw in ENTRIES:
        record = parse_entry(raw).record
        open_note(record.raw, known)

        assert (record.seq, record.prev) == heads.get(record.stream, (0, NO_HASH))
        heads[record.stream] = (record.seq + 1, record.hash)


def test_every_checkpoint_is_signed_byte_for_byte() -> None:
    edge = Frontier.load(0, [])
    seen = set()
    for size in range(301):
        if str(size) in EVL1["roots_b64"]:
            assert edge.tree.root() == root(size)
        if str(size) in EVL1["checkpoints"]:
            note = Checkpoint(EVL1["origin"], size, edge.tree.root()).signed(key("log"))
            assert note.decode() == EVL1["checkpoints"][str(size)]
            seen.add(str(size))
        if size < 300:
            edge.append(LEAVES[size])
    assert seen == EVL1["checkpoints"].keys()


def test_every_proof_is_written_byte_for_byte() -> None:
    log = Verifier.parse(EVL1["log_vkey"])
    for case in EVL1["proofs"]:
        checkpoint = EVL1["checkpoints"][str(case["size"])].encode()
        proof = resolve(inclusion_path(case["index"], case["size"]), lambda node: node_in(tiles(), node))

        assert tlog_proof(case["index"], proof, checkpoint).decode() == case["tlog_proof"]
        state = open_checkpoint(checkpoint, log)
        verify_inclusion(
            case["index"], case["size"], base64.b64decode(case["leaf_hash_b64"]), proof, state.root
        )


def test_every_consistency_proof_is_the_published_one() -> None:
    for case in EVL1["consistency"]:
        proof = resolve(consistency_path(case["old"], case["new"]), lambda node: node_in(tiles(), node))

        assert [base64.b64encode(part).decode() for part in proof] == case["hashes_b64"]
