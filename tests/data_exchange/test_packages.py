"""The package of a transfer: its enclosures, its files by parts and by ranges, the receiver's verification."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import httpx
import pytest

from common.files.digests import digest_field
from common.values.law import CRIMT_6
from tests.data_exchange.packages import (
    PDF,
    begun,
    crime,
    dispatched,
    do,
    done,
    packed,
    prepared,
    preparer,
    put,
    receiver,
    seen,
    submitted,
    uploaded,
    verified,
)
from tests.world import World

_BIG: Final = PDF + b" " * (5 << 20) + b"%%EOF"


@pytest.mark.law(CRIMT_6)
async def test_a_package_without_its_enclosures_is_refused_and_each_is_named(world: World) -> None:
    empty = await prepared(world, examined=True, **crime(world))
    complete = await packed(world, examined=True, **crime(world))
    await uploaded(world, complete, enclosure="EXPERT_REPORT", name="鉴定意见.pdf")

    lacking = await do(preparer(world), empty, "submission")
    sent_in = await do(preparer(world), complete, "submission")

    names = ["TRANSFER_LETTER", "INVESTIGATION_REPORT", "GOODS_LIST", "EXPERT_REPORT"]
    problem = lacking.json()
    assert (lacking.status_code, problem["code"], problem["article"]) == (
        422,
        "DX_ENCLOSURES_MISSING",
        "CrimT 6",
    )
    assert [error["pointer"] for error in problem["errors"]] == [f"/enclosures/{name}" for name in names]
    assert (await seen(world, empty))["missing"] == names
    assert sent_in.status_code == 201


async def test_a_file_comes_in_parts_in_any_order(world: World) -> None:
    transfer = await prepared(world)
    upload = await begun(world, transfer, _BIG)
    first, second = _BIG[: 4 << 20], _BIG[4 << 20 :]

    too_early = await preparer(world).post(f"{upload}/completion", json={})
    await put(world, upload, 2, second)
    with_a_gap = await preparer(world).post(f"{upload}/completion", json={})
    await put(world, upload, 1, PDF)
    await put(world, upload, 1, first)  # the same part again replaces it
    completed = await preparer(world).post(f"{upload}/completion", json={})
    again = await preparer(world).post(f"{upload}/completion", json={})

    assert {too_early.json()["code"], with_a_gap.json()["code"]} == {"DX_PARTS_MISSING"}
    assert (completed.status_code, completed.json()["verdict"]) == (201, "ACCEPTED")
    assert (again.status_code, again.json()["code"]) == (409, "DX_UPLOAD_JUDGED")
    assert (await seen(world, transfer))["files"][0]["sha256"] == hashlib.sha256(_BIG).hexdigest()


async def test_a_part_without_its_digest_is_refused(world: World) -> None:
    upload = await begun(world, await prepared(world), PDF)

    without = await put(world, upload, 1, PDF, digest="")
    other = await put(world, upload, 1, PDF, digest=digest_field(b"other bytes"))
    weak = await put(world, upload, 1, PDF, digest="md5=:Sd/dVLAcvNLSq16eXua5uQ==:")
    too_large = await put(world, upload, 1, b"%PDF-" + b"0" * (4 << 20))
    more = await put(world, upload, 1, PDF + PDF)

    assert (without.status_code, without.json()["code"]) == (400, "FILE_DIGEST_REQUIRED")
    assert (weak.status_code, weak.json()["code"]) == (400, "FILE_DIGEST_REQUIRED")
    assert faults(other) == [("/headers/Content-Digest", "FILE_DIGEST_WRONG")]
    assert (too_large.status_code, too_large.json()["code"]) == (413, "FILE_PART_SIZE")
    assert faults(more) == [("/size", "FILE_SIZE_WRONG")]


@pytest.mark.parametrize(
    ("data", "changes", "expected"),
    [
        (PDF, {"sha256": "0" * 64}, ("/sha256", "FILE_DIGEST_WRONG")),
        (PDF, {"size": len(PDF) + 1}, ("/size", "FILE_SIZE_WRONG")),
        (b"PK\x03\x04 an archive", {}, ("/media_type", "FILE_TYPE_WRONG")),
        (PDF + b"PK\x03\x04" + b"0" * 2_000, {}, ("/media_type", "FILE_END_WRONG")),
        (
            b"\xff\xd8\xff\xe0 picture \xff\xd9 and an archive",
            {"name": "1.jpg", "media_type": "image/jpeg"},
            ("/media_type", "FILE_END_WRONG"),
        ),
    ],
    ids=["digest", "size", "type", "bytes-behind-a-pdf", "bytes-behind-a-picture"],
)
async def test_a_file_that_is_not_as_declared_is_refused_with_the_place(
    world: World, data: bytes, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    transfer = await prepared(world)

    answer = await uploaded(world, transfer, data, **changes)

    assert faults(answer) == [expected]
    path = f"/v1/case-transfers/{transfer['exchange_id']}"
    verdict = (await preparer(world).get(f"{path}/uploads/1")).json()
    assert (verdict["verdict"], verdict["codes"]) == ("REFUSED", [expected[1]])
    assert (await seen(world, transfer))["files"] == []


async def test_a_declaration_is_judged_before_any_byte_comes(world: World) -> None:
    path = f"/v1/case-transfers/{(await prepared(world))['exchange_id']}/uploads"
    order = {
        "enclosure": "OTHER",
        "name": "../../移送书.exe",
        "media_type": "application/pdf",
        "size": 0,
        "sha256": "0" * 64,
    }

    answer = await preparer(world).post(path, json=order)
    archive = await preparer(world).post(
        path, json=order | {"name": "a.zip", "media_type": "application/zip"}
    )

    assert faults(answer) == [
        ("/name", "FILE_NAME_NOT_ALLOWED"),
        ("/name", "FILE_ENDING_WRONG"),
        ("/size", "FILE_SIZE_NOT_ALLOWED"),
    ]
    assert ("/media_type", "FILE_TYPE_NOT_ALLOWED") in faults(archive)


async def test_a_submitted_package_takes_no_more_files(world: World) -> None:
    transfer = await packed(world)
    upload = await begun(world, transfer, PDF)
    await done(preparer(world), transfer, "submission")

    part = await put(world, upload, 1, PDF)
    late = await preparer(world).post(upload.rpartition("/")[0], json=_announced())

    assert {part.json()["code"], late.json()["code"]} == {"DX_PACKAGE_CLOSED"}


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=100-199", 100, 199), ("bytes=-16", -16, None), ("bytes=400-", 400, None)],
    ids=["first", "middle", "suffix", "to-the-end"],
)
async def test_a_range_of_a_file_is_fetched(world: World, asked: str, first: int, last: int | None) -> None:
    transfer, whole = await a_file(world)

    answer = await fetch(world, transfer, {"range": asked})

    expected = whole[first : None if last is None else last + 1]
    start = first % len(whole)
    assert (answer.status_code, answer.content) == (206, expected)
    assert answer.headers["content-range"] == f"bytes {start}-{start + len(expected) - 1}/{len(whole)}"
    assert answer.headers["content-digest"] == digest_field(expected)
    assert answer.headers["repr-digest"] == digest_field(whole)


async def test_a_range_holds_only_for_the_same_strong_etag(world: World) -> None:
    transfer, whole = await a_file(world)
    etag = (await fetch(world, transfer, {})).headers["etag"]

    same = await fetch(world, transfer, {"range": "bytes=0-9", "if-range": etag})
    other = await fetch(world, transfer, {"range": "bytes=0-9", "if-range": '"other"'})
    weak = await fetch(world, transfer, {"range": "bytes=0-9", "if-range": f"W/{etag}"})
    several = await fetch(world, transfer, {"range": "bytes=0-1,4-5"})
    behind = await fetch(world, transfer, {"range": f"bytes={len(whole)}-"})

    assert etag == f'"{hashlib.sha256(whole).hexdigest()}"'
    assert (same.status_code, same.content) == (206, whole[:10])
    assert [(each.status_code, each.content) for each in (other, weak, several)] == [(200, whole)] * 3
    assert (behind.status_code, behind.json()["code"]) == (416, "RANGE_NOT_SATISFIABLE")
    assert behind.headers["content-range"] == f"bytes */{len(whole)}"


async def test_every_fetch_is_on_record_before_its_bytes_leave(world: World) -> None:
    transfer, _ = await a_file(world)

    answer = await fetch(world, transfer, {"range": "bytes=0-9"})

    assert (
        await world.anonymous.get(f"/v1/ledger/records/{answer.headers['mingzheng-record']}")
    ).status_code == 200
    types = await world.record_types("data-exchange", f"exchange/{transfer['exchange_id']}")
    assert types[-1] == "exchange.file_fetched"
    assert (
        answer.headers["content-disposition"]
        == "attachment; filename*=UTF-8''%E7%A7%BB%E9%80%81%E4%B9%A6.pdf"
    )


async def test_a_receipt_needs_the_digest_of_every_file(world: World) -> None:
    transfer = await dispatched(world)
    order = verified(transfer)
    damaged = [{**file, "sha256": "0" * 64} if file["n"] == 2 else file for file in order["files"]]
    them = receiver(world, transfer)

    wrong = await do(them, transfer, "receipt", order | {"files": damaged})
    less = await do(them, transfer, "receipt", order | {"files": order["files"][:-1]})
    more = await do(
        them, transfer, "receipt", order | {"files": [*order["files"], {"n": 9, "sha256": "0" * 64}]}
    )
    other = await do(them, transfer, "receipt", order | {"manifest_sha256": "0" * 64})

    assert faults(wrong) == [("/files/1/sha256", "DX_FILE_DIFFERS")]
    assert faults(less) == [("/files", "DX_FILE_UNVERIFIED")]
    assert faults(more) == [("/files/3/n", "DX_FILE_UNKNOWN")]
    assert faults(other) == [("/manifest_sha256", "DX_MANIFEST_DIFFERS")]
    assert (await seen(world, transfer))["state"] == "SENT"


async def test_the_sender_reads_its_copy_until_the_result_and_changes_nothing(world: World) -> None:
    transfer = await dispatched(world)
    path = f"/v1/case-transfers/{transfer['exchange_id']}"

    own_copy = await preparer(world).get(f"{path}/files/1")
    change = await preparer(world).post(f"{path}/uploads", json=_announced())

    assert own_copy.status_code == 200
    assert (change.status_code, change.json()["code"]) == (409, "DX_TRANSITION_NOT_ALLOWED")


async def test_a_third_agency_finds_no_file(world: World) -> None:
    transfer = await submitted(world)
    path = f"/v1/case-transfers/{transfer['exchange_id']}"

    answers = [
        await world.person("EXCHANGE_OFFICER", 2).get(f"{path}/{what}")
        for what in ("files/1", "manifest", "uploads/1")
    ]

    assert [answer.status_code for answer in answers] == [404] * 3


async def a_file(world: World) -> tuple[dict[str, Any], bytes]:
    """A dispatched transfer, and the bytes of its first file."""
    transfer = await dispatched(world)
    return transfer, (await fetch(world, transfer, {})).content


async def fetch(world: World, transfer: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
    path = f"/v1/case-transfers/{transfer['exchange_id']}/files/1"
    return await receiver(world, transfer).get(path, headers=headers)


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def _announced() -> dict[str, Any]:
    return {
        "enclosure": "OTHER",
        "name": "其他.pdf",
        "media_type": "application/pdf",
        "size": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(),
    }
