"""Whether a document is genuine, for anybody who holds it, and its seal where that came late (ESL 14)."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from case.api.views import document_view, hand_of
from case.contract import DocumentView
from case.contract.documents import SealOrder, VerificationView
from case.documents.drafts import stored
from case.documents.standing import has_fallen
from case.domain.sealing import seal_later
from case.runtime import CaseRuntime, Run
from case.store import cases, documents, dossiers
from case.store.documents import Document
from common.door.uow import View, change, view
from common.policy import Action, Mandate, authorize, not_found, service_actor
from common.values.errors import Kind, Refusal
from common.values.ids import DocumentId
from common.values.law import ESL_14
from common.web.auth import Allow, Db
from common.web.openapi import refuses
from common.web.wire import Digest
from gateway.identity.contract import Identity

router = APIRouter()

Code = Annotated[
    str, Query(pattern=r"^[0-9A-HJKMNP-TV-Z]{10}$", description="文书上的验证码 · The printed code")
]


@router.get("/v1/public/documents/{document_id}/verification", summary="验证文书真伪 · Verify a document")
async def verify(
    document_id: DocumentId,
    code: Code,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DOCUMENT_VERIFY))],
) -> VerificationView:
    """Whether the document is genuine and valid, without login: with the code that is printed on it.

    Nothing here is personal. Compare `sha256` with the digest of the file that you hold. A wrong code is answered like
    a document that does not exist.
    """
    async with view(db, _own()) as v:
        document = await documents.get(v, document_id)
        if document.verify_code is None or document.verify_code != code:
            raise not_found(document_id)
        return await _verified(v, runtime, document)


@router.get(
    "/v1/public/document-digests/{sha256}", summary="按文件摘要验证文书 · Verify a file by its digest"
)
async def verify_file(
    sha256: Digest,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DOCUMENT_VERIFY))],
) -> VerificationView:
    """As with its code, for who holds the file: its SHA-256 in hex is in nobody else's hands.

    Refusal NOT_FOUND for bytes that are no document of this platform, be it that one of them was changed.
    """
    async with view(db, _own()) as v:
        return await _verified(v, runtime, await documents.get_by_digest(v, sha256))


def _own() -> Mandate:
    """The service's own: nobody who asks can see the case."""
    return authorize(service_actor("case"), Action.DOCUMENT_VERIFY)


async def _verified(v: View, runtime: CaseRuntime, document: Document) -> VerificationView:
    case = (await dossiers.get(v, document.case_id)).case
    v.permit(cases.resource(case))
    agencies = await Identity(runtime.peers).agencies()
    return VerificationView(
        issuer=next((each.name for each in agencies if each.agency_id == document.agency_id), None),
        kind=document.kind,
        number=document.number,
        made_at=document.made_at,
        pages=document.pages,
        sha256=document.sha256,
        sealed=document.is_sealed,
        valid=not has_fallen(case, document.id, document.kind),
    )


@router.post(
    "/v1/documents/{document_id}/seal",
    summary="补盖电子印章 · Seal a document",
    status_code=201,
    responses=refuses(Kind.GONE),
)
async def seal(
    document_id: DocumentId,
    order: SealOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DOCUMENT_SEAL))],
) -> DocumentView:
    """Seal a document that was made while the provider of the seal was away."""
    async with view(db, mandate) as v:
        document = await documents.get(v, document_id)
        v.permit(cases.resource((await dossiers.get(v, document.case_id)).case))
    pdf = await stored(runtime, document)
    made = await runtime.seal_of(runtime.profile.office(mandate.actor.agency_name).agency_name, pdf)
    if made is None:
        raise Refusal(Kind.UNAVAILABLE, "CASE_SEAL_UNAVAILABLE", {"document_id": document_id}, article=ESL_14)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, document.case_id)
        permit = tx.permit(cases.resource(case))
        document = await documents.get(tx, document_id)
        fact = seal_later(
            case,
            document_id=document_id,
            sha256=document.sha256,
            certificate_sha256=hashlib.sha256(made.certificate).hexdigest(),
            is_sealed=document.is_sealed,
            by=hand_of(mandate).officer_id,
        )
        await cases.save(tx, permit, case, fact, texts=made)
        return tx.answer(document_view(await documents.get(tx, document_id)))
