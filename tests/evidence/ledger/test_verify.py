"""verify.py on bundles as the service makes them: alone, with every file mutated, never a pass without a check."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evidence.ledger.log import Log
from ledger.notes import encode_batch
from ledger.tiles import Tile, path_of
from ledger.verifier.bundle import verify_bundle
from ledger.verifier.command import main
from ledger.verifier.report import FORGED, NOT_VERIFIED, VERIFIED
from mz.postgres import Server
from tests.evidence.ledger.bundles import Case, Files, files_of, forged, resigned, zipped
from tests.evidence.ledger.conftest import ledgers
from tests.evidence.ledger.given import Ledger
from tests.ledger.given import CASE, LOG, ROOT, STRANGER, Stream


@pytest.fixture(scope="module")
async def bundle(postgres: Server, empty_ledger: str, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The files of a bundle of which no outsider says anything, on a log of one suite. No test changes them."""
    async with ledgers(postgres, empty_ledger, tmp_path_factory.mktemp("bundle")) as open_ledger:
        ledger = open_ledger()
        await ledger.begin(devices=True)
        case = Case(ledger, records=4, pictures=[b"\xff\xd8picture"])
        await case.record(between=lambda: ledger.sequencer.append_all(Stream().take(75)))
        return files_of((await case.bundle(is_vouched=False)).data)


async def test_a_bundle_verifies_alone_with_the_standard_library(bundle: Files, tmp_path: Path) -> None:
    """Not our packages, not `cryptography`: the file from inside the bundle, isolated."""
    alone = tmp_path / "alone.py"
    alone.write_bytes(bundle["verify/verify.py"])
    path = zipped(tmp_path / "b.zip", bundle)

    command = [sys.executable, "-I", "-S", str(alone), str(path), "--key", ROOT.vkey]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("核验结论:核验通过 (VERIFIED)")
    report = verify_bundle(path, [ROOT.vkey])
    assert {step.name.split()[-1]: step.verdict for step in report.steps if not step.demanded} == {
        "media": VERIFIED,
        "disclosures": VERIFIED,
        "statements": VERIFIED,
        "witnesses": NOT_VERIFIED,
        "consistency": NOT_VERIFIED,
        "not-after": NOT_VERIFIED,
        "not-before": NOT_VERIFIED,
        "monitor": NOT_VERIFIED,
        "sm3": NOT_VERIFIED,
    }


async def test_a_bundle_byte_flipped_in_the_zip_itself_never_becomes_another_story(
    bundle: Files, tmp_path: Path
) -> None:
    whole = zipped(tmp_path / "b.zip", bundle).read_bytes()
    bit = random.Random(3)
    for _ in range(150):
        at = bit.randrange(len(whole))
        (tmp_path / "c.zip").write_bytes(
            whole[:at] + bytes([whole[at] ^ 1 << bit.randrange(8)]) + whole[at + 1 :]
        )
        report = verify_bundle(tmp_path / "c.zip", [ROOT.vkey])
        assert report.verdict in (FORGED, NOT_VERIFIED), at


async def test_a_manifest_signed_by_a_stranger_or_for_another_root_is_forged(
    bundle: Files, tmp_path: Path
) -> None:
    for key in (STRANGER, CASE):
        assert verify_bundle(zipped(tmp_path / "b.zip", resigned(bundle, key)), [ROOT.vkey]).verdict == FORGED
    assert verify_bundle(zipped(tmp_path / "b.zip", bundle), [STRANGER.vkey]).verdict == FORGED
    assert verify_bundle(zipped(tmp_path / "b.zip", bundle), [LOG.vkey]).verdict == VERIFIED


async def test_an_empty_or_unreadable_bundle_is_not_verified(bundle: Files, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(b"not a zip")
    assert verify_bundle(tmp_path / "b.zip").verdict == NOT_VERIFIED
    assert verify_bundle(tmp_path / "absent.zip").verdict == NOT_VERIFIED
    assert verify_bundle(zipped(tmp_path / "b.zip", {})).verdict != VERIFIED
    nothing = forged({n: d for n, d in bundle.items() if not n.startswith(("records/", "proofs/"))})
    assert verify_bundle(zipped(tmp_path / "b.zip", nothing)).verdict != VERIFIED


async def test_a_tiled_log_in_a_folder_verifies_from_the_command_line(ledger: Ledger, tmp_path: Path) -> None:
    await ledger.sequencer.append_all([Stream().next() for _ in range(300)])
    conn = await ledger.admin()
    log = await Log.newest(conn)
    assert log is not None
    for tile in (Tile(None, 0), Tile(None, 1, 303 - 256)):
        path = tmp_path / path_of(tile)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_batch([row.entry for row in await log.entries(tile.n * 256, tile.width)]))
    signed: Any = await log.checkpoint()
    (tmp_path / "checkpoint").write_bytes(signed[1])
    await conn.close()

    assert main([str(tmp_path), "--key", ROOT.vkey]) == 0
    assert main([str(tmp_path), "--key", STRANGER.vkey, "--json"]) == 1
