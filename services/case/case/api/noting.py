"""The record that an officer reads a case. It is durable before anything is shown (NJ 17)."""

from __future__ import annotations

from case.domain import readings as rules
from case.domain.procedure import Case
from case.domain.readings import Depth
from case.store import cases, readings
from common.door.uow import Database, Tx, View, change
from common.policy import Mandate
from common.values.ids import OfficerId
from common.values.readingrules import ReadingRules


async def is_due(v: View | Tx, case: Case, depth: Depth) -> bool:
    """Whether a reading by this caller is not on record yet. A party's own and a service's need no record here."""
    actor = v.mandate.actor
    if actor.kind != "officer":
        return False
    return not await readings.is_noted(v, case.id, OfficerId(actor.id), actor.purpose or "", depth)


async def note(
    db: Database, mandate: Mandate, case: Case, figures: ReadingRules, depth: Depth = Depth.MASKED
) -> None:
    """Record a reading of `case`, in a change of its own. Once a day for each purpose and depth.

    Refusal UNMASKING_BUDGET_SPENT where the words of people are shown in full (DOCUMENTS).
    """
    async with change(db, mandate) as tx:
        await note_in(tx, case, depth, figures)


async def note_in(tx: Tx, case: Case, depth: Depth, figures: ReadingRules) -> None:
    """Record the reading in `tx`, unless it stands on record. Refusal UNMASKING_BUDGET_SPENT for whole documents."""
    if not await is_due(tx, case, depth):
        return
    by = OfficerId(tx.mandate.actor.id)
    await readings.take_turn(tx, by)
    # Asked again: another request of the same officer may have recorded it meanwhile.
    if not await is_due(tx, case, depth):
        return
    facts = rules.read(
        case,
        by=by,
        purpose=tx.mandate.actor.purpose or "",
        depth=depth,
        budget=await readings.budget_of(tx, by),
        rules=figures,
        at=tx.now,
    )
    await readings.record(tx, tx.permit(cases.resource(case)), *facts)
