"""What a restore believes: a manifest that the log's key signed, the files that it names, and nothing else."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.keyfiles import NoteKey
from mz.operate.backup import Backup
from mz.operate.datadir import DataDir
from mz.operate.restore import CannotRestore, Trust, restore
from mz.operate.sealing import seal

LOG, OTHER = (NoteKey("ledger.demo.invalid/2025", Ed25519PrivateKey.generate()) for _ in range(2))
CUSTODIAN = pyrage.x25519.Identity.generate()


def sealed_tar(path: Path, *names: str) -> str:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name))
    written.seek(0)
    return seal(written, path, CUSTODIAN.to_public())


@pytest.fixture
def backup(tmp_path: Path) -> Backup:
    """A backup with a signed manifest, whose base is no cluster: a restore that comes so far fails there."""
    made = Backup(DataDir(tmp_path / "D"), tmp_path, tmp_path / "1", CUSTODIAN.to_public(), None, LOG)
    made.digests["base.tar.age"] = sealed_tar(made.folder / "base.tar.age", "backup_manifest")
    made.digests["state.tar.age"] = sealed_tar(made.folder / "state.tar.age", "city.json")
    made.write_manifest()
    return made


def refused(backup: Backup, trust: Trust) -> str:
    with pytest.raises(CannotRestore) as said:
        restore(backup.folder, DataDir(backup.to / "new"), CUSTODIAN, trust=trust)
    return str(said.value)


def test_a_manifest_that_another_key_signed_is_refused(backup: Backup) -> None:
    assert "签名" in refused(backup, Trust(OTHER.verifier))
    assert "pg_verifybackup" in refused(backup, Trust(LOG.verifier))


@pytest.mark.parametrize("name", ["base.tar.age", "state.tar.age"])
def test_a_file_that_was_put_in_the_place_of_another_is_refused(backup: Backup, name: str) -> None:
    digest = sealed_tar(backup.folder / name, "postgresql.conf")

    assert name in refused(backup, Trust(LOG.verifier))
    path = backup.folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"][name] = digest
    path.write_text(json.dumps(manifest))
    assert "与其签名不符" in refused(backup, Trust(LOG.verifier))


def test_segments_that_nobody_signed_are_taken_only_by_those_who_say_so(backup: Backup) -> None:
    spool = backup.folder / "spool"
    spool.mkdir()
    (spool / "000000010000000000000001.partial").write_bytes(b"")

    assert "1 段" in refused(backup, Trust(LOG.verifier))
    (backup.to / "new").rename(backup.to / "begun")
    assert "pg_verifybackup" in refused(backup, Trust(LOG.verifier, unsigned_log=True))


@pytest.mark.parametrize("options", [(None, False), (LOG.vkey, True)])
def test_whom_to_believe_is_said_and_said_once(options: tuple[str | None, bool]) -> None:
    with pytest.raises(CannotRestore, match="--log-key"):
        Trust.of(options[0], unsigned=options[1], unsigned_log=False)
