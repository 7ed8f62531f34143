"""The files of subjects that wait to be compared, some rows at a time."""

from __future__ import annotations

import secrets
from typing import Final

from common.door.uow import View, change, operational, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.calendar import legal_day
from common.values.errors import Refusal
from common.values.ids import ComparisonId
from data_exchange import inquiry
from data_exchange.connectors import access, batchrows, noting
from data_exchange.domain import batches as rules
from data_exchange.domain import comparing
from data_exchange.domain.agreed import Grant, grant_ended
from data_exchange.domain.agreements import Agreement
from data_exchange.domain.comparison import Comparison
from data_exchange.domain.usages import usage_in_file
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import agreements, batches, comparisons, purposes

_HOLDER: Final = secrets.token_hex(8)
"""The name of this process on the leases of the files that it compares."""


async def compare_batches(runtime: DataExchangeRuntime) -> None:
    """Compare the rows of every file that waits, some at a time, each time in a change of its own."""
    async with view(runtime.db, _comparing()) as v:
        due = await batches.list_due(v)
        now = v.now
    for comparison_id in due:
        async with operational(runtime.db) as conn:
            is_ours = await batches.take_lease(conn, comparison_id, _HOLDER, now)
        while is_ours and await _compare_some(runtime, comparison_id):
            pass


async def _compare_some(runtime: DataExchangeRuntime, comparison_id: ComparisonId) -> bool:
    """Compare the next rows. False once the file is done, has failed, or its register does not answer."""
    async with view(runtime.db, _comparing()) as v:
        batch = await batches.get(v, comparison_id)
        comparison = batch.comparison
        agreement, ended = await _granted(v, comparison)
    register = runtime.registers.get(comparison.register or "")
    refusal = ended or comparing.still_open(
        comparison, await inquiry.standing_of(runtime, comparison.case_id)
    )
    if refusal is None and register is not None:
        refusal = await access.pause_of(runtime.db, comparison.agency_id, register.name)
    some = None
    if refusal is None and register is not None:
        some = await batchrows.compared(runtime, batch, register, agreement)
    async with change(runtime.db, _comparing()) as tx:
        now = await batches.lock(tx, comparison_id)
        permit = tx.permit(comparisons.resource(now.comparison))
        if now != batch:
            return False  # another process compared these rows: its lease ran out while we took it
        if refusal is not None:
            await batches.save(tx, permit, now, rules.fail(now, refusal.code))
            return False
        if some is None:
            return False
        now = await batches.save(tx, permit, now, some.fact, texts=some.texts)
        await noting.note_about(tx, permit, some.subjects, usage_in_file(now, some.fact.fields, at=tx.now))
        end = rules.finish(now)
        if end is not None:
            await batches.save(tx, permit, now, end)
        return end is None


async def _granted(v: View, comparison: Comparison) -> tuple[Agreement | None, Refusal | None]:
    """The agreement under which a system sent the file, and why it opens nothing any more."""
    if comparison.agreement_id is None or comparison.purpose_id is None:
        return None, None
    agreement = await agreements.get(v, comparison.agreement_id)
    purpose = await purposes.get(v, comparison.purpose_id)
    return agreement, grant_ended(Grant(agreement, purpose), today=legal_day(v.now))


def _comparing() -> Mandate:
    return authorize(service_actor("data-exchange"), Action.COMPARISON_WORK)
