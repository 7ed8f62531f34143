"""A city whose files lie in buckets: played, checked, exported, backed up and restored by the commands alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.door.stores import Bucket
from mz.operate.datadir import DataDir
from mz.operate.filestores import FileStores
from mz.operate.sealing import make_identity
from tests.fakes.objectstore import BUCKET, KEY, SECRET
from tests.faults.process import System, free_port
from tests.swift import swift_here

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running system that told one story, with nothing but names of its files on this disk."""
    place = tmp_path_factory.mktemp("buckets")
    system = System(place / "D", free_port())
    with swift_here() as swift:
        (place / "s3").write_text(f"{KEY}\n{SECRET}\n")
        system.folder.mkdir()
        buckets = {
            "place": f"s3://{BUCKET}/city",
            "backup": f"s3://{BUCKET}/copy",
            "endpoint": swift.url,
            "credentials": str(place / "s3"),
        }
        (system.folder / "buckets.json").write_text(json.dumps(buckets))
        try:
            told = system.mz("demo", "--port", str(system.port), timeout=600)
            assert told.returncode == 0, told.stderr
            yield system
        finally:
            system.remove()


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files_of(folder: Path) -> list[Path]:
    return [path for kind in ("blobs", "backup") for path in (folder / kind).rglob("*") if path.is_file()]


def test_every_file_lies_in_a_bucket_and_fsck_reads_it_there(city: System) -> None:
    stores = FileStores.at(DataDir(city.folder)).of
    there = [name for store in stores.values() for name in store.every()]

    assert files_of(city.folder) == []
    assert len(there) > 10
    assert said(city.mz("ledger", "fsck", timeout=300))

    evidence = stores["blobs/evidence"]
    assert isinstance(evidence, Bucket)
    lost = next(name for name in evidence.every() if name.startswith("sealed/"))
    held = evidence.get(lost)
    try:
        evidence.replace([(lost, held[:-1] + bytes([held[-1] ^ 1]))])
        changed = city.mz("ledger", "fsck", timeout=300)
        evidence.remove(lost)
        gone = city.mz("ledger", "fsck", timeout=300)
    finally:
        evidence.replace([(lost, held)])
    assert (changed.returncode, gone.returncode) == (1, 1)
    assert lost.rpartition("/")[2] in changed.stdout
    assert "names a blob that is gone" in gone.stdout


def test_an_export_holds_the_files_and_needs_no_bucket(city: System, tmp_path: Path) -> None:
    said(city.mz("ledger", "export", str(tmp_path / "copy"), timeout=300))

    assert len(files_of(tmp_path / "copy")) > 10
    assert not (tmp_path / "copy" / "buckets.json").exists()
    assert said(city.mz("ledger", "fsck", "--offline", str(tmp_path / "copy"), timeout=300))


def test_a_backup_of_buckets_is_restored_into_folders(city: System, tmp_path: Path) -> None:
    keys = [str(tmp_path / name) for name in ("data.key", "secrets.key")]
    publics = [make_identity(Path(key)) for key in keys]
    log = json.loads((city.folder / "vkeys.json").read_text())["log"]
    said(
        city.mz(
            *("backup", "--to", str(tmp_path / "to"), "--recipient", publics[0]),
            *("--secrets-to", str(tmp_path / "secrets"), "--secrets-recipient", publics[1]),
            timeout=300,
        )
    )
    (folder,) = [path for path in (tmp_path / "to").iterdir() if path.name != "blobs"]

    elsewhere = System(tmp_path / "D2", free_port())
    restored = elsewhere.mz(
        *("restore", str(folder), "--identity", keys[0], "--log-key", log),
        *("--secrets", str(tmp_path / "secrets"), "--secrets-identity", keys[1]),
        timeout=300,
    )

    try:
        assert "0 项问题" in said(restored) + restored.stderr
        assert len(files_of(elsewhere.folder)) > 10
    finally:
        elsewhere.remove()
