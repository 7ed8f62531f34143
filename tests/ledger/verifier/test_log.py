"""A whole log: the published one at every size, and altered, cut and reordered copies of it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ledger.checkpoint import Checkpoint
from ledger.verifier.command import main
from ledger.verifier.log import verify_log
from ledger.verifier.report import FORGED, VERIFIED, Report
from ledger.verifier.trees import root_of
from tests.ledger.given import LOG, ROOT
from tests.vectors.test_evl1 import ENTRIES, EVL1

EVL1_ROOT = EVL1["root_vkey"]


def evl1(entries: list[bytes] | None = None, size: int = 300, root: str = EVL1_ROOT) -> Report:
    return verify_log(entries or ENTRIES[:size], EVL1["checkpoints"][str(size)].encode(), [root])


@pytest.mark.parametrize("size", [1, 2, 7, 255, 256, 257, 300])
def test_the_published_log_verifies_at_every_checkpoint(size: int) -> None:
    report = evl1(size=size)

    assert (report.verdict == VERIFIED, report.steps[0].count) == (True, size)


def test_a_published_log_with_any_bit_flipped_is_forged() -> None:
    bit = random.Random(41)
    for _ in range(60):
        entries = list(ENTRIES)
        at = bit.randrange(300)
        where = bit.randrange(len(entries[at]))
        entries[at] = (
            entries[at][:where]
            + bytes([entries[at][where] ^ 1 << bit.randrange(8)])
            + entries[at][where + 1 :]
        )
        report = evl1(entries)
        assert report.verdict == FORGED
        faults = [fault for step in report.steps for fault in step.forged]
        # The next entry covers the header of an entry; the checkpoint covers the header of the last one.
        assert any(
            f"第 {at} 条" in fault or f"第 {at + 1} 条" in fault or "检查点" in fault for fault in faults
        )


TAMPERED = {
    "cut": ENTRIES[:299],
    "longer": [*ENTRIES, ENTRIES[299]],
    "hole": [*ENTRIES[:100], *ENTRIES[101:]],
    "swapped": [*ENTRIES[:50], ENTRIES[51], ENTRIES[50], *ENTRIES[52:]],
}


@pytest.mark.parametrize("entries", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_cut_longer_or_reordered_log_is_forged(entries: list[bytes]) -> None:
    assert evl1(entries).verdict == FORGED


def test_a_log_of_another_root_key_is_forged_and_one_without_entries_is_no_pass() -> None:
    assert evl1(root=ROOT.vkey).verdict == FORGED
    assert verify_log([], EVL1["checkpoints"]["1"].encode(), []).verdict == FORGED
    empty = Checkpoint(LOG.name, 0, root_of([])[1]).signed(LOG)
    assert verify_log([], empty, []).verdict != VERIFIED


def test_a_folder_without_a_log_is_not_verified_and_never_mistaken_for_a_forgery(tmp_path: Path) -> None:
    assert main([str(tmp_path), "--key", ROOT.vkey]) == 2
    (tmp_path / "checkpoint").write_bytes(EVL1["checkpoints"]["7"].encode())
    assert main([str(tmp_path), "--key", ROOT.vkey]) == 2
