"""The ledger's own work: its twin is anchored, its checkpoints are cosigned, stamped, watched and checked."""

from __future__ import annotations

from typing import Any

from common.door.uow import Database, change, view
from common.policy import Action, Resource, authorize
from common.values.facts import Fact
from common.values.ids import NO_AGENCY
from evidence.domain.anchoring import anchor
from evidence.ledger import witnessing
from evidence.ledger.log import Twin
from evidence.runtime import SELF, EvidenceRuntime
from evidence.store import outbox
from ledger.twin import twin_origin


async def anchor_twin(runtime: EvidenceRuntime) -> None:
    """Enter the newest checkpoint of the SM3 twin in the log, so that each tree commits to the other."""
    sequencer = runtime.ledger
    if not sequencer.settings.twin or not sequencer.leads:
        return
    mandate = authorize(SELF, Action.LEDGER_APPEND)
    async with view(runtime.db, mandate) as v:
        newest = await (await Twin.within(v.conn)).checkpoint()
        last = await outbox.find_last_anchor(v)
    if newest is None:
        return
    size, note = newest
    origin = twin_origin(sequencer.origin)
    fact = anchor(origin=origin, size=size, checkpoint=note.decode(), last=last, at=runtime.clock())
    if fact is not None:
        async with change(runtime.db, mandate) as tx:
            tx.record(tx.permit(Resource(id=fact.stream, agency_id=NO_AGENCY, level=1)), fact)


async def record_overruling(db: Database, fact: Fact) -> None:
    """Record what a person decided at the machine (`./mz ledger accept`)."""
    async with change(db, authorize(SELF, Action.LEDGER_APPEND)) as tx:
        tx.record(tx.permit(Resource(id=fact.stream, agency_id=NO_AGENCY, level=1)), fact)


async def witness(runtime: EvidenceRuntime) -> None:
    """Have the newest checkpoint cosigned by each witness that has not, or not lately."""
    if (witnesses := runtime.ledger.settings.witnesses) is not None:
        await witnessing.witness(runtime.db, witnesses)


async def watch(runtime: EvidenceRuntime) -> None:
    """Ask the monitor what it found when it read the whole published log again."""
    if (monitor := runtime.ledger.settings.monitor) is not None:
        await monitor.watch(runtime.ledger.origin)


async def patrol(runtime: EvidenceRuntime) -> None:
    """Check the ledger, if a day has passed. One process is enough: the one that leads."""
    if runtime.patrol is not None and runtime.ledger.leads:
        await runtime.patrol.look()


def standing(runtime: EvidenceRuntime) -> dict[str, Any]:
    """What /readyz tells beside being ready: the result of the last check of the ledger."""
    return {} if runtime.patrol is None else runtime.patrol.standing()


async def stamp(runtime: EvidenceRuntime) -> None:
    """Have the newest checkpoint stamped by each authority whose last token is old enough."""
    stamper = runtime.ledger.settings.stamper
    # A process that stands by leaves it to the leader, or every process would ask for tokens of its own.
    if stamper is not None and runtime.ledger.leads:
        await stamper.stamp_due(runtime)
