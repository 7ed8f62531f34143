"""The findings of the clean-up: raised by the registry or by hand, proposed, decided (PJ §2)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.calendar import legal_day
from common.values.ids import DeviceId, FindingId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.telemetry import language
from device_registry.api.views import agency_of
from device_registry.cleanup import evaluating, figures
from device_registry.contract.cleanup import (
    EvaluationOrder,
    EvaluationView,
    FindingDecisionOrder,
    FindingOrder,
    FindingPage,
    FindingProposalOrder,
    FindingStateName,
    FindingView,
    GroundView,
)
from device_registry.domain import findings as law
from device_registry.domain import stopping
from device_registry.domain.cleanup import IN_USE, Category
from device_registry.domain.device import State
from device_registry.domain.findings import CleanupFinding, FindingState, Outcome
from device_registry.domain.stopping import STOPPABLE, StopReason
from device_registry.runtime import Run
from device_registry.store import devices, findings
from device_registry.store.findings import FindingEntry, FindingText

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.FINDING_READ))]


@router.post(
    "/v1/cleanup-evaluations", summary="核查七种情形 · Look for the seven situations", status_code=201
)
async def evaluate_devices(
    order: EvaluationOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.FINDING_RAISE))],
) -> EvaluationView:
    """Look at the agency's own devices now (PJ §2). Each situation that nobody decided on yet becomes a finding.

    Without `device_ids` these are all that are in use; those of the agencies below it are their own affair.
    """
    async with view(db, mandate) as v:
        # In the order in which everybody locks many devices.
        chosen = sorted(set(order.device_ids or ())) or await devices.list_by_states(
            v, (*IN_USE, State.LEGACY), agency_id=agency_of(mandate)
        )
        now = v.now
    counted = await figures.count(
        runtime.peers, today=legal_day(now), unused_months=runtime.profile.cleanup.unused_months
    )
    raised = await evaluating.evaluate(runtime, mandate, chosen, counted)
    by_category = {category.value: count for category, count in sorted(raised.items())}
    async with change(db, mandate) as tx:
        return tx.answer(EvaluationView(devices=len(chosen), raised=by_category))


@router.post("/v1/devices/{device_id}/findings", summary="登记清理情形 · Record a finding", status_code=201)
async def raise_finding(
    device_id: DeviceId,
    order: FindingOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.FINDING_RAISE))],
) -> FindingView:
    """A situation that a person found. It is decided on like one that the registry computed."""
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        finding_id = FindingId.new(tx.now)
        raised = law.raise_by_hand(
            finding_id,
            Category(order.category),
            text=order.text,
            words=await tx.commit_to(finding_id, "words", order.text),
            device_id=device_id,
            agency_id=device.agency_id,
        )
        (finding,) = await findings.add(tx, permit, raised, texts=FindingText(order.text))
        return tx.answer(finding_view(FindingEntry(finding, order.text, "", "", None)))


@router.post(
    "/v1/findings/{finding_id}/proposal", summary="提出处理意见 · Propose a decision", status_code=201
)
async def propose_decision(
    finding_id: FindingId,
    order: FindingProposalOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.FINDING_PROPOSE))],
) -> FindingView:
    """The device admin's part of D-T15."""
    async with change(db, mandate) as tx:
        finding = await findings.lock(tx, finding_id)
        permit = tx.permit(findings.resource(finding))
        reason = await tx.commit_to(finding_id, "proposal_reason", order.reason)
        fact = law.propose(finding, Outcome(order.outcome), text=order.reason, reason=reason)
        await findings.save(tx, permit, finding, fact, texts=FindingText(order.reason))
        return tx.answer(finding_view(await findings.get(tx, finding_id)))


@router.post(
    "/v1/findings/{finding_id}/decision", summary="认定清理情形 · Decide on a finding", status_code=201
)
async def decide_finding(
    finding_id: FindingId,
    order: FindingDecisionOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.FINDING_DECIDE))],
) -> FindingView:
    """The head's part of D-T15: a confirmed finding stops the device in the same change (PJ §2)."""
    async with change(db, mandate) as tx:
        known = await findings.get(tx, finding_id)
        # The device before the finding: everybody who locks both does it in this order.
        device = await devices.lock(tx, known.finding.device_id)
        finding = await findings.lock(tx, finding_id)
        permit = tx.permit(findings.resource(finding))
        reason = await tx.commit_to(finding_id, "decision_reason", order.reason)
        fact = law.decide(finding, Outcome(order.outcome), reason=reason, by=mandate.actor.sub)
        finding = await findings.save(tx, permit, finding, fact, texts=FindingText(order.reason))
        if finding.state is FindingState.CONFIRMED and device.state in STOPPABLE:
            stopped = stopping.stop(
                device, reason=StopReason.FINDING, finding=finding_id, category=finding.category
            )
            await devices.save(tx, permit, device, stopped)
        return tx.answer(finding_view(await findings.get(tx, finding_id)))


@router.get("/v1/findings", summary="清理情形列表 · List findings")
async def list_findings(
    db: Db,
    mandate: Reading,
    device_id: DeviceId | None = None,
    state: FindingStateName | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> FindingPage:
    """The findings about the devices that the caller sees, oldest first."""
    place = after(cursor, FindingId) or ""
    wanted = FindingState(state) if state else None
    async with view(db, mandate) as v:
        listed = await findings.list_all(v, device_id=device_id, state=wanted, after=place, limit=limit + 1)
    return FindingPage(
        items=[finding_view(entry) for entry in listed[:limit]],
        next_cursor=next_cursor(listed, limit, _id),
    )


@router.get("/v1/findings/{finding_id}", summary="清理情形详情 · Read one finding")
async def get_finding(finding_id: FindingId, db: Db, mandate: Reading) -> FindingView:
    """One finding with everything that was said about it."""
    async with view(db, mandate) as v:
        entry = await findings.get(v, finding_id)
        v.permit(findings.resource(entry.finding))
    return finding_view(entry)


def _id(entry: FindingEntry) -> FindingId:
    return entry.finding.id


def finding_view(entry: FindingEntry) -> FindingView:
    """The finding on the wire, its grounds in the caller's language."""
    finding: CleanupFinding = entry.finding
    return FindingView(
        finding_id=finding.id,
        device_id=finding.device_id,
        agency_id=finding.agency_id,
        category=finding.category.value,
        origin=finding.origin.value,
        grounds=[
            GroundView(code=ground.code, law=ground.law, text=ground.said(language()))
            for ground in finding.grounds
        ],
        words=entry.words,
        state=finding.state.value,
        raised_at=finding.raised_at,
        proposal=finding.proposal.value if finding.proposal else None,
        proposal_reason=entry.proposal_reason,
        decided_at=finding.decided_at,
        decision_reason=entry.decision_reason,
    )
