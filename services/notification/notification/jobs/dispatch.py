"""The worker: takes what is due, calls the providers, and records what they said.

    take ──COMMIT──▶ begin of the call in the log ──call──▶ answer ──COMMIT──▶ what it means, what follows

Calls run side by side; taking and settling are batches of one transaction each. If the process dies in a call, the
lease ends with a begun attempt and no answer, and the next process finds the delivery SENDING: it is recorded as
lost, and the provider is asked what became of it before anything is sent again.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import monotonic
from typing import Final

from common.door.uow import Tx, change, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.errors import Refusal
from common.values.ids import DeliveryId
from notification import outcomes
from notification.channels.letters import Carrier, letter_of
from notification.domain import delivering
from notification.domain.answers import Answer, Verdict, follow_answer
from notification.domain.delivery import WAITING, Delivery, State, Why
from notification.domain.deliveryfacts import DeliveryFact
from notification.domain.preferences import STANDARD
from notification.domain.sending import reconciled
from notification.outcomes.deciding import stopping
from notification.outcomes.joints import gather, left_alone
from notification.runtime import NotificationRuntime
from notification.store import attempts, deliveries, deliverywork, parcels, preferences
from notification.store.attempts import Ended
from notification.store.deliveries import Change, Sending
from notification.store.parties import resource

log = logging.getLogger(__name__)

BATCH: Final = 128
AT_ONCE: Final = 256
_GATHER_S: Final = 0.03
_NO_PROVIDER_S: Final = 600
_AWAY_S: Final = 15
_ASK_AGAIN_S: Final = 300


@dataclass(frozen=True)
class Call:
    """A delivery whose call is on record. Without `sending` it is a question: what became of the call before?"""

    delivery: Delivery
    carrier: Carrier | None
    sending: Sending | None = None


@dataclass
class Desk:
    """One pass over everything that is due. `running` are the calls under way, `ended` those that are to be settled."""

    runtime: NotificationRuntime
    running: set[asyncio.Task[None]] = field(default_factory=set)
    ended: asyncio.Queue[Ended | None] = field(default_factory=asyncio.Queue)

    async def work(self) -> None:
        """Until nothing is due and every call has ended. Taking and settling go on side by side."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._settle_all())
            is_more = True
            while is_more:
                while len(self.running) > AT_ONCE - BATCH:
                    await asyncio.wait(self.running, return_when=asyncio.FIRST_COMPLETED)
                calls, is_more = await self._take()
                for call in calls:
                    task = group.create_task(self._call(call))
                    self.running.add(task)
                    task.add_done_callback(self.running.discard)
            if self.running:
                await asyncio.wait(self.running)
            await self.ended.put(None)

    async def _take(self) -> tuple[list[Call], bool]:
        """The calls that are on record now, and whether more may be due."""
        try:
            async with change(self.runtime.db, _mandate()) as tx:
                ids = await deliverywork.take_due(tx, limit=BATCH, until=tx.now + deliverywork.LEASE)
                return (await prepare(tx, self.runtime, ids) if ids else []), len(ids) == BATCH
        except Exception as error:  # noqa: BLE001
            log.error("couldn't take %d deliveries at once; each is taken by itself", BATCH, exc_info=error)
        async with change(self.runtime.db, _mandate()) as tx:
            ids = await deliverywork.take_due(tx, limit=BATCH, until=tx.now + deliverywork.LEASE)
        calls = []
        for id in ids:
            async with _apart(self.runtime, id):
                async with change(self.runtime.db, _mandate()) as tx:
                    made = await prepare(tx, self.runtime, [id])
                # After the commit alone: a call whose begin is on no record would be made again after a crash.
                calls += made
        return calls, False

    async def _call(self, call: Call) -> None:
        started = monotonic()
        try:
            if call.sending is None or call.carrier is None:
                answer = await call.carrier.ask(call.delivery.id) if call.carrier else None
            else:
                answer = await self._send(call.carrier, call.delivery, call.sending)
        except Exception as error:  # noqa: BLE001
            # A fault of ours in a channel. The attempt stays without an end, and the lease brings it back.
            log.error("couldn't finish the call for delivery %s", call.delivery.id, exc_info=error)
            return
        await self.ended.put(Ended(call.delivery, answer, int(1_000 * (monotonic() - started))))

    async def _send(self, carrier: Carrier, delivery: Delivery, sending: Sending) -> Answer:
        """Give the order. Whatever comes of it is noted: a trial that nobody noted would keep its provider shut."""
        verdict = Verdict.SILENT
        try:
            answer = await carrier.send(letter_of(delivery, sending, level=carrier.level))
            verdict = answer.verdict
            return answer
        finally:
            self.runtime.roster.note(carrier.name, verdict)

    async def _settle_all(self) -> None:
        """Settle what has ended, as much at once as there is; until the end of the queue."""
        while True:
            batch = [await self.ended.get()]
            if self.ended.qsize() < len(self.running):
                await asyncio.sleep(_GATHER_S)  # the answers of one batch come close together
            while len(batch) < BATCH and not self.ended.empty():
                batch.append(self.ended.get_nowait())
            told = [each for each in batch if each is not None]
            if told:
                await settle(self.runtime, told)
            if len(told) < len(batch):
                return


async def dispatch(runtime: NotificationRuntime) -> None:
    """Send what is due."""
    await Desk(runtime).work()


async def measure(runtime: NotificationRuntime) -> None:
    """How fast each provider was in the last minutes: the faster ones get the next orders more often."""
    async with view(runtime.db, _mandate()) as v:
        speeds = await attempts.list_speeds(v)
    runtime.roster.speeds = {each.provider: each.seconds for each in speeds}


async def prepare(tx: Tx, runtime: NotificationRuntime, ids: Sequence[DeliveryId]) -> list[Call]:
    """Decide about each delivery that was taken; the calls to make. What ended is followed here."""
    calls: list[Call] = []
    changes: list[Change] = []
    carriers: dict[DeliveryId, tuple[Carrier, Sending | None]] = {}
    waiting: list[Delivery] = []
    begun: list[Delivery] = []
    due = await parcels.lock_all(tx, ids)
    stated = await preferences.list_by_party(tx, {each.delivery.party_id for each in due})
    wishes = {each.party_id: each.wishes for each in stated}
    decided: set[DeliveryId] = set()
    for parcel in due:
        delivery = parcel.delivery
        if delivery.id in decided:
            continue  # its words travel with those of one before it
        decided.add(delivery.id)
        wished = wishes.get(delivery.party_id, STANDARD)
        fact = await stopping(tx, runtime, parcel, wished) or await left_alone(tx, delivery)
        if fact is None and delivery.state is State.UNKNOWN:
            calls.append(Call(delivery, runtime.roster.carriers.get(delivery.provider or "")))
        elif fact is None and delivery.state in WAITING and parcel.sending is not None:
            address = parcel.sending.address
            carrier = runtime.roster.pick(delivery.channel, address)
            if carrier is None:
                is_there = runtime.roster.has(delivery.channel, address)
                fact = _without_carrier(tx, delivery, waiting, is_there=is_there)
            else:
                joint = await gather(tx, runtime, parcel, wished, carrier=carrier, decided=decided)
                decided |= {each.before.id for each in joint.changes}
                changes += joint.changes
                carriers[delivery.id] = carrier, joint.sending
                if delivery.is_statutory:
                    fact = delivering.attempt(delivery, carrier.name, at=tx.now)
                else:
                    begun.append(delivering.begin(delivery, carrier.name, at=tx.now))
        if fact is not None:
            changes.append(Change(tx.permit(resource(delivery.id, delivery.party_id)), delivery, (fact,)))
    after = await deliveries.put_all(tx, changes)
    await deliverywork.put(tx, waiting)
    begun += [each for each in after if each.state is State.SENDING]
    await attempts.begin_all(tx, begun)
    for each in after:
        if each.has_ended:
            await outcomes.follow(tx, runtime, each)
    return calls + [Call(each, *carriers[each.id]) for each in begun]


async def settle(runtime: NotificationRuntime, ended: Sequence[Ended]) -> None:
    """Record what the providers said, all at once, or one by one where one of them cannot be recorded."""
    try:
        async with change(runtime.db, _mandate()) as tx:
            await record(tx, runtime, ended)
    except Exception as error:  # noqa: BLE001
        log.error(
            "couldn't settle %d deliveries at once; each is settled by itself", len(ended), exc_info=error
        )
        for each in ended:
            async with _apart(runtime, each.delivery.id), change(runtime.db, _mandate()) as tx:
                await record(tx, runtime, [each])


async def record(tx: Tx, runtime: NotificationRuntime, ended: Sequence[Ended]) -> list[Delivery]:
    """Record what each answer means for its delivery as that stands now, and what follows; those that it changed."""
    answers = {each.delivery.id: each.answer for each in ended}
    changes, waiting = [], []
    for delivery in await deliveries.lock_all(tx, list(answers)):
        answer = answers[delivery.id]
        if answer is not None and delivery.state is State.UNKNOWN:
            # An answer to a question: it cannot say what the call carried, but what the provider may carry does.
            is_bare = answer.is_bare or runtime.roster.is_bare(delivery.provider, delivery.level)
            answer = replace(answer, is_bare=is_bare)
        facts = _facts(delivery, answer, tx)
        if facts:
            permit = tx.permit(resource(delivery.id, delivery.party_id))
            changes.append(Change(permit, delivery, tuple(facts)))
        elif answer is None and delivery.state is State.UNKNOWN:
            again = tx.now + timedelta(seconds=_ASK_AGAIN_S)
            waiting.append(replace(delivery, due_at=min(again, delivery.expires_at)))
    after = await deliveries.put_all(tx, changes)
    await deliverywork.put(tx, waiting)
    await attempts.end_all(tx, ended)
    for each in after:
        if each.has_ended:
            await outcomes.follow(tx, runtime, each)
    return after


def _facts(delivery: Delivery, answer: Answer | None, tx: Tx) -> list[DeliveryFact]:
    try:
        if answer is None:
            fact = reconciled(delivery, at=tx.now)
            return [] if fact is None else [fact]
        return follow_answer(delivery, answer, drawn=random.random(), at=tx.now)
    except Refusal:
        # It is where this answer would bring it, or beyond: a report overtook the answer, or an end did.
        log.info("an answer about delivery %s came when it was %s", delivery.id, delivery.state)
        return []


def _without_carrier(
    tx: Tx, delivery: Delivery, waiting: list[Delivery], *, is_there: bool
) -> DeliveryFact | None:
    """It waits for a provider. On record once, and not again at every look."""
    why = Why.PROVIDER_AWAY if is_there else Why.NO_PROVIDER
    until = tx.now + timedelta(seconds=_AWAY_S if is_there else _NO_PROVIDER_S)
    if delivery.state is State.HELD and delivery.code == why:
        waiting.append(replace(delivery, due_at=min(until, delivery.expires_at)))
        return None
    return delivering.hold(delivery, why, until=until)


@asynccontextmanager
async def _apart(runtime: NotificationRuntime, delivery_id: DeliveryId) -> AsyncIterator[None]:
    """One delivery by itself: what it raises is noted at its place in the line, and stops no other."""
    try:
        yield
    except Exception as error:  # noqa: BLE001
        log.error("couldn't go on with delivery %s", delivery_id, exc_info=error)
        async with change(runtime.db, _mandate()) as tx:
            await deliverywork.note_fault(tx, delivery_id)


def _mandate() -> Mandate:
    return authorize(service_actor("notification"), Action.MESSAGE_DELIVER)
