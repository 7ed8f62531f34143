"""What a party hands in: files come by parts, are judged once, and every opening is on record (APL 41(3), 45).

The same addresses serve the counter: an officer who calls them takes the file for the party of the case, and the same
facts say so.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request, Response

from case.api import noting
from case.api.fileviews import file_view, statement_views, upload_view
from case.contract.files import CompletionOrder, FileList, FileView, StatementList, UploadOrder, UploadView
from case.documents.handedin import handed_in
from case.domain import handingin
from case.domain import uploads as domain
from case.domain.readings import Depth
from case.domain.withdrawing import require_not_withdrawn
from case.runtime import Run
from case.store import cases, dossiers, erasures, files, uploads
from case.store.filerows import name_in
from case.store.filetexts import FileTexts
from common.door.uow import change, view
from common.files.declared import disposition
from common.files.digests import require_digest
from common.files.ranges import span_of
from common.files.sniff import type_of
from common.policy import Action, Actor, Mandate
from common.values.errors import Kind
from common.values.ids import CaseId, OfficerId
from common.web.auth import Allow, Db
from common.web.openapi import refuses, sends_ranges, takes

router = APIRouter()

HandingIn = Annotated[Mandate, Depends(Allow(Action.CASE_HAND_IN))]
# The same part again takes the place of the earlier one, so a PUT needs no key of its own.
Putting = Annotated[Mandate, Depends(Allow(Action.CASE_HAND_IN, keyed=False))]
Opening = Annotated[Mandate, Depends(Allow(Action.CASE_READ_FILES))]
Number = Annotated[int, Path(ge=1, le=10_000)]


@router.post("/v1/cases/{case_id}/uploads", summary="申报要提交的文件 · Announce a file", status_code=201)
async def announce(
    case_id: CaseId, order: UploadOrder, db: Db, runtime: Run, mandate: HandingIn
) -> UploadView:
    """Announce a file that goes with a statement or a defence: free of charge, before the decision."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        tx.permit(cases.resource(case))
        require_not_withdrawn(case, mandate.actor.id)
        party_id = handingin.require_hearing(case)
        rules, before = runtime.profile.handing_in, await uploads.count(tx, case_id)
        domain.require_room(order.name, order.size, rules, case_id=case_id, before=before)
        upload = await uploads.begin(
            tx,
            case_id,
            party_id=party_id,
            taken_by=_counter(mandate.actor),
            name=order.name,
            size=order.size,
            sha256=order.sha256,
        )
        return tx.answer(upload_view(upload))


@router.get(
    "/v1/cases/{case_id}/uploads/{upload}",
    summary="文件上传进度 · How far a file has come",
    responses=refuses(Kind.CONFLICT, Kind.GONE),
)
async def get_upload(case_id: CaseId, upload: Number, db: Db, mandate: HandingIn) -> UploadView:
    """The parts that are here: a broken upload goes on with the others."""
    async with view(db, mandate) as v:
        case = await cases.get(v, case_id)
        v.permit(cases.resource(case))
        party_id = handingin.require_hearing(case)
        return upload_view(await uploads.get(v, case_id, upload, party_id=party_id))


@router.put(
    "/v1/cases/{case_id}/uploads/{upload}/parts/{part}",
    summary="上传文件分片 · Send a part of a file",
    openapi_extra=takes("application/octet-stream"),
)
async def put_part(
    case_id: CaseId,
    upload: Number,
    part: Number,
    request: Request,
    db: Db,
    runtime: Run,
    mandate: Putting,
    content_digest: Annotated[str, Header()] = "",
) -> UploadView:
    """One part of up to 4 MiB under its Content-Digest (RFC 9530). The same number again takes its place."""
    data = await request.body()
    require_digest(content_digest, data)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        tx.permit(cases.resource(case))
        require_not_withdrawn(case, mandate.actor.id)
        party_id = handingin.require_hearing(case)
        coming = await uploads.get(tx, case_id, upload, party_id=party_id)
        domain.require_fitting(coming, part, len(data))
        sha256 = await runtime.sealed.put(data, of=[case_id.stream])
        await uploads.put_part(tx, coming, domain.Part(part, sha256, len(data)))
        return upload_view(await uploads.get(tx, case_id, upload, party_id=party_id))


@router.post(
    "/v1/cases/{case_id}/uploads/{upload}/completion",
    summary="完成上传 · Complete a file",
    status_code=201,
    responses=refuses(Kind.GONE),
)
async def complete(
    case_id: CaseId, upload: Number, order: CompletionOrder, db: Db, runtime: Run, mandate: HandingIn
) -> FileView:
    """Join the parts: now it is a file of the case, with its type and what the scanner found. A statement names it.

    What does not fit to the announcement is refused; its parts stay.
    """
    async with view(db, mandate) as v:
        case = await cases.get(v, case_id)
        v.permit(cases.resource(case))
        seen = await uploads.get(v, case_id, upload, party_id=handingin.require_hearing(case))
    domain.require_pending(seen)
    domain.require_parts(seen)
    data = b"".join([await handed_in(runtime, part.sha256, case_id) for part in seen.parts])
    domain.require_whole(seen, data)
    sha256 = await runtime.sealed.put(data, of=[case_id.stream])
    scan = await runtime.scanner.scan(data)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        coming = await uploads.get(tx, case_id, upload, party_id=handingin.require_hearing(case))
        domain.require_unchanged(coming, seen)
        await uploads.end(tx, coming)
        fact = handingin.hand_in(
            case,
            number=upload,
            sha256=sha256,
            size=len(data),
            media_type=type_of(data),
            scan=scan,
            taken_by=coming.taken_by,
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=FileTexts(coming.name))
        return tx.answer(file_view(handingin.file_of(case, upload), coming.name))


@router.get("/v1/cases/{case_id}/defences", summary="陈述申辩列表 · List what the party stated")
async def list_statements(case_id: CaseId, db: Db, runtime: Run, mandate: Opening) -> StatementList:
    """The party's own words with their files, for the party and for those who weigh them (APL 45).

    An officer says what for, and the party finds the reading in its list: here stands all it said, in clear.
    """
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
        is_due = await noting.is_due(v, dossier.case, Depth.DOCUMENTS)
    if is_due:
        await noting.note(db, mandate, dossier.case, runtime.profile.reading, Depth.DOCUMENTS)
    return StatementList(items=statement_views(dossier))


@router.get("/v1/cases/{case_id}/files", summary="当事人提交的文件 · List the files of the party")
async def list_files(case_id: CaseId, db: Db, runtime: Run, mandate: Opening) -> FileList:
    """The files with their names, for the party and for those who work on its case and say what for."""
    async with view(db, mandate) as v:
        case = await cases.get(v, case_id)
        v.permit(cases.resource(case))
        names = await files.list_names(v, case)
        is_due = await noting.is_due(v, case, Depth.DOCUMENTS)
    if is_due:
        await noting.note(db, mandate, case, runtime.profile.reading, Depth.DOCUMENTS)
    return FileList(items=[file_view(file, name_in(names, file.number)) for file in case.files])


@router.get(
    "/v1/cases/{case_id}/files/{number}",
    summary="打开当事人提交的文件 · Open a file of the party",
    response_class=Response,
    responses=sends_ranges("application/octet-stream") | refuses(Kind.CONFLICT, Kind.GONE),
)
async def open_file(
    case_id: CaseId,
    number: Number,
    db: Db,
    runtime: Run,
    mandate: Opening,
    range: Annotated[str, Header()] = "",
    if_range: Annotated[str, Header()] = "",
) -> Response:
    """The bytes as they came, or the part that Range asks for. Every opening is on record (NJ 17).

    What no scanner looked at is scanned now, if one is there. What is infected never opens.
    """
    async with view(db, mandate) as v:
        case = await cases.get(v, case_id)
        v.permit(cases.resource(case))
    file = handingin.file_of(case, number)
    data = await handed_in(runtime, file.sha256, case_id)
    scan = await runtime.scanner.scan(data) if file.opens else file.scan
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        await erasures.require_present(tx, case)
        await noting.note_in(tx, case, Depth.DOCUMENTS, runtime.profile.reading)
        news = handingin.note_scan(case, number, scan)
        if news is not None:
            case = await cases.save(tx, permit, case, news)
        if handingin.file_of(case, number).opens:
            files.record_opening(tx, permit, handingin.open_file(case, number, reader=mandate.actor.kind))
        names = await files.list_names(tx, case)
    handingin.open_file(case, number, reader=mandate.actor.kind)
    span = span_of(range, size=len(data), etag=f'"{file.sha256}"', if_range=if_range)
    headers = {
        "cache-control": "no-store",
        "content-disposition": disposition(name_in(names, number) or str(number)),
        "x-content-type-options": "nosniff",
        **span.headers(data, sha256=file.sha256),
    }
    return Response(span.of(data), span.status, headers, "application/octet-stream")


def _counter(actor: Actor) -> OfficerId | None:
    """The officer who takes the file at the counter; None where the party sends it."""
    return OfficerId(actor.id) if actor.kind == "officer" else None
