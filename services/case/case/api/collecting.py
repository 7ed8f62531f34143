"""Acts of the investigation: inquiries, inspections and requests for material, each signed by two officers (C-10)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends

from case.api import noting
from case.api.collectionviews import collection_view, words_view
from case.api.views import hand_of, terms_of
from case.contract.collecting import (
    CollectionView,
    InquiryOrder,
    InspectionOrder,
    MaterialOrder,
    MaterialRequestOrder,
    RecordSignatureOrder,
    RecordVoidOrder,
)
from case.contract.recordwords import RecordWordsView
from case.documents import drafts
from case.documents.collecting import KIND, record_of
from case.documents.content import Officer
from case.domain import collecting
from case.domain.collected import RecordKind
from case.domain.collecting import SignedBy
from case.domain.readings import Depth
from case.runtime import CaseRuntime, Run
from case.store import cases, proofs
from case.store import collecting as rows
from case.store.collectiontexts import RecordWords, Voided
from common.door.uow import Database, change, view
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.web.auth import Allow, Db

router = APIRouter()

Collecting = Annotated[Mandate, Depends(Allow(Action.CASE_COLLECT))]
Reading = Annotated[Mandate, Depends(Allow(Action.CASE_READ_INVESTIGATION))]
_NO_CERTIFICATE: Final = "无"


@router.get("/v1/cases/{case_id}/collection", summary="调查取证情况 · Read what was collected")
async def read(case_id: CaseId, db: Db, runtime: Run, mandate: Reading) -> CollectionView:
    """The records of the investigation without their words, and the evidence that is kept where it is."""
    async with view(db, mandate) as v:
        case = await cases.get(v, case_id)
        v.permit(cases.resource(case))
        is_due = await noting.is_due(v, case, Depth.MASKED)
    if is_due:
        await noting.note(db, mandate, case, runtime.profile.reading)
    return collection_view(case)


@router.post("/v1/cases/{case_id}/inquiries", summary="制作询问笔录 · Record an inquiry", status_code=201)
async def inquire(
    case_id: CaseId, order: InquiryOrder, db: Db, runtime: Run, mandate: Collecting
) -> CollectionView:
    """The first of the two officers records an inquiry. It is a document once the second signs it (APL 42, 55)."""
    recording = order.recording
    collecting.require_recorded(recording is not None, is_remote=order.medium == "VIDEO")
    collecting.require_explained(SignedBy(order.signing.by), has_note=order.signing.note is not None)
    named = [order.signing.proof_sha256, *([recording.sha256] if recording else [])]
    words = _words(order, order.signed_as, mandate)
    await _require_proofs(case_id, named, db=db, runtime=runtime, mandate=mandate)
    return await _taken(
        case_id,
        RecordKind.INQUIRY,
        words,
        between=(order.began_at, order.ended_at),
        shows_certificates=order.shows_certificates,
        tells_rights=order.tells_rights,
        with_party=order.role in ("PARTY", "REPRESENTATIVE"),
        db=db,
        mandate=mandate,
    )


@router.post(
    "/v1/cases/{case_id}/inspections", summary="制作勘验检查笔录 · Record an inspection", status_code=201
)
async def inspect(
    case_id: CaseId, order: InspectionOrder, db: Db, runtime: Run, mandate: Collecting
) -> CollectionView:
    """The first of the two officers records what they found at a place (APL 54, 55)."""
    signing = order.signing
    collecting.require_explained(SignedBy(signing.by), has_note=signing.witness is not None)
    named = [signing.proof_sha256, *(drawing.sha256 for drawing in order.drawings)]
    words = _words(order, order.signed_as, mandate)
    await _require_proofs(case_id, named, db=db, runtime=runtime, mandate=mandate)
    return await _taken(
        case_id,
        RecordKind.INSPECTION,
        words,
        between=(order.began_at, order.ended_at),
        shows_certificates=order.shows_certificates,
        tells_rights=True,
        with_party=signing.by != "ABSENT",
        db=db,
        mandate=mandate,
    )


@router.post("/v1/cases/{case_id}/material-requests", summary="调取证据 · Ask for material", status_code=201)
async def request(
    case_id: CaseId, order: MaterialRequestOrder, db: Db, mandate: Collecting
) -> CollectionView:
    """The first of the two officers asks somebody for material until a day (APL 54, 55(2))."""
    words = _words(order, order.signed_as, mandate)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = collecting.request_material(
            case,
            content=await tx.commit_to(case_id, "record", words.order),
            due_on=order.due_on,
            hand=hand_of(mandate),
            at=tx.now,
        )
        return tx.answer(collection_view(await cases.save(tx, permit, case, fact, texts=words)))


@router.get(
    "/v1/cases/{case_id}/evidence-records/{number}", summary="核对笔录 · Read a record before signing it"
)
async def read_words(case_id: CaseId, number: int, db: Db, runtime: Run, mandate: Reading) -> RecordWordsView:
    """Every word of a record, for the two officers who sign it. They say what for, and the reading is on record."""
    async with view(db, mandate) as v:
        case = await cases.get(v, case_id)
        v.permit(cases.resource(case))
        collecting.require_reader(case, number, hand_of(mandate))
        words = await rows.words_of(v, case_id, number)
        is_due = await noting.is_due(v, case, Depth.DOCUMENTS)
    if is_due:
        await noting.note(db, mandate, case, runtime.profile.reading, Depth.DOCUMENTS)
    return words_view(case.records[number - 1].kind, words.order)


@router.post(
    "/v1/cases/{case_id}/evidence-records/{number}/signature",
    summary="第二名执法人员签名 · Sign a record as the second officer",
    status_code=201,
)
async def sign(
    case_id: CaseId, number: int, order: RecordSignatureOrder, db: Db, runtime: Run, mandate: Collecting
) -> CollectionView:
    """The second officer signs what the first wrote: the record is a document from now on (APL 42)."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    record = collecting.require_signable(dossier.case, number, hand, at)
    async with view(db, mandate) as v:
        v.permit(cases.resource(dossier.case))
        words = await rows.words_of(v, case_id, number)
    office = runtime.profile.office(mandate.actor.agency_name)
    second = Officer(order.signed_as, hand.certificate or _NO_CERTIFICATE)
    content = record_of(record.kind, dossier, office, terms, words, second)
    draft = await drafts.make(runtime, dossier, office, KIND[record.kind], content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        fact = collecting.sign_record(
            case, number, document_id=made.id, sha256=made.sha256, hand=hand, at=tx.now
        )
        return tx.answer(collection_view(await cases.save(tx, permit, case, fact, texts=made)))


@router.post(
    "/v1/cases/{case_id}/evidence-records/{number}/voiding",
    summary="作废笔录 · Take a record back",
    status_code=201,
)
async def void(
    case_id: CaseId, number: int, order: RecordVoidOrder, db: Db, mandate: Collecting
) -> CollectionView:
    """One of the two takes back a record that only the first signed. Its words and the reason stay on record."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        reason = await tx.commit_to(case_id, "record_voided", order.reason)
        fact = collecting.void_record(case, number, reason=reason, hand=hand_of(mandate), at=tx.now)
        texts = Voided(order.reason)
        return tx.answer(collection_view(await cases.save(tx, permit, case, fact, texts=texts)))


@router.post(
    "/v1/cases/{case_id}/evidence-records/{number}/material",
    summary="登记调取的材料 · Note the material that came",
    status_code=201,
)
async def note_material(
    case_id: CaseId, number: int, order: MaterialOrder, db: Db, runtime: Run, mandate: Collecting
) -> CollectionView:
    """Note the material that came upon a request, by the digests of the uploaded files."""
    await _require_proofs(case_id, order.items, db=db, runtime=runtime, mandate=mandate)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = collecting.note_material(
            case,
            number,
            items=tuple(order.items),
            is_whole=order.is_whole,
            hand=hand_of(mandate),
            at=tx.now,
        )
        return tx.answer(collection_view(await cases.save(tx, permit, case, fact)))


async def _taken(
    case_id: CaseId,
    kind: RecordKind,
    words: RecordWords,
    *,
    between: tuple[datetime, datetime],
    shows_certificates: bool,
    tells_rights: bool,
    with_party: bool,
    db: Database,
    mandate: Mandate,
) -> CollectionView:
    began_at, ended_at = between
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = collecting.take_record(
            case,
            kind,
            content=await tx.commit_to(case_id, "record", words.order),
            began_at=began_at,
            ended_at=ended_at,
            shows_certificates=shows_certificates,
            tells_rights=tells_rights,
            with_party=with_party,
            hand=hand_of(mandate),
            at=tx.now,
        )
        return tx.answer(collection_view(await cases.save(tx, permit, case, fact, texts=words)))


def _words(
    order: InquiryOrder | InspectionOrder | MaterialRequestOrder, signed_as: str, mandate: Mandate
) -> RecordWords:
    return RecordWords(order.model_dump_json(), signed_as, hand_of(mandate).certificate or _NO_CERTIFICATE)


async def _require_proofs(
    case_id: CaseId, digests: list[str], *, db: Database, runtime: CaseRuntime, mandate: Mandate
) -> None:
    dossier, _ = await drafts.look(db, mandate, case_id)
    for digest in digests:
        await proofs.require_kept(runtime.sealed, dossier, digest)
