"""Sealed files: what opens a file, and that erasing one party leaves the other party's file."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from common.door.blobs import BlobDamaged, BlobMissing, sha256_hex
from common.door.sealed import SealedBlobs
from common.door.secrets import Erased, Secrets
from common.door.stores import Folder

A, B = "evidence/evd_a", "evidence/evd_b"
PICTURE = b"\xff\xd8\xff" + b"picture" * 400


@pytest.fixture
def known(tmp_path: Path) -> Secrets:
    return Secrets(tmp_path / "erasable")


@pytest.fixture
def blobs(tmp_path: Path, known: Secrets) -> SealedBlobs:
    (tmp_path / "blobs").mkdir()
    return SealedBlobs(Folder(tmp_path / "blobs"), known)


def files(blobs: SealedBlobs, sha256: str) -> list[Path]:
    store = blobs.store
    assert isinstance(store, Folder)
    return [store.root / name for name in blobs.named(sha256)]


async def test_a_sealed_blob_comes_back_and_its_file_tells_nothing(blobs: SealedBlobs) -> None:
    sha256 = await blobs.put(PICTURE, of=[A])

    [path] = files(blobs, sha256)
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
    assert len(list(files(blobs, sha256))) == 1
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
    [path] = files(blobs, sha256)
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
    backup = SealedBlobs(Folder(tmp_path / "backup"), known)
    sha256 = await blobs.put(PICTURE, of=[A])

    await blobs.copy_to(backup, sha256, of=A)

    [here], [there] = list(files(blobs, sha256)), list(files(backup, sha256))
    assert here.read_bytes() == there.read_bytes()
    assert await backup.get(sha256, of=A) == PICTURE


async def test_a_restored_copy_of_the_blobs_stays_unreadable(
    blobs: SealedBlobs, known: Secrets, tmp_path: Path
) -> None:
    sha256 = await blobs.put(PICTURE, of=[A])
    shutil.copytree(tmp_path / "blobs", tmp_path / "copy")
    known.erase(A)
    await blobs.remove([sha256], of=A)

    restored = SealedBlobs(Folder(tmp_path / "copy"), known)

    with pytest.raises(Erased):
        await restored.get(sha256)
    assert all(b"picture" not in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
