"""Sealed values and objects: what opens them, what never does again, and that a crash leaves nothing half done."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest

from common.door.blobs import BlobDamaged, BlobMissing, BlobStore, sha256_hex
from common.door.secrets import Disclosure, Erased, SealedBlobs, SecretMissing, Secrets

A, B = "evidence/evd_a", "evidence/evd_b"
PICTURE = b"\xff\xd8\xff" + b"picture" * 400


@pytest.fixture
def known(tmp_path: Path) -> Secrets:
    return Secrets(tmp_path / "erasable")


@pytest.fixture
def blobs(tmp_path: Path, known: Secrets) -> SealedBlobs:
    (tmp_path / "blobs").mkdir()
    return SealedBlobs(tmp_path / "blobs", known)


def test_a_sealed_value_opens_under_its_own_stream_and_name_alone(known: Secrets) -> None:
    sealed = known.seal(A, "plate", "苏A12345".encode())
    known.make(B)

    assert known.open(A, "plate", sealed).decode() == "苏A12345"
    for stream, name in ((A, "colour"), (B, "plate")):
        with pytest.raises(ValueError, match="not sealed here"):
            known.open(stream, name, sealed)


def test_any_flipped_bit_of_a_sealed_value_is_found(known: Secrets) -> None:
    sealed = known.seal(A, "plate", b"x")

    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ValueError, match="changed since"):
            known.open(A, "plate", bytes(changed))


async def test_a_disclosure_gives_back_salt_and_value(known: Secrets) -> None:
    kept = Disclosure(bytes(range(16)), "苏A12345")

    sealed = await known.seal_disclosure(A, "plate", bytes(32), kept)

    assert known.open_disclosure(A, "plate", bytes(32), sealed) == kept
    assert "苏A12345".encode() not in sealed


def test_the_same_value_is_sealed_to_other_bytes_each_time(known: Secrets) -> None:
    assert known.seal(A, "plate", b"x") != known.seal(A, "plate", b"x")


def test_an_erased_stream_opens_nothing_and_seals_nothing(known: Secrets) -> None:
    sealed, other = known.seal(A, "plate", b"x"), known.seal(B, "plate", b"y")

    known.erase(A)
    known.erase(A)

    with pytest.raises(Erased):
        known.open(A, "plate", sealed)
    with pytest.raises(Erased):
        known.seal(A, "plate", b"x")
    assert (known.has(A), known.is_erased(A), known.open(B, "plate", other)) == (False, True, b"y")


def test_what_a_crash_leaves_between_mark_and_destruction_is_erased_already(known: Secrets) -> None:
    sealed = known.seal(A, "plate", b"x")
    [path] = known.root.rglob("*.key")
    path.with_suffix(".erased").touch()

    with pytest.raises(Erased):
        known.open(A, "plate", sealed)
    known.erase(A)

    assert list(known.root.rglob("*.key")) == []


def test_a_copy_of_everything_sealed_is_unreadable_once_its_secret_is_destroyed(
    known: Secrets, tmp_path: Path
) -> None:
    before = known.seal(A, "plate", b"x")
    known.erase(A)

    # Another store at another place, empty: what a restored backup meets on a new machine.
    with pytest.raises(SecretMissing):
        Secrets(tmp_path / "elsewhere").open(A, "plate", before)


def test_secrets_are_for_their_owner_alone_and_named_by_a_digest(known: Secrets) -> None:
    known.make(A)

    [path] = known.root.rglob("*.key")
    assert (path.stat().st_mode & 0o777, path.stat().st_size) == (0o600, 32)
    assert (path.parent.stat().st_mode & 0o777, path.stem) == (0o700, sha256_hex(A.encode()))


def test_of_many_who_make_a_secret_at_once_all_hold_the_same(known: Secrets) -> None:
    sealed: list[bytes] = []
    threads = [threading.Thread(target=lambda: sealed.append(known.seal(A, "n", b"x"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [known.open(A, "n", one) for one in sealed] == [b"x"] * 16
    assert len(list(known.root.rglob("*"))) == 2  # one folder, one secret, no draft


def test_a_lost_secret_is_not_called_erased(known: Secrets) -> None:
    sealed = known.seal(A, "n", b"x")
    [path] = known.root.rglob("*.key")
    path.write_bytes(b"short")

    with pytest.raises(SecretMissing, match="damaged"):
        known.open(A, "n", sealed)
    path.unlink()
    with pytest.raises(SecretMissing, match="no secret"):
        known.open(A, "n", sealed)


async def test_a_sealed_blob_comes_back_and_its_file_tells_nothing(blobs: SealedBlobs) -> None:
    sha256 = await blobs.put(PICTURE, of=[A])

    [path] = blobs.named(sha256)
    assert sha256 == sha256_hex(PICTURE)
    assert await blobs.get(sha256, of=A) == await blobs.get(sha256) == PICTURE
    assert b"picture" not in path.read_bytes()
    with pytest.raises(BlobMissing):
        await blobs.get(sha256, of=B)


async def test_the_same_picture_of_two_parties_survives_the_erasure_of_one(
    blobs: SealedBlobs, known: Secrets
) -> None:
    sha256 = await blobs.put(PICTURE, of=[A])
    await blobs.put(PICTURE, of=[B])

    known.erase(A)
    await blobs.remove([sha256], of=A)

    assert await blobs.get(sha256, of=B) == PICTURE
    assert len(list(blobs.named(sha256))) == 1
    with pytest.raises(Erased):
        await blobs.get(sha256, of=A)


async def test_an_object_of_two_parties_goes_with_the_first_of_them(
    blobs: SealedBlobs, known: Secrets
) -> None:
    sha256 = await blobs.put(PICTURE, of=[B, A])
    assert await blobs.get(sha256, of=A) == await blobs.get(sha256, of=B) == PICTURE

    known.erase(B)

    with pytest.raises(Erased):
        await blobs.get(sha256, of=A)


async def test_bytes_that_are_there_already_are_not_written_again_and_torn_ones_are(
    blobs: SealedBlobs,
) -> None:
    sha256 = await blobs.put(PICTURE, of=[A])
    [path] = blobs.named(sha256)
    first = path.stat().st_ino

    await blobs.put(PICTURE, of=[A])
    assert path.stat().st_ino == first
    os.truncate(path, 100)
    with pytest.raises(BlobDamaged):
        await blobs.get(sha256, of=A)
    await blobs.put(PICTURE, of=[A])

    assert await blobs.get(sha256, of=A) == PICTURE


async def test_a_copy_in_another_store_is_the_same_sealed_bytes(
    blobs: SealedBlobs, known: Secrets, tmp_path: Path
) -> None:
    (tmp_path / "backup").mkdir()
    backup = SealedBlobs(tmp_path / "backup", known)
    sha256 = await blobs.put(PICTURE, of=[A])

    await blobs.copy_to(backup, sha256, of=A)

    [here], [there] = list(blobs.named(sha256)), list(backup.named(sha256))
    assert here.read_bytes() == there.read_bytes()
    assert await backup.get(sha256, of=A) == PICTURE


async def test_what_an_older_version_kept_in_clear_is_read_copied_sealed_and_removed(
    blobs: SealedBlobs, known: Secrets, tmp_path: Path
) -> None:
    sha256 = await BlobStore(tmp_path / "blobs").put(PICTURE)
    (tmp_path / "backup").mkdir()
    backup = SealedBlobs(tmp_path / "backup", known)

    assert await blobs.get(sha256, of=A) == PICTURE
    await blobs.copy_to(backup, sha256, of=A)
    await blobs.remove_clear([sha256])

    assert await backup.get(sha256, of=A) == PICTURE
    assert len(list(backup.named(sha256))) == 1
    with pytest.raises(BlobMissing):
        await blobs.get(sha256, of=A)


async def test_a_restored_copy_of_the_blobs_stays_unreadable(
    blobs: SealedBlobs, known: Secrets, tmp_path: Path
) -> None:
    sha256 = await blobs.put(PICTURE, of=[A])
    shutil.copytree(tmp_path / "blobs", tmp_path / "copy")
    known.erase(A)
    await blobs.remove([sha256], of=A)

    restored = SealedBlobs(tmp_path / "copy", known)

    with pytest.raises(Erased):
        await restored.get(sha256)
    assert all(b"picture" not in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
