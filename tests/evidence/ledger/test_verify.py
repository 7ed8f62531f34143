"""verify.py on bundles as the service makes them: alone, with every file mutated, never a pass without a check."""

from __future__ import annotations

import hashlib
import io
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.bundles.dossier import Contents, assemble
from evidence.bundles.extract import extract
from evidence.ledger.log import Log
from evidence.store.bundles import PlateDisclosure
from ledger.canonical import canonical
from ledger.checkpoint import Checkpoint
from ledger.keyfiles import NoteKey, RecordSigner
from ledger.notes import encode_batch
from ledger.tiles import Tile, path_of
from ledger.verifier.bundle import verify_bundle
from ledger.verifier.command import main
from ledger.verifier.report import FORGED, NOT_VERIFIED, VERIFIED
from tests.evidence.ledger.given import Ledger
from tests.ledger.given import CASE, EVIDENCE, LOG, ROOT, START, STRANGER, Stream


def flipped(data: bytes, bit: random.Random) -> bytes:
    """`data` with one bit changed."""
    at = bit.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << bit.randrange(8)]) + data[at + 1 :]


@pytest.fixture
async def bundle(ledger: Ledger) -> dict[str, bytes]:
    """The files of a bundle of one capture and one case, made as the service makes them, on a log of 300."""
    picture, opened = b"\xff\xd8picture", [bytes(16), "plate", "苏A12345"]
    commitment = hashlib.sha256(bytes(16) + canonical(opened[1:])).hexdigest()
    statement = EVIDENCE.statement("capability", {"v": 1})
    capture, case = Stream(), Stream("case/cas_1", CASE)
    data = {
        "media": [{"sha256": hashlib.sha256(picture).hexdigest(), "size": len(picture)}],
        "plate": {"c": commitment},
        "capability": hashlib.sha256(statement).hexdigest(),
    }
    notes = [capture.next(data=data), case.next(data={}), capture.next(data={}), case.next(data={})]
    for note in notes:
        await ledger.sequencer.append(note)
        await ledger.sequencer.append_all([Stream().next() for _ in range(75)])
    conn = await ledger.admin()
    log = await Log.newest(conn)
    assert log is not None
    contents = Contents(
        captures=[],
        extract=await extract(log, [capture.name, case.name]),
        pictures={},
        statements={hashlib.sha256(statement).hexdigest(): statement},
        disclosures=[PlateDisclosure(bytes.fromhex(commitment), capture.name, "plate", bytes(16), opened[2])],
        case_id=None,
        made_at=START,
        city="演示市",
        profile="DEMO",
    )
    contents.files[f"media/{data['media'][0]['sha256']}.jpg"] = picture  # type: ignore[index]
    await conn.close()
    with zipfile.ZipFile(io.BytesIO(assemble(contents, EVIDENCE).data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def resigned(files: dict[str, bytes], key: NoteKey = EVIDENCE) -> dict[str, bytes]:
    """`files` with a manifest that lists them, signed by `key`, as a forger inside the service would make it."""
    manifest = json.loads(files["manifest.json"])
    made = {name: data for name, data in files.items() if not name.startswith("manifest.")}
    sha = hashlib.sha256
    manifest["files"] = [{"path": n, "sha256": sha(d).hexdigest(), "size": len(d)} for n, d in made.items()]
    manifest["records"] = sorted(int(n.split("/")[1].split(".")[0]) for n in made if n.startswith("records/"))
    body = json.dumps(manifest).encode()
    return made | {
        "manifest.json": body,
        "manifest.note": key.statement("bundle-manifest", {"sha256": sha(body).hexdigest()}),
    }


async def test_a_bundle_verifies_alone_with_the_standard_library(
    bundle: dict[str, bytes], tmp_path: Path
) -> None:
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


async def test_every_file_of_a_bundle_with_one_byte_changed_is_forged_and_named(
    bundle: dict[str, bytes], tmp_path: Path
) -> None:
    bit = random.Random(7)
    for name, data in bundle.items():
        report = verify_bundle(zipped(tmp_path / "b.zip", bundle | {name: flipped(data, bit)}), [ROOT.vkey])
        assert report.verdict == FORGED, name
        assert any(name in fault for step in report.steps for fault in step.forged), (name, report.lines())


async def test_every_file_of_a_bundle_is_needed(bundle: dict[str, bytes], tmp_path: Path) -> None:
    for name in bundle:
        files = {other: data for other, data in bundle.items() if other != name}
        assert verify_bundle(zipped(tmp_path / "b.zip", files), [ROOT.vkey]).verdict == FORGED, name
    extra = verify_bundle(zipped(tmp_path / "b.zip", bundle | {"media/x.jpg": b"x"}), [ROOT.vkey])
    assert extra.verdict == FORGED


async def test_a_bundle_byte_flipped_in_the_zip_itself_never_becomes_another_story(
    bundle: dict[str, bytes], tmp_path: Path
) -> None:
    whole = zipped(tmp_path / "b.zip", bundle).read_bytes()
    bit = random.Random(3)
    for _ in range(150):
        at = bit.randrange(len(whole))
        (tmp_path / "c.zip").write_bytes(
            whole[:at] + bytes([whole[at] ^ 1 << bit.randrange(8)]) + whole[at + 1 :]
        )
        report = verify_bundle(tmp_path / "c.zip", [ROOT.vkey])
        assert report.verdict in (FORGED, NOT_VERIFIED) or all(
            zipfile.ZipFile(tmp_path / "c.zip").read(name) == data for name, data in bundle.items()
        )


def number(name: str) -> int:
    return int(name.split("/")[1].split(".")[0])


def entries_of(files: dict[str, bytes], folder: str) -> list[str]:
    return sorted((n for n in files if n.startswith(f"{folder}/") and n.endswith(".entry")), key=number)


def without_first(files: dict[str, bytes]) -> dict[str, bytes]:
    gone = number(entries_of(files, "records")[0])
    return {n: d for n, d in files.items() if n not in (f"records/{gone}.entry", f"proofs/{gone}.tlog-proof")}


def other_media(files: dict[str, bytes]) -> dict[str, bytes]:
    name = next(name for name in files if name.startswith("media/"))
    return files | {name: b"another picture"}


def other_record(files: dict[str, bytes], key: RecordSigner = EVIDENCE) -> dict[str, bytes]:
    name = entries_of(files, "records")[0]
    header = files[name].split(b"\n")[0] + b"\n"
    return files | {name: header + Stream(key=key).next()}


def strange_record(files: dict[str, bytes]) -> dict[str, bytes]:
    return other_record(files, STRANGER)


def other_plate(files: dict[str, bytes]) -> dict[str, bytes]:
    name = next(name for name in files if name.startswith("disclosures/"))
    return files | {name: files[name].replace(b"A12345", b"A12346")}


def fork(files: dict[str, bytes]) -> dict[str, bytes]:
    return files | {"checkpoints/final.note": Checkpoint(LOG.name, 400, bytes(32)).signed(LOG)}


def without_a_key(files: dict[str, bytes]) -> dict[str, bytes]:
    gone = entries_of(files, "keys")[-1].removesuffix("entry")
    return {n: d for n, d in files.items() if not n.startswith(gone)}


@pytest.mark.parametrize(
    "tamper, step",
    [
        (without_first, "completeness"),
        (other_media, "media"),
        (other_record, "inclusion"),
        (strange_record, "signatures"),
        (other_plate, "disclosures"),
        (fork, "inclusion"),
        (without_a_key, "signatures"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
async def test_a_forgery_with_a_fresh_manifest_fails_the_step_that_it_breaks(
    bundle: dict[str, bytes],
    tmp_path: Path,
    tamper: Callable[[dict[str, bytes]], dict[str, bytes]],
    step: str,
) -> None:
    assert verify_bundle(zipped(tmp_path / "a.zip", resigned(bundle)), [ROOT.vkey]).verdict == VERIFIED

    report = verify_bundle(zipped(tmp_path / "b.zip", resigned(tamper(bundle))), [ROOT.vkey])

    assert report.verdict == FORGED
    assert step in [s.name.split()[-1] for s in report.steps if s.forged]


async def test_a_manifest_signed_by_a_stranger_or_for_another_root_is_forged(
    bundle: dict[str, bytes], tmp_path: Path
) -> None:
    for key in (STRANGER, CASE):
        assert verify_bundle(zipped(tmp_path / "b.zip", resigned(bundle, key)), [ROOT.vkey]).verdict == FORGED
    assert verify_bundle(zipped(tmp_path / "b.zip", bundle), [STRANGER.vkey]).verdict == FORGED
    assert verify_bundle(zipped(tmp_path / "b.zip", bundle), [LOG.vkey]).verdict == VERIFIED


async def test_an_empty_or_unreadable_bundle_is_not_verified(
    bundle: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "b.zip").write_bytes(b"not a zip")
    assert verify_bundle(tmp_path / "b.zip").verdict == NOT_VERIFIED
    assert verify_bundle(tmp_path / "absent.zip").verdict == NOT_VERIFIED
    assert verify_bundle(zipped(tmp_path / "b.zip", {})).verdict != VERIFIED
    nothing = {n: d for n, d in bundle.items() if not n.startswith(("records/", "proofs/"))}
    manifest = json.loads(nothing["manifest.json"]) | {"streams": []}
    nothing = resigned(nothing | {"manifest.json": json.dumps(manifest).encode()})
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
