"""The contract with the market entity that sets a device up, and its signed declaration (PJ §1)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from common.door.blobs import sha256_hex
from common.door.uow import change, view
from common.files.digests import require_digest
from common.files.sniff import fits, is_whole
from common.policy import Action, Mandate, not_found
from common.values.errors import Kind, Refusal
from common.values.ids import DeviceId
from common.values.law import PJ_1
from common.web.auth import Allow, Db
from common.web.openapi import refuses, sends, takes
from common.web.wire import Digest
from device_registry.contract import (
    ContractFiledView,
    ContractFileView,
    ContractsView,
    RevenueDeclarationOrder,
    RevenueDeclarationView,
)
from device_registry.domain import contracts as law
from device_registry.domain.contracts import ContractDocument
from device_registry.runtime import Run
from device_registry.store import contracts, devices
from device_registry.store.contracts import DeclarationTexts

router = APIRouter()

Documenting = Annotated[Mandate, Depends(Allow(Action.DEVICE_DOCUMENT))]
Reading = Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))]
MEDIA: Final = ("application/pdf", "image/jpeg", "image/png")
MOST_BYTES: Final = 8 * 2**20


@router.post(
    "/v1/devices/{device_id}/contract-files",
    summary="上传合同或者声明 · Upload the contract or the declaration",
    status_code=201,
    openapi_extra=takes("application/octet-stream"),
    responses=refuses(Kind.TOO_LARGE),
)
async def file_contract(
    device_id: DeviceId,
    document: Annotated[ContractDocument, Query(description="合同或者声明 · Which of the two it is")],
    request: Request,
    db: Db,
    runtime: Run,
    mandate: Documenting,
    content_digest: Annotated[str, Header()] = "",
) -> ContractFiledView:
    """A PDF, JPEG or PNG of up to 8 MiB under its Content-Digest (RFC 9530). It is kept sealed with the device."""
    data = await request.body()
    require_digest(content_digest, data)
    _require_readable(data)
    sha256 = sha256_hex(data)
    async with view(db, mandate) as v:
        seen = await devices.get(v, device_id)
        v.permit(devices.resource(seen))
    law.require_entity(seen)
    # Before the change: a file without a record is one that nobody reads, a record without its file would be damage.
    await runtime.sealed.put(data, of=[device_id.stream])
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        filed = await contracts.list_files(tx, device_id)
        fact = law.file_document(device, filed, document=document, sha256=sha256, size=len(data))
        if fact is not None:
            await contracts.add_file(tx, permit, fact)
        return tx.answer(ContractFiledView(device_id=device_id, document=document.value, sha256=sha256))


@router.post(
    "/v1/devices/{device_id}/revenue-declarations",
    summary="登记无收益挂钩声明 · Record the declaration of no link to the fines",
    status_code=201,
)
async def declare_revenue(
    device_id: DeviceId, order: RevenueDeclarationOrder, db: Db, mandate: Documenting
) -> RevenueDeclarationView:
    """The market entity's signed declaration about its contract. A later one stands beside it."""
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        fact = law.declare(
            device,
            await contracts.list_files(tx, device_id),
            contract_sha256=order.contract_sha256,
            declaration_sha256=order.declaration_sha256,
            declared_on=order.declared_on,
            entity=await tx.commit_to(device_id, "entity", order.entity),
            signatory=await tx.commit_to(device_id, "signatory", order.signatory),
            at=tx.now,
        )
        texts = DeclarationTexts(order.entity, order.signatory)
        declared = await contracts.add(tx, permit, fact, texts=texts)
        return tx.answer(RevenueDeclarationView(**vars(declared)))


@router.get("/v1/devices/{device_id}/contracts", summary="合同与声明 · List contracts and declarations")
async def list_contracts(device_id: DeviceId, db: Db, mandate: Reading) -> ContractsView:
    """What is on file of the market entity that sets the device up, for the reviewers (L6)."""
    async with view(db, mandate) as v:
        v.permit(devices.resource(await devices.get(v, device_id)))
        files = await contracts.list_files(v, device_id)
        declared = await contracts.list_declared(v, device_id)
    return ContractsView(
        device_id=device_id,
        files=[ContractFileView(sha256=each.sha256, document=each.document.value) for each in files],
        declarations=[RevenueDeclarationView(**vars(each)) for each in declared],
    )


@router.get(
    "/v1/devices/{device_id}/contract-files/{sha256}",
    summary="查看合同或者声明 · Fetch the contract or the declaration",
    response_class=Response,
    responses=sends("application/octet-stream", etag=True),
)
async def read_contract(
    device_id: DeviceId, sha256: Digest, db: Db, runtime: Run, mandate: Reading
) -> Response:
    """The bytes of one document, as they came."""
    async with view(db, mandate) as v:
        v.permit(devices.resource(await devices.get(v, device_id)))
        files = await contracts.list_files(v, device_id)
    if all(each.sha256 != sha256 for each in files):
        raise not_found(sha256)
    content = await runtime.sealed.get(sha256, of=device_id.stream)
    headers = {"etag": f'"{sha256}"', "cache-control": "no-store"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _require_readable(data: bytes) -> None:
    """Refusal DEV_CONTRACT_SIZE or DEV_CONTRACT_MEDIA for bytes that are no document which anybody can open."""
    if len(data) > MOST_BYTES:
        raise Refusal(Kind.TOO_LARGE, "DEV_CONTRACT_SIZE", {"most": MOST_BYTES})
    if not any(fits(data, media) and is_whole(data, media) for media in MEDIA):
        raise Refusal(Kind.INVALID, "DEV_CONTRACT_MEDIA", {"media": list(MEDIA)}, article=PJ_1)
