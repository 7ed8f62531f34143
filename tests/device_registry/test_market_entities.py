"""Who sets a device up and lives on its fines sets none up (PJ §1, PJ §2.6)."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any

import httpx
import pytest

from common.files.digests import digest_field
from common.values.law import PJ_1, PJ_2_6
from tests.device_registry.stories import record_types, register, registration, take
from tests.world import World

CONTRACT = b"%PDF-1.7 the contract %%EOF"
DECLARATION = b"%PDF-1.7 no link to the fines %%EOF"
SIGNED = {
    "contract_sha256": sha256(CONTRACT).hexdigest(),
    "declaration_sha256": sha256(DECLARATION).hexdigest(),
    "entity": "示范市智能设备有限公司",
    "signatory": "钱示成",
    "declared_on": "2025-03-01",
}


async def upload(
    world: World, device: str, data: bytes, document: str, *, agency: int = 0, digest: str = ""
) -> httpx.Response:
    """File `data` as a document of the device's contract."""
    return await world.person("DEVICE_ADMIN", agency).post(
        f"/v1/devices/{device}/contract-files",
        params={"document": document},
        content=data,
        headers={"content-digest": digest or digest_field(data)},
    )


async def declare(world: World, device: str, **changes: Any) -> httpx.Response:
    path = f"/v1/devices/{device}/revenue-declarations"
    return await world.person("DEVICE_ADMIN").post(path, json=SIGNED | changes)


@pytest.mark.law(PJ_1, PJ_2_6)
async def test_PJ_1_2_a_market_entity_has_no_link_to_the_fines_and_has_signed_so_before_the_submission(
    world: World,
) -> None:
    admin = world.person("DEVICE_ADMIN")
    links = [
        await admin.post("/v1/devices", json=registration(installer_type="MARKET_ENTITY", revenue_link=link))
        for link in ("DIRECT", "INDIRECT", "SHARE_BEARING")
    ]
    device = await register(world, installer_type="MARKET_ENTITY")

    without = await take(world, device, "submission")
    unfiled = await declare(world, device)
    assert (await upload(world, device, CONTRACT, "CONTRACT")).status_code == 201
    half = await declare(world, device)
    one_for_both = await declare(world, device, declaration_sha256=SIGNED["contract_sha256"])
    contract_alone = await take(world, device, "submission")
    assert (await upload(world, device, DECLARATION, "DECLARATION")).status_code == 201
    tomorrow = await declare(world, device, declared_on="2099-01-01")
    unsigned = await declare(world, device, signatory=" ")
    files_alone = await take(world, device, "submission")
    signed = await declare(world, device)
    submitted = await take(world, device, "submission")
    shown = (await world.person("DEVICE_LEGAL_REVIEWER").get(f"/v1/devices/{device}/contracts")).json()

    assert {(answer.status_code, answer.json()["code"]) for answer in links} == {
        (422, "DEV_MARKET_ENTITY_REVENUE")
    }
    for answer in (without, contract_alone, files_alone):
        assert (answer.status_code, answer.json()["code"]) == (409, "DEV_CONTRACT_MISSING")
    for answer in (unfiled, half, one_for_both):
        assert (answer.status_code, answer.json()["code"]) == (422, "DEV_CONTRACT_UNKNOWN")
    assert (tomorrow.status_code, tomorrow.json()["code"]) == (422, "DEV_PAPER_PERIOD")
    assert (unsigned.status_code, unsigned.json()["errors"][0]["pointer"]) == (422, "/body/signatory")
    assert (signed.status_code, submitted.status_code) == (201, 201)
    (declared,) = shown["declarations"]
    assert {key: declared[key] for key in SIGNED} == SIGNED
    assert {each["document"] for each in shown["files"]} == {"CONTRACT", "DECLARATION"}
    assert (await record_types(world, device))[1:4] == [
        "device.contract_filed",
        "device.contract_filed",
        "device.revenue_declared",
    ]


@pytest.mark.law(PJ_1)
async def test_a_contract_is_a_whole_document_of_this_device_and_only_its_agency_reads_it(
    world: World,
) -> None:
    device = await register(world, installer_type="MARKET_ENTITY")
    own = await register(world, device_code="31010400001190000009")
    path = f"/v1/devices/{device}/contract-files/{SIGNED['contract_sha256']}"

    broken = await upload(world, device, CONTRACT, "CONTRACT", digest=digest_field(DECLARATION))
    program = await upload(world, device, b"MZ this is a program", "CONTRACT")
    needless = await upload(world, own, CONTRACT, "CONTRACT")
    filed = await asyncio.gather(*(upload(world, device, CONTRACT, "CONTRACT") for _ in range(6)))
    twice = await upload(world, device, CONTRACT, "DECLARATION")
    theirs = await upload(world, device, CONTRACT, "CONTRACT", agency=1)
    read = await world.person("DEVICE_LEGAL_REVIEWER").get(path)
    stranger = await world.person("DEVICE_LEGAL_REVIEWER", 1).get(path)
    absent = await world.person("DEVICE_ADMIN").get(path.replace(SIGNED["contract_sha256"], "0" * 64))

    assert (broken.status_code, broken.json()["code"]) == (422, "FILE_NOT_ACCEPTED")
    assert (program.status_code, program.json()["code"]) == (422, "DEV_CONTRACT_MEDIA")
    assert (needless.status_code, needless.json()["code"]) == (409, "DEV_CONTRACT_NOT_OF_AN_ENTITY")
    assert [answer.status_code for answer in filed] == [201] * 6
    assert (twice.status_code, twice.json()["code"]) == (409, "DEV_CONTRACT_FILED")
    assert (theirs.status_code, stranger.status_code, absent.status_code) == (404, 404, 404)
    assert (read.status_code, read.content) == (200, CONTRACT)
    assert (await record_types(world, device)).count("device.contract_filed") == 1
    assert not (await world.fsck()).findings
    kept = [path for path in (world.folder / "blobs" / "device-registry").rglob("*") if path.is_file()]
    assert kept
    assert all(CONTRACT not in path.read_bytes() for path in kept)
