"""Work without a caller about what nobody did in time: each day that passed is recorded once. A mark opens its task.

The officers and the supervisor see it from there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from case.domain import invalidating, prompting, publishing
from case.domain.deadlines import Terms
from case.domain.executionends import lapse
from case.domain.facts import CaseFact
from case.domain.invalidating import Mark, note_mark
from case.domain.preserving import lapse_preservations
from case.domain.procedure import Case
from case.domain.remedying import note_late
from case.jobs.isolating import for_each
from case.runtime import CaseRuntime
from case.store import cases, collecting, erasures, executions, invalidations, prompts, publications, remedies
from common.door.uow import Tx, View, change, view
from common.policy import Action, authorize, service_actor
from common.values.calendar import legal_day
from common.values.ids import CaseId, EvidenceId

_List: TypeAlias = Callable[[View], Awaitable[list[CaseId]]]
_Rule: TypeAlias = Callable[[Tx, Case], Awaitable[Sequence[CaseFact]]]


async def note_overdue(runtime: CaseRuntime) -> None:
    """Record every prompt that was not sent by its day (NJ 15)."""

    async def passed(tx: Tx, case: Case) -> Sequence[CaseFact]:
        return prompting.passed(case, await prompts.get_draft(tx, case), at=tx.now)

    await _note(
        runtime, Action.CASE_NOTE_OVERDUE, lambda v: prompts.list_overdue(v, legal_day(v.now)), passed
    )


async def note_late_remedies(runtime: CaseRuntime) -> None:
    """Record every duty in a remedy that passed its day (ARL 32, 48, 54; ALL 67)."""

    async def passed(tx: Tx, case: Case) -> Sequence[CaseFact]:
        return note_late(case, at=tx.now)

    await _note(runtime, Action.CASE_NOTE_OVERDUE, lambda v: remedies.list_late(v, v.now), passed)


async def note_lapses(runtime: CaseRuntime) -> None:
    """Record where the last day to ask the court has passed: the right is lost (AEL 53)."""
    terms = Terms(runtime.profile, runtime.calendar)

    async def passed(tx: Tx, case: Case) -> Sequence[CaseFact]:
        lapsed = lapse(case, await cases.list_deadlines(tx, case), terms=terms, at=tx.now)
        return (lapsed,) if lapsed is not None else ()

    await _note(
        runtime, Action.CASE_NOTE_LAPSE, lambda v: executions.list_lapsing(v, legal_day(v.now)), passed
    )


async def note_unsettled(runtime: CaseRuntime) -> None:
    """Record every task about an invalid capture that nobody settled by its day."""

    async def passed(tx: Tx, case: Case) -> Sequence[CaseFact]:
        return invalidating.passed(case, at=tx.now)

    await _note(
        runtime,
        Action.CASE_NOTE_INVALIDATION,
        lambda v: invalidations.list_overdue(v, legal_day(v.now)),
        passed,
    )


async def note_unpublished(runtime: CaseRuntime) -> None:
    """Record every decision that was not published, or not withdrawn, by its day (APL 48)."""

    async def passed(tx: Tx, case: Case) -> Sequence[CaseFact]:
        return publishing.late(case, at=tx.now)

    await _note(
        runtime, Action.CASE_NOTE_UNPUBLISHED, lambda v: publications.list_late(v, legal_day(v.now)), passed
    )


async def note_lapsed_preservations(runtime: CaseRuntime) -> None:
    """Record every preservation of evidence about which nobody decided in seven working days (APL 56)."""

    async def passed(tx: Tx, case: Case) -> Sequence[CaseFact]:
        return lapse_preservations(case, tx.now)

    await _note(
        runtime, Action.CASE_NOTE_LAPSE, lambda v: collecting.list_lapsing(v, legal_day(v.now)), passed
    )


async def note_invalidated(runtime: CaseRuntime, evidence_id: EvidenceId, data: dict[str, Any]) -> None:
    """Open a task in the case that rests on the capture, in whatever state it is. Nothing for a capture of no case."""
    async with change(runtime.db, authorize(service_actor("case"), Action.CASE_NOTE_INVALIDATION)) as tx:
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


async def _note(runtime: CaseRuntime, action: Action, listed: _List, passed: _Rule) -> None:
    """Record what `passed` says of each case that `listed` names."""
    mandate = authorize(service_actor("case"), action)
    async with view(runtime.db, mandate) as v:
        case_ids = await listed(v)

    async def note(case_id: CaseId) -> None:
        async with change(runtime.db, mandate) as tx:
            case = await cases.lock(tx, case_id)
            permit = tx.permit(cases.resource(case))
            # Asked under the lock: somebody may have acted, or another process recorded it, meanwhile.
            facts = await passed(tx, case)
            if facts:
                await cases.save(tx, permit, case, *facts)

    await for_each(case_ids, note)
