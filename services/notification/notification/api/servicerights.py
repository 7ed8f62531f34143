"""After the service: another time of arrival, a doubt that the channel raised, a copy on paper."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from common.door.uow import Tx, change
from common.policy import Action, Actor, Mandate
from common.values.ids import OfficerId, PartyId, ServiceId
from common.web.auth import Allow, Db
from notification.api.serviceviews import service_view
from notification.contract.services import (
    DoubtDecisionOrder,
    RebuttalDecisionOrder,
    RebuttalOrder,
    ServiceView,
)
from notification.domain.entries import Change
from notification.domain.serving.doubting import uphold
from notification.domain.serving.proving import accept, ask_for_paper, give_paper, rebut, reject
from notification.domain.serving.service import Service
from notification.runtime import Run
from notification.serving.sending import rule_of
from notification.store import inbox, services
from notification.store.servicewords import commit, list_words

router = APIRouter()

Rebutting = Annotated[Mandate, Depends(Allow(Action.SERVICE_REBUT))]
Judging = Annotated[Mandate, Depends(Allow(Action.SERVICE_JUDGE))]
Attempting = Annotated[Mandate, Depends(Allow(Action.SERVICE_ATTEMPT))]
Number = Annotated[int, Path(ge=1, le=1_000)]


@router.post(
    "/v1/services-of-process/{service_id}/rebuttals",
    summary="对送达日期提出异议 · Say that the document arrived at another time",
    status_code=201,
)
async def rebut_date(service_id: ServiceId, order: RebuttalOrder, db: Db, mandate: Rebutting) -> ServiceView:
    """The document arrived at another time: the party says so itself, or an officer takes it down at the window."""
    async with change(db, mandate) as tx:
        service = await services.lock(tx, service_id)
        permit = tx.permit(services.resource(service))
        field = f"rebuttal/{len(service.rebuttals) + 1}"
        statement = await commit(tx, service.id, field, {"statement": order.statement})
        assert statement is not None
        fact = rebut(
            service,
            claimed_at=order.arrived_at,
            statement=statement,
            proofs=tuple(order.proofs),
            by=_who(mandate.actor),
            at=tx.now,
        )
        service = await services.save(tx, permit, service, fact)
        return tx.answer(service_view(service, at=tx.now, words=await list_words(tx, service_id)))


@router.post(
    "/v1/services-of-process/{service_id}/rebuttals/{n}/decision",
    summary="审查送达日期异议 · Decide whether another time is proved",
    status_code=201,
)
async def decide_rebuttal(
    service_id: ServiceId, n: Number, order: RebuttalDecisionOrder, db: Db, runtime: Run, mandate: Judging
) -> ServiceView:
    """Whether the claimed time is proved. If it is, the day follows from it; the day before stays on record."""
    async with change(db, mandate) as tx:
        service = await services.lock(tx, service_id)
        permit = tx.permit(services.resource(service))
        reasons = await commit(tx, service.id, f"rebuttal/{n}/decision", {"reasons": order.reasons})
        assert reasons is not None
        by = OfficerId(mandate.actor.id)
        fact = (
            accept(service, n, rule_of(runtime), reasons=reasons, by=by)
            if order.accepted
            else reject(service, n, reasons=reasons, by=by)
        )
        service = await services.save(tx, permit, service, fact)
        if order.accepted:
            await _tell_inbox(tx, service)
        return tx.answer(service_view(service, at=tx.now, words=await list_words(tx, service_id)))


@router.post(
    "/v1/services-of-process/{service_id}/doubt-decision",
    summary="确认送达有效 · Decide that a service in doubt stands",
    status_code=201,
)
async def decide_doubt(
    service_id: ServiceId, order: DoubtDecisionOrder, db: Db, mandate: Judging
) -> ServiceView:
    """The document arrived although the channel denied it, and why. Otherwise another manner serves it anew."""
    async with change(db, mandate) as tx:
        service = await services.lock(tx, service_id)
        permit = tx.permit(services.resource(service))
        reasons = await commit(tx, service.id, "doubt/decision", {"reasons": order.reasons})
        assert reasons is not None
        fact = uphold(service, reasons=reasons, by=OfficerId(mandate.actor.id))
        service = await services.save(tx, permit, service, fact)
        return tx.answer(service_view(service, at=tx.now, words=await list_words(tx, service_id)))


@router.post(
    "/v1/services-of-process/{service_id}/paper-copy-requests",
    summary="要求提供纸质文书 · Ask for the document on paper",
    status_code=201,
)
async def request_paper_copy(service_id: ServiceId, db: Db, mandate: Rebutting) -> ServiceView:
    """The party asks for the document on paper, and the agency has to provide it (CPL 90)."""
    async with change(db, mandate) as tx:
        service = await services.lock(tx, service_id)
        permit = tx.permit(services.resource(service))
        fact = ask_for_paper(service, by=_who(mandate.actor))
        service = await services.save(tx, permit, service, fact)
        return tx.answer(service_view(service, at=tx.now, words=await list_words(tx, service_id)))


@router.post(
    "/v1/services-of-process/{service_id}/paper-copy",
    summary="登记已提供纸质文书 · Note that the paper copy was given",
    status_code=201,
)
async def note_paper_copy(service_id: ServiceId, db: Db, mandate: Attempting) -> ServiceView:
    """The party was given the document on paper. No date changes by it."""
    async with change(db, mandate) as tx:
        service = await services.lock(tx, service_id)
        permit = tx.permit(services.resource(service))
        fact = give_paper(service, by=OfficerId(mandate.actor.id))
        service = await services.save(tx, permit, service, fact)
        return tx.answer(service_view(service, at=tx.now, words=await list_words(tx, service_id)))


async def _tell_inbox(tx: Tx, service: Service) -> None:
    """The message that served the document shows another day now; a phone learns of it as of every change."""
    step = service.step(service.effect.step) if service.effect else None
    if step is not None and step.message_id is not None and step.arrived_at is not None:
        await inbox.note(tx, service.party_id, step.message_id, Change.UPDATE)


def _who(actor: Actor) -> PartyId | OfficerId:
    return PartyId(actor.party_id) if actor.party_id else OfficerId(actor.id)
