"""The addresses that want hints, and how far each was told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from common.door.rows import business_table, changed, name_of
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, HookId
from notification.domain.hooks import Hook, HookEnd, HookFact, HookNamed, State, after, begun
from notification.store.tables import metadata

LEASE: Final = timedelta(seconds=60)
"""No call takes longer. If the process dies in it, the hint is sent again under the same id."""

_TIME = sa.DateTime(timezone=True)
hooks = business_table(
    "hooks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("secret", sa.LargeBinary, nullable=False),
    sa.Column("named_at", _TIME, nullable=False),
    sa.Column("verified_at", _TIME),
    sa.Column("ended_at", _TIME),
    sa.Column("ended_for", sa.Text),
    owner="id",
)
_REACHED: Final = sa.text("SELECT coalesce(max(index), -1) FROM receipts")
_NEWS: Final = sa.text(
    "SELECT max(r.index) FROM receipts r JOIN outbox o USING (record_id)"
    " JOIN deliveries d ON d.id = split_part(o.stream, '/', 2)"
    " WHERE r.index > :told AND o.stream LIKE 'delivery/%' AND d.agency_id = :agency"
)


@dataclass(frozen=True)
class Texts:
    """The address, and the secret that signs its hints."""

    url: str
    secret: str


@dataclass(frozen=True)
class Due:
    """A hint that this process has taken: the address was `told` up to a place, and there is something after it.

    `attempts` counts this one. `reached` is the place of the last event; the same as `told` for a challenge.
    """

    hook: Hook
    secret: str
    told: int
    reached: int
    attempts: int


def resource_of(hook_id: HookId, agency_id: AgencyId) -> Resource:
    """The address as the policy sees it: the agency's."""
    return Resource(hook_id, agency_id)


async def lock(tx: Tx, hook_id: HookId) -> Hook:
    """The address, held until commit. Refusal NOT_FOUND without one that the caller sees."""
    row = (
        await tx.conn.execute(sa.select(hooks).where(hooks.c.id == hook_id).with_for_update())
    ).one_or_none()
    if row is None:
        raise not_found(hook_id)
    return _hook(row)


async def list_all(v: View) -> list[Hook]:
    """The addresses that row-level security shows, oldest first."""
    return [_hook(row) for row in await v.conn.execute(sa.select(hooks).order_by(hooks.c.id))]


async def add(tx: Tx, permit: Permit, fact: HookNamed, *, texts: Texts) -> Hook:
    """The address that `fact` names. It hears of what comes from now on, once it answered the challenge."""
    tx.record(permit, fact)
    hook = begun(fact, texts.url, at=tx.now)
    row = _columns(hook)
    await asyncio.to_thread(tx.secrets.make, hook.id.stream)
    sealed = await tx.secrets.sealed(hook.id.stream, name_of(hooks, row), texts.secret.encode())
    await tx.add(fact, hooks, row | {"secret": sealed})
    told = (await tx.conn.execute(_REACHED)).scalar_one()
    query = sa.text("INSERT INTO hook_work (hook_id, told, due_at) VALUES (:id, :told, :now)")
    await tx.conn.execute(query, {"id": hook.id, "told": told, "now": tx.now})
    return hook


async def save(tx: Tx, permit: Permit, hook: Hook, *facts: HookFact) -> Hook:
    """Record `facts` and change the row as they say."""
    tx.record(permit, *facts)
    before = hook
    for fact in facts:
        hook = after(hook, fact, at=tx.now)
    await tx.set(facts[-1], hooks, {"id": hook.id}, changed(_columns(before), _columns(hook)))
    return hook


async def take_due(tx: Tx, *, limit: int, pause: timedelta) -> list[Due]:
    """Up to `limit` hints that are due, taken for this process. Where nothing is new, the address is looked at again
    after `pause`."""
    query = sa.text(
        "SELECT h.*, w.told, w.attempts FROM hook_work w JOIN hooks h ON h.id = w.hook_id"
        " WHERE h.state <> 'ENDED' AND w.due_at <= :now ORDER BY w.due_at LIMIT :limit FOR UPDATE OF w SKIP LOCKED"
    )
    due = []
    taken = (await tx.conn.execute(query, {"now": tx.now, "limit": limit})).all()
    # Read before the events: none of them appears later at a place up to here.
    everything = (await tx.conn.execute(_REACHED)).scalar_one() if taken else 0
    for row in taken:
        hook, reached = _hook(row), row.told
        if hook.state is State.ACTIVE:
            news = {"told": row.told, "agency": hook.agency_id}
            reached = (await tx.conn.execute(_NEWS, news)).scalar_one()
        if reached is None:
            # So that the next look passes over nothing twice: most records are other agencies' and other things'.
            await _look_again(tx, hook.id, told=everything, at=tx.now + pause, attempts=0)
            continue
        await _look_again(tx, hook.id, told=row.told, at=tx.now + LEASE, attempts=row.attempts + 1)
        name = name_of(hooks, {"id": hook.id})
        secret = tx.secrets.open(hook.id.stream, name, bytes(row.secret)).decode()
        due.append(Due(hook, secret, row.told, reached, row.attempts + 1))
    return due


async def settle(tx: Tx, due: Due, *, status: int, is_taken: bool, at: datetime) -> None:
    """Note what the address answered; it is looked at again at `at`."""
    query = sa.text(
        "UPDATE hook_work SET status = :status, due_at = :at, told = CASE WHEN :taken THEN :reached ELSE told END,"
        " attempts = CASE WHEN :taken THEN 0 ELSE attempts END WHERE hook_id = :id"
    )
    values = {"id": due.hook.id, "status": status, "at": at, "taken": is_taken, "reached": due.reached}
    await tx.conn.execute(query, values)


async def _look_again(tx: Tx, hook_id: HookId, *, told: int, at: datetime, attempts: int) -> None:
    query = sa.text(
        "UPDATE hook_work SET told = :told, due_at = :at, attempts = :attempts WHERE hook_id = :id"
    )
    await tx.conn.execute(query, {"id": hook_id, "told": told, "at": at, "attempts": attempts})


def _columns(hook: Hook) -> dict[str, Any]:
    return {
        "id": hook.id,
        "agency_id": hook.agency_id,
        "url": hook.url,
        "state": hook.state,
        "named_at": hook.named_at,
        "verified_at": hook.verified_at,
        "ended_at": hook.ended_at,
        "ended_for": hook.ended_for,
    }


def _hook(row: sa.Row[Any]) -> Hook:
    return Hook(
        id=HookId(row.id),
        agency_id=AgencyId(row.agency_id),
        url=row.url,
        state=State(row.state),
        named_at=row.named_at,
        verified_at=row.verified_at,
        ended_at=row.ended_at,
        ended_for=HookEnd(row.ended_for) if row.ended_for else None,
    )
