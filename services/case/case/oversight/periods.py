"""The period for the reply to an oversight item, as time passes: it is missed, or dated again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from case.domain.oversight import Changing, OversightItem, passed, redate
from case.runtime import CaseRuntime
from case.store import oversight
from common.door.uow import change, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.calendar import legal_day
from common.values.ids import OversightItemId


async def note_missed(runtime: CaseRuntime) -> None:
    """Record every reply that was not there in time. Nothing else follows from it."""
    async with view(runtime.db, _mandate()) as v:
        due, today = await oversight.list_due(v, legal_day(v.now)), v.now
    await _record(runtime, due, lambda item: passed(item, at=today))


async def redate_replies(runtime: CaseRuntime) -> None:
    """Date every provisional period again whose year has its notice now, each with a record of its own (HOL 2)."""
    async with view(runtime.db, _mandate()) as v:
        provisional = await oversight.list_provisional(v)
    calendar = runtime.calendar
    await _record(runtime, provisional, lambda item: redate(item, calendar))


async def _record(
    runtime: CaseRuntime,
    item_ids: Sequence[OversightItemId],
    rule: Callable[[OversightItem], Changing | None],
) -> None:
    """What `rule` says of each item, one change an item."""
    for item_id in item_ids:
        async with change(runtime.db, _mandate()) as tx:
            item = await oversight.lock(tx, item_id)
            permit = tx.permit(oversight.resource(item))
            # Asked under the lock: another process may have recorded it meanwhile.
            fact = rule(item)
            if fact is not None:
                await oversight.save(tx, permit, item, fact)


def _mandate() -> Mandate:
    return authorize(service_actor("case"), Action.OVERSIGHT_WATCH)
