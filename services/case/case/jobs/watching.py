"""Work without a caller about decisions that fall: marks against captures, and the days that pass."""

from __future__ import annotations

from typing import Any

from case.domain.deadlines import Terms
from case.domain.invalidating import Mark, note_mark, passed
from case.domain.publishing import late
from case.runtime import CaseRuntime
from case.store import cases, erasures, invalidations, publications
from common.door.uow import change, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.calendar import legal_day
from common.values.ids import EvidenceId


async def note_invalidated(runtime: CaseRuntime, evidence_id: EvidenceId, data: dict[str, Any]) -> None:
    """Open a task in the case that rests on the capture, in whatever state it is. Nothing for a capture of no case."""
    async with change(runtime.db, _mandate(Action.CASE_NOTE_INVALIDATION)) as tx:
        case_id = await cases.find_by_evidence(tx, evidence_id)
        if case_id is None:
            return
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        erasure = await erasures.find(tx, case)
        if erasure is not None and erasure.approved_at is not None:
            return  # nothing rests on the capture any more, and nobody could write a reason for it
        mark = Mark(evidence_id, data["source"], data["guard"], tuple(data["codes"]))
        fact = note_mark(case, mark, terms=Terms(runtime.profile, runtime.calendar), at=tx.now)
        if fact is not None:
            await cases.save(tx, permit, case, fact)


async def note_unsettled(runtime: CaseRuntime) -> None:
    """Record every task that nobody settled by its day. The supervisor sees it from there."""
    async with view(runtime.db, _mandate(Action.CASE_NOTE_INVALIDATION)) as v:
        case_ids = await invalidations.list_overdue(v, legal_day(v.now))
    for case_id in case_ids:
        async with change(runtime.db, _mandate(Action.CASE_NOTE_INVALIDATION)) as tx:
            case = await cases.lock(tx, case_id)
            permit = tx.permit(cases.resource(case))
            # Asked under the lock: somebody may have settled it, or another process recorded it, meanwhile.
            facts = passed(case, at=tx.now)
            if facts:
                await cases.save(tx, permit, case, *facts)


async def note_unpublished(runtime: CaseRuntime) -> None:
    """Record every decision that was not published, or not withdrawn, by its day (APL 48)."""
    async with view(runtime.db, _mandate(Action.CASE_NOTE_UNPUBLISHED)) as v:
        case_ids = await publications.list_late(v, legal_day(v.now))
    for case_id in case_ids:
        async with change(runtime.db, _mandate(Action.CASE_NOTE_UNPUBLISHED)) as tx:
            case = await cases.lock(tx, case_id)
            permit = tx.permit(cases.resource(case))
            facts = late(case, at=tx.now)
            if facts:
                await cases.save(tx, permit, case, *facts)


def _mandate(action: Action) -> Mandate:
    return authorize(service_actor("case"), action)
