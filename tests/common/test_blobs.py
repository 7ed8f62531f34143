"""The blob store: what it says it holds, it holds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from common.door.blobs import BlobDamaged, BlobMissing, BlobStore, key_of
from common.door.stores import Folder


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


async def test_bytes_are_named_by_their_hash_and_come_back(tmp_path: Path) -> None:
    blobs = BlobStore(Folder(tmp_path))

    sha = await blobs.put(b"a picture")

    assert sha == hashlib.sha256(b"a picture").hexdigest()
    assert await blobs.get(sha) == b"a picture"
    assert await blobs.exists(sha)
    assert names_in(tmp_path) == [sha]


async def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    blobs = BlobStore(Folder(tmp_path))

    first, second = await blobs.put(b"x"), await blobs.put(b"x")

    assert first == second
    assert names_in(tmp_path) == [first]


async def test_one_flipped_bit_is_found_on_reading(tmp_path: Path) -> None:
    blobs = BlobStore(Folder(tmp_path))
    sha = await blobs.put(b"evidence")
    (tmp_path / key_of(sha)).write_bytes(b"evidencf")

    with pytest.raises(BlobDamaged):
        await blobs.get(sha)


async def test_bytes_that_a_power_cut_shortened_are_replaced_by_the_named_ones(tmp_path: Path) -> None:
    blobs = BlobStore(Folder(tmp_path))
    sha = await blobs.put(b"evidence")
    (tmp_path / key_of(sha)).write_bytes(b"")

    await blobs.put(b"evidence")

    assert await blobs.get(sha) == b"evidence"


async def test_a_blob_that_is_not_there_is_missing(tmp_path: Path) -> None:
    blobs = BlobStore(Folder(tmp_path))

    with pytest.raises(BlobMissing):
        await blobs.get("0" * 64)
    assert not await blobs.exists("0" * 64)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_a_name_that_is_no_hash_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="64 lowercase hex"):
        key_of(name)


async def test_a_folder_that_is_away_is_an_error_of_the_disk(tmp_path: Path) -> None:
    root = tmp_path / "store"
    blobs = BlobStore(Folder(root))
    root.rename(tmp_path / "away")
    root.write_bytes(b"")

    with pytest.raises(OSError, match="couldn't store blob"):
        await blobs.put(b"a picture")
