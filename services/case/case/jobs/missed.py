"""The record that a period of the agency passed without its act: the supervisor hears of it (AES 11(2))."""

from __future__ import annotations

from case.domain.worklist import missed
from case.jobs.isolating import for_each
from case.runtime import CaseRuntime
from case.store import cases, worklist
from common.door.uow import change, view
from common.policy import Action, authorize, service_actor
from common.values.ids import CaseId


async def note_missed_deadlines(runtime: CaseRuntime) -> None:
    """Record every period that passed before today, each once."""
    mandate = authorize(service_actor("case"), Action.CASE_NOTE_OVERDUE)
    async with view(runtime.db, mandate) as v:
        case_ids = sorted({line.case_id for line in await worklist.list_missed(v)})

    async def note(case_id: CaseId) -> None:
        async with change(runtime.db, mandate) as tx:
            case = await cases.lock(tx, case_id)
            permit = tx.permit(cases.resource(case))
            # Asked under the lock: the act may have been done, or another process may have recorded it, meanwhile.
            for line in await worklist.list_missed(tx, case):
                fact = missed(case, line.rule, law=line.law, due_on=line.due_on)
                await worklist.add_missed(tx, permit, case, fact)

    await for_each(case_ids, note)
