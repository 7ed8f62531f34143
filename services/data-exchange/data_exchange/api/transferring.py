"""The sender's acts in a transfer: it is prepared, submitted, approved, dispatched."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate, Resource
from common.values.calendar import legal_day
from common.values.ids import ExchangeId, OfficerId
from common.web.auth import Allow, Db
from data_exchange import inquiry
from data_exchange.api.transferviews import transfer_view
from data_exchange.api.views import agency_of, terms_of
from data_exchange.contract.transfers import (
    CaseTransferOrder,
    CaseTransferView,
    DispatchOrder,
    GoodsOrder,
    ReasonOrder,
    SubmissionOrder,
    TransferApprovalOrder,
)
from data_exchange.documents.addresses import addresses_of
from data_exchange.domain import packages, reconsidering, transferring
from data_exchange.domain.exchange import Kind
from data_exchange.domain.numbers import exchange_number
from data_exchange.packages import manifest
from data_exchange.packages.gathering import gather, gather_papers, require_captures
from data_exchange.runtime import Run
from data_exchange.store import exchanges, transfers
from data_exchange.store.papers import AnswerTexts, BasisTexts, RequestTexts, request_texts
from data_exchange.store.transfers import MANIFEST, NamesTexts, NoteTexts
from ledger.canonical import canonical

router = APIRouter()

Preparing = Annotated[Mandate, Depends(Allow(Action.TRANSFER_PREPARE))]
Approving = Annotated[Mandate, Depends(Allow(Action.TRANSFER_APPROVE))]
Sending = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_SEND))]


@router.post("/v1/case-transfers", summary="拟办移送 · Prepare a transfer", status_code=201)
async def prepare(order: CaseTransferOrder, db: Db, runtime: Run, mandate: Preparing) -> CaseTransferView:
    """Draft the transfer of a case, a lead or captures to the agency that is competent (NJ 19; CrimT 5).

    `case_id` alone is enough for a lead: its captures go along.
    """
    agency_id = agency_of(mandate)
    addresses = await addresses_of(runtime)
    addresses.name(order.to_agency_id)  # refuses an agency that nobody knows
    case = await inquiry.standing_of(runtime, order.case_id)
    captures = transferring.captures_of(order.evidence_ids, order.case_id, case, agency_id=agency_id)
    await require_captures(runtime, captures, agency_id)
    async with change(db, mandate) as tx:
        exchange_id, year = ExchangeId.new(tx.now), legal_day(tx.now).year
        permit = tx.permit(Resource(exchange_id, agency_id, level=3))
        serial = await exchanges.next_serial(tx, agency_id, year)
        content = canonical([order.subject, order.summary, order.handling]).decode()
        original = await transfers.lock(tx, order.reverse_of) if order.reverse_of else None
        fact = transferring.prepare(
            exchange_id,
            Kind(order.kind),
            agency_id=agency_id,
            to_agency_id=order.to_agency_id,
            number=exchange_number(agency_id, year=year, serial=serial),
            case_id=order.case_id,
            summary=await tx.commit_to(exchange_id, "request", content),
            officer_id=OfficerId(mandate.actor.id),
            recognised_at=order.recognised_at,
            examined=order.examined,
            limitation_on=order.limitation_on,
            evidence=captures,
            reverse_of=original,
            superiors=addresses.above(agency_id),
            terms=terms_of(runtime),
            at=tx.now,
        )
        transfer = await transfers.add(tx, permit, fact, texts=_texts(order, year=year, serial=serial))
        return tx.answer(await transfer_view(tx, transfer, mandate.actor))


@router.post(
    "/v1/case-transfers/{exchange_id}/submission", summary="报批 · Submit to the head", status_code=201
)
async def submit(
    exchange_id: ExchangeId, order: SubmissionOrder, db: Db, runtime: Run, mandate: Preparing
) -> CaseTransferView:
    """Close the package under its signed manifest. The pictures and proofs of its captures enter it now.

    So do the letter and the report that the case service made, where nobody uploaded others.
    """
    actor = mandate.actor
    async with view(db, mandate) as v:
        seen = await transfers.get(v, exchange_id)
        v.permit(transfers.resource(seen, actor))
    packages.require_open(seen, agency_id=actor.agency_id)
    papers = await gather_papers(runtime, seen)
    packages.require_complete(seen, coming=papers.enclosures)
    gathered = await gather(runtime, seen, papers)
    addresses = await addresses_of(runtime)
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        permit = tx.permit(transfers.resource(transfer, actor))
        if gathered.files:
            added = packages.add_files(transfer, gathered.files, agency_id=actor.agency_id)
            transfer = await transfers.save(tx, permit, transfer, added, texts=NamesTexts(gathered.names))
        texts = await request_texts(tx, exchange_id)
        summary = await tx.commit_to(exchange_id, "summary", texts.reason)
        signed = manifest.manifest(
            db.signer,
            transfer,
            gathered,
            names=[name or "" for name in await transfers.list_names(tx, exchange_id)],
            agencies=addresses.names,
            texts=texts,
            summary=summary,
            at=tx.now,
        )
        fact = transferring.submit(
            transfer,
            signed.sha256,
            agency_id=actor.agency_id,
            officer_id=OfficerId(actor.id),
            summary=summary,
            terms=terms_of(runtime),
            at=tx.now,
        )
        note = NoteTexts(MANIFEST, signed.sha256, signed.note)
        transfer = await transfers.save(tx, permit, transfer, fact, texts=note)
        return tx.answer(await transfer_view(tx, transfer, actor))


@router.post(
    "/v1/case-transfers/{exchange_id}/approval", summary="批准移送 · Approve a transfer", status_code=201
)
async def approve(
    exchange_id: ExchangeId, order: TransferApprovalOrder, db: Db, runtime: Run, mandate: Approving
) -> CaseTransferView:
    """The head approves exactly the manifest that they read (CrimT 5(2))."""
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        permit = tx.permit(transfers.resource(transfer, mandate.actor))
        fact = transferring.approve(
            transfer,
            order.manifest_sha256,
            agency_id=mandate.actor.agency_id,
            officer_id=OfficerId(mandate.actor.id),
            terms=terms_of(runtime),
            at=tx.now,
        )
        transfer = await transfers.save(tx, permit, transfer, fact)
        return tx.answer(await transfer_view(tx, transfer, mandate.actor))


@router.post(
    "/v1/case-transfers/{exchange_id}/disapproval",
    summary="不批准移送 · Do not approve a transfer",
    status_code=201,
)
async def disapprove(
    exchange_id: ExchangeId, order: ReasonOrder, db: Db, mandate: Approving
) -> CaseTransferView:
    """The head does not approve; the reasons are on record (CrimT 5(2))."""
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        permit = tx.permit(transfers.resource(transfer, mandate.actor))
        fact = transferring.disapprove(
            transfer,
            agency_id=mandate.actor.agency_id,
            officer_id=OfficerId(mandate.actor.id),
            reason=await tx.commit_to(exchange_id, "disapproval", order.reason),
        )
        texts = AnswerTexts("WITHDRAWAL", order.reason)
        transfer = await transfers.save(tx, permit, transfer, fact, texts=texts)
        return tx.answer(await transfer_view(tx, transfer, mandate.actor))


@router.post(
    "/v1/case-transfers/{exchange_id}/dispatch", summary="移送 · Hand the package over", status_code=201
)
async def dispatch(
    exchange_id: ExchangeId, order: DispatchOrder, db: Db, runtime: Run, mandate: Sending
) -> CaseTransferView:
    """Hand the approved package over. Late is shown and on record, and refused to nobody (NJ 19)."""
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        permit = tx.permit(transfers.resource(transfer, mandate.actor))
        agency_id = mandate.actor.agency_id
        fact = transferring.dispatch(transfer, agency_id=agency_id, terms=terms_of(runtime), at=tx.now)
        transfer = await transfers.save(tx, permit, transfer, fact)
        return tx.answer(await transfer_view(tx, transfer, mandate.actor))


@router.post(
    "/v1/case-transfers/{exchange_id}/reconsideration",
    summary="提请复议 · Ask for a reconsideration",
    status_code=201,
)
async def ask_reconsideration(
    exchange_id: ExchangeId, order: ReasonOrder, db: Db, runtime: Run, mandate: Sending
) -> CaseTransferView:
    """Ask the police within three days to reconsider that they did not file the case (CrimT 9)."""
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        permit = tx.permit(transfers.resource(transfer, mandate.actor))
        fact = reconsidering.ask_reconsideration(
            transfer,
            agency_id=mandate.actor.agency_id,
            reason=await tx.commit_to(exchange_id, "reconsideration", order.reason),
            terms=terms_of(runtime),
            at=tx.now,
        )
        texts = AnswerTexts("MESSAGE", order.reason)
        transfer = await transfers.save(tx, permit, transfer, fact, texts=texts)
        return tx.answer(await transfer_view(tx, transfer, mandate.actor))


@router.post(
    "/v1/case-transfers/{exchange_id}/goods-handover",
    summary="移交涉案物品 · Hand over the goods",
    status_code=201,
)
async def hand_over_goods(
    exchange_id: ExchangeId, order: GoodsOrder, db: Db, mandate: Sending
) -> CaseTransferView:
    """Hand over the goods of a case that the police filed, within three days (CrimT 12)."""
    async with change(db, mandate) as tx:
        transfer = await transfers.lock(tx, exchange_id)
        permit = tx.permit(transfers.resource(transfer, mandate.actor))
        note = await tx.commit_to(exchange_id, "goods", order.note)
        agency_id = mandate.actor.agency_id
        fact = reconsidering.hand_over_goods(transfer, order.items, agency_id=agency_id, note=note, at=tx.now)
        texts = AnswerTexts("MESSAGE", order.note)
        transfer = await transfers.save(tx, permit, transfer, fact, texts=texts)
        return tx.answer(await transfer_view(tx, transfer, mandate.actor))


def _texts(order: CaseTransferOrder, *, year: int, serial: int) -> RequestTexts:
    return RequestTexts(
        year,
        serial,
        order.subject,
        order.summary,
        tuple(BasisTexts(basis.name, basis.article) for basis in order.basis),
        tuple(order.handling),
        order.contact,
    )
