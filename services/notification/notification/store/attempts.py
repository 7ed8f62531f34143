"""The log of the calls: begun before each call, ended with its answer and, sealed, what was said on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.values.ids import DeliveryId
from notification.domain.answers import Answer
from notification.domain.delivery import Delivery


@dataclass(frozen=True)
class Attempt:
    """One call. `ended_at` is None while it runs, and for ever where the process died."""

    n: int
    provider: str
    started_at: datetime
    ended_at: datetime | None
    verdict: str | None
    code: str | None
    took_ms: int | None


@dataclass(frozen=True)
class Ended:
    """The end of the call that `delivery` began last. `answer` is None where nobody can tell how it ended."""

    delivery: Delivery
    answer: Answer | None
    took_ms: int


@dataclass(frozen=True)
class Speed:
    """The median seconds from submission to arrival of one provider."""

    provider: str
    seconds: float


async def begin_all(tx: Tx, deliveries: Sequence[Delivery]) -> None:
    """Note that the last call of each delivery begins."""
    if not deliveries:
        return
    query = sa.text(
        "INSERT INTO delivery_attempts (delivery_id, n, provider, started_at)"
        " SELECT id, n, provider, :now FROM unnest(CAST(:ids AS text[]), CAST(:numbers AS int[]),"
        " CAST(:providers AS text[])) AS begun (id, n, provider)"
    )
    values = {
        "now": tx.now,
        "ids": [each.id for each in deliveries],
        "numbers": [each.attempts for each in deliveries],
        "providers": [each.provider for each in deliveries],
    }
    await tx.conn.execute(query, values)


async def end_all(tx: Tx, ended: Sequence[Ended]) -> None:
    """Note how the last call of each delivery ended."""
    told = [(each.delivery, each.answer, each.took_ms) for each in ended if each.answer is not None]
    if not told:
        return
    query = sa.text(
        "UPDATE delivery_attempts a SET ended_at = :now, verdict = e.verdict, code = e.code, took_ms = e.took_ms,"
        " transcript = e.transcript FROM unnest(CAST(:ids AS text[]), CAST(:numbers AS int[]),"
        " CAST(:verdicts AS text[]), CAST(:codes AS text[]), CAST(:times AS int[]), CAST(:transcripts AS bytea[]))"
        " AS e (id, n, verdict, code, took_ms, transcript) WHERE a.delivery_id = e.id AND a.n = e.n"
    )
    values = {
        "now": tx.now,
        "ids": [delivery.id for delivery, _, _ in told],
        "numbers": [delivery.attempts for delivery, _, _ in told],
        "verdicts": [answer.verdict for _, answer, _ in told],
        "codes": [answer.code for _, answer, _ in told],
        "times": [took_ms for _, _, took_ms in told],
        "transcripts": [await _sealed(tx, delivery, answer.transcript) for delivery, answer, _ in told],
    }
    await tx.conn.execute(query, values)


async def was_called(tx: Tx, delivery_id: DeliveryId, provider: str) -> bool:
    """Whether `provider` was ever given the order."""
    query = sa.text(
        "SELECT EXISTS (SELECT FROM delivery_attempts WHERE delivery_id = :id AND provider = :provider)"
    )
    return bool((await tx.conn.execute(query, {"id": delivery_id, "provider": provider})).scalar_one())


async def list_by_delivery(v: View | Tx, delivery_id: DeliveryId) -> list[Attempt]:
    """The calls of a delivery, oldest first."""
    query = sa.text(
        "SELECT n, provider, started_at, ended_at, verdict, code, took_ms FROM delivery_attempts"
        " WHERE delivery_id = :id ORDER BY n"
    )
    return [Attempt(*row) for row in await v.conn.execute(query, {"id": delivery_id})]


async def find_transcript(v: View | Tx, delivery: Delivery, n: int) -> str | None:
    """What was said on the wire; None for a call without an answer, and once the case was erased."""
    query = sa.text("SELECT transcript FROM delivery_attempts WHERE delivery_id = :id AND n = :n")
    sealed = await v.conn.scalar(query, {"id": delivery.id, "n": n})
    if sealed is None:
        return None
    try:
        return v.secrets.open(delivery.case_id.stream, _name(delivery.id, n), bytes(sealed)).decode()
    except Erased:
        return None


async def list_speeds(v: View) -> list[Speed]:
    """How fast each provider was in the last ten minutes."""
    query = sa.text(
        "SELECT provider, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM arrived_at - submitted_at))"
        " FROM deliveries WHERE arrived_at > :since AND submitted_at IS NOT NULL GROUP BY provider"
    )
    rows = await v.conn.execute(query, {"since": v.now - timedelta(minutes=10)})
    return [Speed(row[0], max(float(row[1]), 0.0)) for row in rows]


async def _sealed(tx: Tx, delivery: Delivery, transcript: str) -> bytes | None:
    if not transcript:
        return None
    name = _name(delivery.id, delivery.attempts)
    try:
        return await tx.secrets.sealed(delivery.case_id.stream, name, transcript.encode())
    except Erased:
        return None


def _name(delivery_id: DeliveryId, n: int) -> str:
    return f"delivery_attempts/{delivery_id}/{n}"
