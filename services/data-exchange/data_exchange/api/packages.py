"""The package of a transfer: its files come in by parts, go out by ranges, and are described by signed notes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request, Response

from common.door.uow import change, view
from common.files.declared import Declared, disposition, require_declarable
from common.files.digests import require_digest
from common.files.ranges import span_of
from common.files.verdicts import Verdict
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import ExchangeId
from common.web.auth import Allow, Db
from common.web.openapi import refuses, sends, sends_ranges, takes
from data_exchange.api.systems import Granted
from data_exchange.api.transferviews import transfer_view, upload_view
from data_exchange.contract.transfers import (
    CaseTransferView,
    CompletionOrder,
    UploadOrder,
    UploadView,
)
from data_exchange.domain.agreed import require_counterpart
from data_exchange.domain.packages import MOST_BYTES, add_files, fetch, require_open
from data_exchange.domain.transfers import Enclosure
from data_exchange.domain.uploads import Part, require_pending, require_room, require_unchanged
from data_exchange.packages import contents
from data_exchange.runtime import Run
from data_exchange.store import transfers, uploads
from data_exchange.store.transfers import MANIFEST, RECEIPT, NamesTexts

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_READ))]
Preparing = Annotated[Mandate, Depends(Allow(Action.TRANSFER_PREPARE))]
# The same part again replaces it, so a PUT needs no key of its own.
Putting = Annotated[Mandate, Depends(Allow(Action.TRANSFER_PREPARE, keyed=False))]
Fetching = Annotated[Mandate, Depends(Allow(Action.TRANSFER_FETCH))]
Number = Annotated[int, Path(ge=1, le=10_000)]


@router.get("/v1/case-transfers/{exchange_id}", summary="移送详情 · Read a transfer")
async def get_transfer(exchange_id: ExchangeId, db: Db, mandate: Reading, grant: Granted) -> CaseTransferView:
    """One transfer with its clocks, its package and what the two sides told each other."""
    async with view(db, mandate) as v:
        transfer = await transfers.get(v, exchange_id)
        v.permit(transfers.resource(transfer, mandate.actor))
        require_counterpart(grant, *transfer.exchange.sides)
        return await transfer_view(v, transfer, mandate.actor)


@router.post(
    "/v1/case-transfers/{exchange_id}/uploads", summary="申报文件 · Announce a file", status_code=201
)
async def begin_upload(exchange_id: ExchangeId, order: UploadOrder, db: Db, mandate: Preparing) -> UploadView:
    """Announce a file of the package: its enclosure, name, media type, size and digest."""
    declared = Declared(order.name, order.media_type, order.size, order.sha256)
    require_declarable(declared, most_bytes=MOST_BYTES)
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        tx.permit(transfers.resource(transfer, mandate.actor))
        require_open(transfer, agency_id=mandate.actor.agency_id)
        enclosure = Enclosure(order.enclosure)
        upload = await uploads.begin(tx, exchange_id, declared, enclosure=enclosure, level=order.level)
        return tx.answer(upload_view(upload))


@router.get(
    "/v1/case-transfers/{exchange_id}/uploads/{upload}", summary="文件检查结果 · The verdict on a file"
)
async def get_upload(exchange_id: ExchangeId, upload: Number, db: Db, mandate: Preparing) -> UploadView:
    """An upload: the parts that came, and the verdict once it was completed."""
    async with view(db, mandate) as v:
        transfer = await transfers.get(v, exchange_id)
        v.permit(transfers.resource(transfer, mandate.actor))
        return upload_view(await uploads.get_upload(v, exchange_id, upload))


@router.put(
    "/v1/case-transfers/{exchange_id}/uploads/{upload}/parts/{part}",
    summary="上传分片 · Send a part of a file",
    openapi_extra=takes("application/octet-stream"),
)
async def put_part(
    exchange_id: ExchangeId,
    upload: Number,
    part: Number,
    request: Request,
    db: Db,
    runtime: Run,
    mandate: Putting,
    content_digest: Annotated[str, Header()] = "",
) -> UploadView:
    """One part of up to 4 MiB under its Content-Digest (RFC 9530). The same number again replaces the part."""
    data = await request.body()
    require_digest(content_digest, data)
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        tx.permit(transfers.resource(transfer, mandate.actor))
        require_open(transfer, agency_id=mandate.actor.agency_id)
        coming = await uploads.get_upload(tx, exchange_id, upload)
        require_room(coming, part, len(data))
        sha256 = await contents.keep(runtime, data, of=exchange_id)
        await uploads.put_part(tx, coming, Part(part, sha256, len(data)))
        return upload_view(await uploads.get_upload(tx, exchange_id, upload))


@router.post(
    "/v1/case-transfers/{exchange_id}/uploads/{upload}/completion",
    summary="完成上传 · Complete a file",
    status_code=201,
)
async def complete_upload(
    exchange_id: ExchangeId, upload: Number, order: CompletionOrder, db: Db, runtime: Run, mandate: Preparing
) -> UploadView:
    """Join the parts and judge them: size, digest, and the media type that the bytes show. A refused file stays out."""
    async with view(db, mandate) as v:
        transfer = await transfers.get(v, exchange_id)
        v.permit(transfers.resource(transfer, mandate.actor))
        seen = await uploads.get_upload(v, exchange_id, upload)
    require_pending(seen)
    verdict: Verdict = await contents.judge_upload(runtime, seen)
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        permit = tx.permit(transfers.resource(transfer, mandate.actor))
        coming = await uploads.get_upload(tx, exchange_id, upload)
        require_unchanged(coming, seen)
        await uploads.end(tx, coming, verdict.codes)
        if verdict.is_accepted:
            fact = add_files(transfer, (coming.file,), agency_id=mandate.actor.agency_id)
            names = NamesTexts((coming.declared.name,))
            await transfers.save(tx, permit, transfer, fact, texts=names)
            return tx.answer(upload_view(await uploads.get_upload(tx, exchange_id, upload)))
    # The verdict is stored by now, so that the sender can read it again.
    raise verdict.refusal()


@router.get(
    "/v1/case-transfers/{exchange_id}/files/{n}",
    summary="下载文件 · Fetch a file",
    response_class=Response,
    responses=sends_ranges("application/octet-stream") | refuses(Kind.GONE),
)
async def fetch_file(
    exchange_id: ExchangeId,
    n: Number,
    db: Db,
    runtime: Run,
    mandate: Fetching,
    grant: Granted,
    range: Annotated[str, Header()] = "",
    if_range: Annotated[str, Header()] = "",
) -> Response:
    """The bytes of a file, or the part that Range asks for, under a strong ETag. Every fetch is on record."""
    async with view(db, mandate) as v:
        transfer = await transfers.get(v, exchange_id)
        v.permit(transfers.resource(transfer, mandate.actor))
        require_counterpart(grant, *transfer.exchange.sides)
        names = await transfers.list_names(v, exchange_id)
    file = contents.file_of(transfer, n)
    data = await contents.read(runtime, file.sha256, of=exchange_id)
    span = span_of(range, size=len(data), etag=f'"{file.sha256}"', if_range=if_range)
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        permit = tx.permit(transfers.resource(transfer, mandate.actor))
        fact = fetch(transfer, n, first=span.first, last=span.last, agency_id=mandate.actor.agency_id)
        await transfers.save(tx, permit, transfer, fact)
    headers = {
        "cache-control": "no-store",
        "content-disposition": disposition(names[n - 1] or ""),
        **span.headers(data, sha256=file.sha256),
    }
    return Response(span.of(data), span.status, headers, "application/octet-stream")


@router.get(
    "/v1/case-transfers/{exchange_id}/manifest",
    summary="移送清单 · The signed manifest",
    response_class=Response,
    responses=sends("text/plain", etag=True),
)
async def get_manifest(exchange_id: ExchangeId, db: Db, mandate: Fetching, grant: Granted) -> Response:
    """The manifest of the package: a note of kind `transfer-manifest`, signed by this service."""
    async with view(db, mandate) as v:
        transfer = await transfers.get(v, exchange_id)
        v.permit(transfers.resource(transfer, mandate.actor))
        require_counterpart(grant, *transfer.exchange.sides)
        note = await transfers.get_note(v, transfer, MANIFEST)
    return Response(note, headers={"etag": f'"{transfer.manifest_sha256}"'}, media_type="text/plain")


@router.get(
    "/v1/case-transfers/{exchange_id}/receipt",
    summary="移送回执 · The signed receipt",
    response_class=Response,
    responses=sends("text/plain", etag=True),
)
async def get_receipt(exchange_id: ExchangeId, db: Db, mandate: Fetching, grant: Granted) -> Response:
    """The receipt (回执) of the package: a note of kind `transfer-receipt` with the digest of the manifest."""
    async with view(db, mandate) as v:
        transfer = await transfers.get(v, exchange_id)
        v.permit(transfers.resource(transfer, mandate.actor))
        require_counterpart(grant, *transfer.exchange.sides)
        note = await transfers.get_note(v, transfer, RECEIPT)
    return Response(note, headers={"etag": f'"{transfer.receipt_sha256}"'}, media_type="text/plain")
