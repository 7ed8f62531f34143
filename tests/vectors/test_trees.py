"""Published vectors of RFC 6962 proofs and a published tiled log, against our pure functions."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from ledger.checkpoint import open_checkpoint
from ledger.merkle import (
    CompactRange,
    consistency_path,
    inclusion_path,
    leaf_hash,
    resolve,
    verify_consistency,
    verify_inclusion,
)
from ledger.notes import Verifier, decode_batch, encode_batch
from ledger.tiles import Tile, exists, node_in, parse_path, path_of
from ledger.verifier import notes, trees

DATA = Path(__file__).parent / "data"
LOG = DATA / "tessera-log"
UNSIGNED = notes.Note(b"", b"", [])


def cases(kind: str) -> list[Any]:
    files = sorted((DATA / "rfc6962" / kind).rglob("*.json"))
    return [pytest.param(json.loads(file.read_text()), id="/".join(file.parts[-2:])) for file in files]


def hashes(texts: list[str] | None) -> list[bytes]:
    return [base64.b64decode(text) for text in texts or []]


def holds(check: Any, *args: Any) -> bool:
    try:
        check(*args)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("case", cases("inclusion"))
def test_a_published_inclusion_proof_holds_exactly_when_it_should(case: dict[str, Any]) -> None:
    leaf, root = hashes([case["leafHash"] or "", case["root"] or ""])

    index, size, proof = case["leafIdx"], case["treeSize"], hashes(case["proof"])

    assert holds(verify_inclusion, index, size, leaf, proof, root) is not case["wantErr"]
    if len(root) == 32:  # its checkpoints have no other
        assert trees.included(index, size, leaf, proof, root) is not case["wantErr"]


@pytest.mark.parametrize("case", cases("consistency"))
def test_a_published_consistency_proof_holds_exactly_when_it_should(case: dict[str, Any]) -> None:
    old, new = hashes([case["root1"] or "", case["root2"] or ""])

    proof = hashes(case["proof"])

    assert holds(verify_consistency, case["size1"], case["size2"], proof, old, new) is not case["wantErr"]
    if not case["size1"]:
        return  # an empty tree begins every other: verify.py asks nobody for a proof of that
    ends = [notes.Checkpoint(UNSIGNED, "", case[f"size{n}"], root) for n, root in ((1, old), (2, new))]
    assert trees.extends(ends[0], ends[1], proof) is not case["wantErr"]


def entries() -> list[bytes]:
    return decode_batch((LOG / "tile/entries/000.p/15").read_bytes())


@pytest.mark.parametrize("size", range(16))
def test_each_checkpoint_of_the_published_log_signs_the_root_we_compute(size: int) -> None:
    tree = CompactRange()
    for entry in entries()[:size]:
        tree.append(leaf_hash(entry))

    log = Verifier.parse((LOG / "VKEY").read_text().strip())
    checkpoint = open_checkpoint((LOG / f"checkpoint.{size}").read_bytes(), log)

    assert (checkpoint.size, checkpoint.root) == (size, tree.root())


def test_the_checkpoint_of_the_published_log_is_that_of_its_size() -> None:
    assert (LOG / "checkpoint").read_bytes() == (LOG / "checkpoint.15").read_bytes()


def test_the_hashes_of_the_published_log_are_those_of_its_entries() -> None:
    leaves = b"".join(leaf_hash(entry) for entry in entries())

    tiles = {int(path.name): path.read_bytes() for path in (LOG / "tile/0/000.p").iterdir()}

    assert tiles == {width: leaves[: 32 * width] for width in range(1, 16)}
    bundles = {int(path.name): path.read_bytes() for path in (LOG / "tile/entries/000.p").iterdir()}
    assert bundles == {width: encode_batch(entries()[:width]) for width in range(1, 16)}


def test_each_tile_of_the_published_log_is_where_our_path_says() -> None:
    paths = [str(path.relative_to(LOG)) for path in (LOG / "tile").rglob("*") if path.is_file()]

    tiles = [parse_path(*path.split("/", 2)[1:]) for path in paths]

    assert tiles
    assert [(path_of(tile), exists(tile, 15)) for tile in tiles] == [(path, True) for path in paths]


def test_proofs_from_the_published_tiles_hold_under_the_published_roots() -> None:
    data = {(0, 0): (LOG / "tile/0/000.p/15").read_bytes()}
    leaves = [leaf_hash(entry) for entry in entries()]
    roots = [CompactRange().root()]
    tree = CompactRange()
    for leaf in leaves:
        tree.append(leaf)
        roots.append(tree.root())

    for size in range(1, 16):
        for index in range(size):
            proof = resolve(inclusion_path(index, size), lambda node: node_in(data, node))
            verify_inclusion(index, size, leaves[index], proof, roots[size])
        for old in range(1, size + 1):
            proof = resolve(consistency_path(old, size), lambda node: node_in(data, node))
            verify_consistency(old, size, proof, roots[old], roots[size])


@pytest.mark.parametrize(
    ("kind", "rest"),
    [
        ("00", "000"),
        ("64", "000"),
        ("-1", "000"),
        ("0", "x000/001"),
        ("0", "1"),
        ("0", "0001"),
        ("0", "001/002"),
        ("0", "x001"),
        ("0", "000.p/0"),
        ("0", "000.p/256"),
        ("0", "000.p/08"),
        ("0", "000.p"),
        ("0", "000.p/"),
        ("0", "٠٠٠"),
        ("data", "000"),
    ],
)
def test_a_path_that_we_never_write_names_no_tile(kind: str, rest: str) -> None:
    with pytest.raises(ValueError):
        parse_path(kind, rest)


def test_the_specification_s_example_path_is_ours() -> None:
    assert path_of(Tile(0, 1234067)) == "tile/0/x001/x234/067"
    assert parse_path("0", "x001/x234/067") == Tile(0, 1234067)
