"""What every store does, a folder and a bucket alike: the bucket is one of OpenStack Swift, through its S3 API."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from case.runtime import CaseSettings
from common.door.blobs import BlobDamaged, BlobMissing, BlobStore, key_of, sha256_hex
from common.door.sealed import SealedBlobs
from common.door.secrets import Erased, Secrets
from common.door.stores import Bucket, BucketPlace, Credentials, Folder, Store, StoreUnfit
from tests.fakes.objectstore import BUCKET, KEY, SECRET, Swift
from tests.swift import swift_here

A, B = "evidence/evd_a", "evidence/evd_b"


@pytest.fixture(scope="module")
def swift() -> Iterator[Swift]:
    """One of this module."""
    with swift_here() as running:
        yield running


def bucket(swift: Swift, prefix: str, *, name: str = BUCKET, secret: str = SECRET) -> Bucket:
    return Bucket(
        BucketPlace(name, prefix),
        endpoint=swift.url,
        region="us-east-1",
        credentials=Credentials(KEY, secret),
        patience_s=5,
    )


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return Folder(tmp_path / "store")
    return bucket(request.getfixturevalue("swift"), tmp_path.name)


@pytest.fixture
def known(tmp_path: Path) -> Secrets:
    return Secrets(tmp_path / "erasable")


def test_a_file_is_made_once_and_replaced_only_on_demand(store: Store) -> None:
    store.prove()

    assert [store.create("a/b/one", b"1"), store.create("a/b/one", b"2")] == [True, False]
    assert store.get("a/b/one") == b"1"
    store.replace([("a/b/one", b"3"), ("a/c/two", b"4")])

    assert [store.get("a/b/one"), store.get("a/c/two")] == [b"3", b"4"]
    assert [store.names("a/b"), store.names("a"), store.names("none")] == [["a/b/one"], [], []]
    assert sorted(store.every()) == ["a/b/one", "a/c/two"]


def test_what_is_removed_is_gone_and_may_be_removed_again(store: Store) -> None:
    store.create("a/one", b"1")

    for _ in range(2):
        store.remove("a/one")

    assert not store.has("a/one")
    with pytest.raises(BlobMissing):
        store.get("a/one")


async def test_many_who_make_one_file_at_once_leave_it_whole(store: Store) -> None:
    data = [bytes([n]) * 10_000 for n in range(4)]

    made = await asyncio.gather(*(asyncio.to_thread(store.create, "a/race", each) for each in data))

    # A bucket may tell several that they made it (findings/): our names are digests, so they bring the same bytes.
    assert sum(made) == 1 if isinstance(store, Folder) else any(made)
    assert store.get("a/race") in data
    assert not store.create("a/race", b"late")


async def test_a_blob_is_kept_once_and_healed_where_its_bytes_are_torn(store: Store) -> None:
    blobs, picture = BlobStore(store), bytes(range(256)) * 4_000
    first, second = await blobs.put(picture), await blobs.put(picture)

    assert first == second == sha256_hex(picture)
    assert await blobs.get(first) == picture
    store.replace([(key_of(first), b"torn")])
    with pytest.raises(BlobDamaged):
        await blobs.get(first)
    await blobs.put(picture)
    assert await blobs.get(first) == picture
    assert not await blobs.exists("0" * 64)


async def test_sealed_files_of_two_parties_are_two_and_one_may_go(store: Store, known: Secrets) -> None:
    blobs = SealedBlobs(store, known)
    sha256 = await blobs.put(b"picture", of=[A])
    await blobs.put(b"picture", of=[B])
    both = await blobs.put(b"of both", of=[B, A])
    assert await blobs.get(both, of=A) == b"of both"

    known.erase(A)
    await blobs.remove([sha256, both], of=A)

    assert await blobs.get(sha256, of=B) == b"picture"
    assert [len(blobs.named(sha256)), len(blobs.named(both))] == [1, 0]
    with pytest.raises(Erased):
        await blobs.get(sha256, of=A)
    [name] = blobs.named(sha256)
    assert b"picture" not in store.get(name)


async def test_a_copy_in_another_store_is_the_same_sealed_bytes(
    store: Store, known: Secrets, tmp_path: Path
) -> None:
    here, there = SealedBlobs(store, known), SealedBlobs(Folder(tmp_path / "second"), known)
    sha256 = await here.put(b"picture", of=[A])

    await here.copy_to(there, sha256, of=A)

    [name] = here.named(sha256)
    assert there.store.get(name) == store.get(name)


@pytest.mark.slow
def test_a_bucket_that_is_missing_or_closed_says_so_without_its_secret(swift: Swift) -> None:
    with pytest.raises(StoreUnfit, match="没有这个桶"):
        bucket(swift, "x", name="absent").prove()
    with pytest.raises(OSError) as closed:
        bucket(swift, "x", secret="not-the-secret").prove()

    assert "not-the-secret" not in repr(closed.value) + str(closed.value.__cause__)
    assert KEY not in str(closed.value)


def test_a_bucket_that_is_away_is_an_error_of_the_disk() -> None:
    away = Bucket(
        BucketPlace("files", ""),
        endpoint="http://127.0.0.1:9",
        region="us-east-1",
        credentials=Credentials("id", "secret"),
        patience_s=0.2,
    )

    for asked in (away.has, away.get, away.names, away.remove, lambda name: away.create(name, b"")):
        with pytest.raises(OSError, match="couldn't"):
            asked("name")


@pytest.mark.parametrize(
    "text", ["s3://", "s3://id:secret@files/x", "s3://files/x?region=y", "http://files/x"]
)
def test_a_place_is_a_bucket_and_a_prefix_and_nothing_else(text: str) -> None:
    with pytest.raises(ValueError, match="s3://bucket/prefix"):
        BucketPlace.parse(text)
    assert str(BucketPlace.parse("s3://files/case/")) == "s3://files/case"


def test_the_settings_of_a_service_name_a_folder_or_a_bucket(tmp_path: Path) -> None:
    file = tmp_path / "s3"
    file.write_text("id\nsecret\n")
    names = CaseSettings.model_fields.items()
    needed = {name: str(tmp_path) for name, field in names if field.is_required() and "_url" not in name}
    needed |= dict.fromkeys(("database_url", "relay_url"), "postgresql://svc_case@db/case")
    told = needed | {"s3_endpoint": "https://s3.example", "s3_credentials": str(file)}

    folder = CaseSettings.model_validate(needed)
    bucket = CaseSettings.model_validate(told | {"blobs": "s3://files/case"})

    assert isinstance(folder.store(folder.blobs), Folder)
    assert isinstance(bucket.store(bucket.blobs), Bucket)
    assert "secret" not in repr(bucket).replace(str(file), "")
    lacking = CaseSettings.model_validate(needed | {"blobs": "s3://files/case"})
    with pytest.raises(StoreUnfit, match="S3_ENDPOINT"):
        lacking.store(lacking.blobs)


def test_a_bucket_is_reached_over_https_and_credentials_are_never_printed(tmp_path: Path) -> None:
    file = tmp_path / "s3"
    file.write_text("id\nsecret\n")
    credentials = Credentials.read(file)

    assert repr(credentials) == "Credentials(…)"
    with pytest.raises(StoreUnfit, match="https"):
        Bucket(BucketPlace("files", ""), endpoint="http://s3.example", region="x", credentials=credentials)
    file.write_text("id")
    with pytest.raises(ValueError, match="two lines"):
        Credentials.read(file)
