"""Services of process (送达): reading them, beginning and ending a manner, giving one up."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from common.door.uow import Tx, change, view
from common.policy import Action, Mandate, Permit
from common.values.ids import CaseId, OfficerId, ServiceId
from common.values.manner import Manner
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from notification.api.serviceorders import (
    beginning_of,
    handed_of,
    hands_of,
    is_served,
    reason_of,
    require_no_channel,
)
from notification.api.serviceviews import service_view
from notification.contract.services import AbandonmentOrder, AttemptOrder, OutcomeOrder, ServiceView
from notification.domain.consent import Consent
from notification.domain.serving.effecting import Hands, fail_step, reach
from notification.domain.serving.electronic import dispatch
from notification.domain.serving.manners import begin
from notification.domain.serving.opening import Abandonment, abandon
from notification.domain.serving.service import Service, State
from notification.runtime import NotificationRuntime, Run
from notification.serving.sending import standing_consent
from notification.store import services
from notification.store.servicewords import commit, list_words

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.SERVICE_READ))]
Attempting = Annotated[Mandate, Depends(Allow(Action.SERVICE_ATTEMPT))]
Abandoning = Annotated[Mandate, Depends(Allow(Action.SERVICE_ABANDON))]
Number = Annotated[int, Path(ge=1, le=1_000)]


@router.get("/v1/services-of-process", summary="送达列表 · List services of process")
async def list_services(
    db: Db,
    mandate: Reading,
    cursor: Cursor = "",
    limit: Limit = 50,
    state: State | None = None,
    case_id: CaseId | None = None,
) -> Page[ServiceView]:
    """The services of the caller's agencies, or the caller's own as a party, in the order in which they were opened."""
    async with view(db, mandate) as v:
        listed = await services.list_page(
            v, after_id=after(cursor, ServiceId) or "", state=state, case_id=case_id, limit=limit + 1
        )
        shown = [service_view(each, at=v.now, words=await list_words(v, each.id)) for each in listed[:limit]]
    return Page(items=shown, next_cursor=next_cursor(listed, limit, lambda service: service.id))


@router.get("/v1/services-of-process/{service_id}", summary="送达详情 · Read a service of process")
async def get_service(service_id: ServiceId, db: Db, mandate: Reading) -> ServiceView:
    """One service: its manners in order, each with its reason, the proofs, the day and the article that fixes it."""
    async with view(db, mandate) as v:
        service = await services.get(v, service_id)
        v.permit(services.resource(service))
        return service_view(service, at=v.now, words=await list_words(v, service_id))


@router.post(
    "/v1/services-of-process/{service_id}/attempts",
    summary="实施送达 · Begin a manner of service",
    status_code=201,
)
async def attempt(
    service_id: ServiceId, order: AttemptOrder, db: Db, runtime: Run, mandate: Attempting
) -> ServiceView:
    """Begin a manner of service, and end it in the same act where the order says how it ended.

    The law opens each manner on its own condition (CPL 87–95). The electronic one needs a consent that stands now
    (APL 61(2)); a public notice comes last, with its reasons and the course before it (CPL 95).
    """
    require_no_channel(order)
    async with view(db, mandate) as v:
        seen = await services.get(v, service_id)
        v.permit(services.resource(seen))
    consent = await standing_consent(runtime, seen.party_id, seen.document_kind, channel=order.channel)
    hands = await hands_of(runtime.peers, mandate, order.outcome)
    async with change(db, mandate) as tx:
        service = await services.lock(tx, service_id)
        permit = tx.permit(services.resource(service))
        if order.manner == Manner.ELECTRONIC:
            # Looked at again under lock when it is sent.
            begun = dispatch(service, consent, by=OfficerId(mandate.actor.id), at=tx.now)
            service = await services.save(tx, permit, service, begun)
        else:
            service = await _begin(runtime, tx, permit, service, order=order, consent=consent)
            if order.outcome is not None:
                n = service.steps[-1].n
                service = await _end(tx, permit, service, n=n, order=order.outcome, hands=hands)
        return tx.answer(service_view(service, at=tx.now, words=await list_words(tx, service_id)))


@router.post(
    "/v1/services-of-process/{service_id}/attempts/{n}/outcome",
    summary="登记送达结果 · Report how a manner ended",
    status_code=201,
)
async def report_outcome(
    service_id: ServiceId, n: Number, order: OutcomeOrder, db: Db, runtime: Run, mandate: Attempting
) -> ServiceView:
    """The manner reached the party, with the proof that the law demands, or it failed, with its reason."""
    async with view(db, mandate) as v:
        v.permit(services.resource(await services.get(v, service_id)))
    hands = await hands_of(runtime.peers, mandate, order)
    async with change(db, mandate) as tx:
        service = await services.lock(tx, service_id)
        permit = tx.permit(services.resource(service))
        service = await _end(tx, permit, service, n=n, order=order, hands=hands)
        return tx.answer(service_view(service, at=tx.now, words=await list_words(tx, service_id)))


@router.post(
    "/v1/services-of-process/{service_id}/abandonment",
    summary="终止送达 · Give a service up",
    status_code=201,
)
async def abandon_service(
    service_id: ServiceId, order: AbandonmentOrder, db: Db, mandate: Abandoning
) -> ServiceView:
    """Give the service up: nobody was served by it, and the case may order it anew. What was served stays served."""
    async with change(db, mandate) as tx:
        service = await services.lock(tx, service_id)
        permit = tx.permit(services.resource(service))
        note = await commit(tx, service.id, "abandonment", {"reasons": order.reasons})
        fact = abandon(service, Abandonment.RECALLED, note=note, by=OfficerId(mandate.actor.id))
        service = await services.save(tx, permit, service, fact)
        return tx.answer(service_view(service, at=tx.now, words=await list_words(tx, service_id)))


async def _begin(
    runtime: NotificationRuntime,
    tx: Tx,
    permit: Permit,
    service: Service,
    *,
    order: AttemptOrder,
    consent: Consent | None,
) -> Service:
    n = len(service.steps) + 1
    words = {
        "reasons": order.reasons,
        "place": order.place,
        "tracking_number": order.tracking_number,
    }
    fact = begin(
        service,
        beginning_of(order, by=OfficerId(tx.mandate.actor.id), now=tx.now),
        texts=await commit(tx, service.id, f"step/{n}", words),
        consent_stands=consent is not None,
        public_notice_days=runtime.profile.limits.public_notice_cd,
        at=tx.now,
    )
    return await services.save(tx, permit, service, fact)


async def _end(
    tx: Tx, permit: Permit, service: Service, *, n: int, order: OutcomeOrder, hands: Hands
) -> Service:
    words = {"note": order.note, "signer": order.signer, "witness_name": order.witness_name}
    texts = await commit(tx, service.id, f"step/{n}/end", words)
    if is_served(order):
        fact = reach(service, n, handed_of(order), hands, texts=texts, at=tx.now)
        return await services.save(tx, permit, service, fact)
    failed = fail_step(
        service,
        n,
        reason_of(order),
        failed_at=order.at,
        proofs=tuple(order.proofs),
        texts=texts if order.note else None,
        by=OfficerId(tx.mandate.actor.id),
        at=tx.now,
    )
    return await services.save(tx, permit, service, failed)
