"""Looking at cases and their documents."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from case.api import noting
from case.api.views import case_view, document_view, standing_view, summary_view
from case.contract import CaseSummary, CaseView, DocumentList, IdentityList, IdentityView, StandingView
from case.documents import INTERNAL
from case.documents.drafts import stored
from case.documents.masked import known_words, masked_copy
from case.domain.disclosure import disclose
from case.domain.procedure import Case, State
from case.domain.readings import Depth
from case.runtime import Run
from case.store import cases, documents, dossiers, erasures, identities
from case.store.documents import Document
from common.door.uow import change, view
from common.policy import Action, Mandate, may, not_found
from common.values.errors import Kind
from common.values.ids import CaseId, DocumentId, PartyId
from common.web.auth import Allow, Db
from common.web.openapi import refuses, sends, sends_version
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.CASE_READ))]
AskingIdentities = Annotated[Mandate, Depends(Allow(Action.CASE_READ_IDENTITIES))]
AskingStanding = Annotated[Mandate, Depends(Allow(Action.CASE_READ_STANDING))]
ReadingDocument = Annotated[Mandate, Depends(Allow(Action.DOCUMENT_READ))]


@router.get("/v1/cases", summary="案件列表 · List cases")
async def list_cases(
    db: Db, mandate: Reading, state: State | None = None, limit: Limit = 50, cursor: Cursor = ""
) -> Page[CaseSummary]:
    """The caller's cases in the order they were opened: an agency's, or a party's own."""
    async with view(db, mandate) as v:
        lines = await cases.list_page(v, after_id=after(cursor, CaseId) or "", state=state, limit=limit + 1)
    return Page(
        items=[summary_view(line) for line in lines[:limit]],
        next_cursor=next_cursor(lines, limit, lambda line: line.id),
    )


@router.get("/v1/cases/{case_id}", summary="案件详情 · Read one case", responses=sends_version())
async def get_case(case_id: CaseId, db: Db, runtime: Run, mandate: Reading, response: Response) -> CaseView:
    """One case with its deadlines. Names and plates are masked; the documents hold them in full.

    An officer states what it reads the case for, and the reading is on record once a day (NJ 17). The ETag is its
    version, by which an act can be bound to what its caller saw.
    """
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
        is_due = await noting.is_due(v, dossier.case, Depth.MASKED)
    if is_due:
        await noting.note(db, mandate, dossier.case, runtime.profile.reading)
    response.headers["etag"] = cases.version_of(dossier.case)
    return case_view(dossier, runtime.profile, mandate.actor)


@router.get("/v1/cases/{case_id}/standing", summary="案件是否在办 · Ask whether a case is open")
async def get_standing(case_id: CaseId, db: Db, mandate: AskingStanding) -> StandingView:
    """Whether a case is open, and whose it is. The exchange asks before it lets anybody ask for its sake (NJ 17)."""
    async with view(db, mandate) as v:
        line = await cases.get_line(v, case_id)
        v.permit(cases.resource_of_line(line))
        captures = await cases.list_evidence(v, case_id)
    return standing_view(line, captures)


@router.get("/v1/parties/{party_id}/identities", summary="当事人的身份信息 · Ask who a party is")
async def list_identities(party_id: PartyId, db: Db, mandate: AskingIdentities) -> IdentityList:
    """The identifiers in the cases of a party, for the exchange: it shows the party who asked about them (PIPL 45)."""
    async with view(db, mandate) as v:
        known = await identities.list_of_party(v, party_id)
    return IdentityList(items=[IdentityView.model_validate(vars(one)) for one in known])


@router.get("/v1/cases/{case_id}/documents", summary="案件文书列表 · List the documents of a case")
async def list_documents(case_id: CaseId, db: Db, runtime: Run, mandate: ReadingDocument) -> DocumentList:
    """The legal documents of a case, in the order they were made."""
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
        is_due = await noting.is_due(v, dossier.case, Depth.MASKED)
    if is_due:
        await noting.note(db, mandate, dossier.case, runtime.profile.reading)
    shown = [each for each in dossier.documents if _may_be_shown(each, dossier.case, mandate)]
    return DocumentList(items=[document_view(document) for document in shown])


def _may_be_shown(document: Document, case: Case, mandate: Mandate) -> bool:
    """A sheet of approval is the agency's own, and what an earlier party got is not for the next one to see.

    Nor is what a witness said, or whom the agency asks for what: the party reads the records of what it was present at
    (APL 50; PIPL 6).
    """
    if mandate.actor.kind != "party":
        return True
    left = case.released.parties if case.released else ()
    others = {record.document_id for record in case.records if not record.with_party}
    return document.kind not in INTERNAL and document.party_id not in left and document.id not in others


async def _masked(document: Document, content: bytes, words: dict[str, str]) -> Response:
    copy = await asyncio.to_thread(masked_copy, document.kind, content, words)
    headers = {
        "content-disposition": f'inline; filename="{document.id}-masked.pdf"',
        "etag": f'"{hashlib.sha256(copy).hexdigest()}"',
        "cache-control": "no-store",
    }
    return Response(copy, media_type="application/pdf", headers=headers)


@router.get(
    "/v1/documents/{document_id}",
    summary="文书原件 · Fetch a document",
    response_class=Response,
    responses=sends("application/pdf", etag=True) | refuses(Kind.GONE),
)
async def read_document(document_id: DocumentId, db: Db, runtime: Run, mandate: ReadingDocument) -> Response:
    """The bytes of a document as they were made (PDF/A-3a). The record says who read it, and what for (NJ 17).

    Who needs the document and not the person, like finance and the archive, gets a masked copy made for this reading.
    Refusal CASE_ERASED where the case was erased; UNMASKING_BUDGET_SPENT for one case too many on one day.
    """
    async with change(db, mandate) as tx:
        document = await documents.get(tx, document_id)
        case = await cases.lock(tx, document.case_id)
        resource = cases.resource(case)
        permit = tx.permit(resource)
        if not _may_be_shown(document, case, mandate):
            raise not_found(document_id)
        await erasures.require_present(tx, case)
        in_full = may(mandate.actor, Action.DOCUMENT_READ_UNMASKED, resource)
        await noting.note_in(tx, case, Depth.DOCUMENTS if in_full else Depth.MASKED, runtime.profile.reading)
        if in_full:
            fact = disclose(case.id, document_id, sha256=document.sha256, reader=mandate.actor.kind)
            documents.record_reading(tx, permit, fact)
        words = {} if in_full else known_words(await dossiers.get(tx, case.id))
    content = await stored(runtime, document)
    if not in_full:
        return await _masked(document, content, words)
    headers = {
        "content-disposition": f'inline; filename="{document_id}.pdf"',
        "etag": f'"{document.sha256}"',
        "cache-control": "no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)
