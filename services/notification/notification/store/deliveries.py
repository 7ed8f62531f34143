"""Deliveries: their rows, and the addresses and words that are sealed with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson
import sqlalchemy as sa
from pydantic import TypeAdapter

from common.door.rows import name_of
from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import AgencyId, CaseId, DeliveryId, MessageId, PartyId
from notification.domain.channels import Address, Channel, Role
from notification.domain.delivery import ENDED, Basis, Delivery, State
from notification.domain.deliveryfacts import DeliveryAccepted, DeliveryFact, after, begun
from notification.store import deliverywork
from notification.store.addresses import key_of
from notification.store.tables_deliveries import attempts, deliveries, work


@dataclass(frozen=True)
class Sending:
    """What travels, and where to. `values` fill the template that a provider holds under `template`.

    `others` are the addresses of the channels that are tried after this one, in their order. `attachment_sha256` is the
    document that goes with a mail; it lies sealed with the case's other documents. `consent_id` is the consent that
    gave the address, where the message serves process. `supplement` is the text in another language, which goes beside
    the Chinese one. `large_print` is for what is printed.
    """

    address: str
    title: str
    text: str
    template: str | None = None
    values: tuple[tuple[str, str], ...] = ()
    others: tuple[Address, ...] = ()
    attachment_sha256: str | None = None
    consent_id: str | None = None
    supplement: str | None = None
    large_print: bool = False


_SENDING: Final = TypeAdapter(Sending)
# A call whose begin is in the log and whose end is in no record yet: see `delivery_of`.
BEGUN: Final = sa.and_(attempts.c.delivery_id == deliveries.c.id, attempts.c.n == deliveries.c.attempts + 1)
CALLED: Final = (attempts.c.n.label("called"), attempts.c.provider.label("called_provider"))
_JOINED: Final = (
    sa.select(deliveries, work.c.next_at, *CALLED)
    .outerjoin(work, work.c.delivery_id == deliveries.c.id)
    .outerjoin(attempts, BEGUN)
)


async def lock(tx: Tx, delivery_id: DeliveryId) -> Delivery:
    """The delivery, held until commit. Refusal NOT_FOUND without one.

    A delivery is locked before its message, never after it: two that did otherwise would wait for each other.
    """
    row = (await tx.conn.execute(_held(deliveries.c.id == delivery_id))).one_or_none()
    if row is None:
        raise not_found(delivery_id)
    return delivery_of(row)


async def lock_all(tx: Tx, ids: Sequence[DeliveryId]) -> list[Delivery]:
    """These deliveries in the order of their ids, held until commit."""
    rows = await tx.conn.execute(_held(deliveries.c.id == sa.func.any(sa.literal(list(ids), TEXTS))))
    return [delivery_of(row) for row in rows]


async def lock_by_message(tx: Tx, message_id: MessageId) -> list[Delivery]:
    """Every delivery of a message in the order of their ids, held until commit."""
    rows = await tx.conn.execute(_held(deliveries.c.message_id == message_id))
    return [delivery_of(row) for row in rows]


async def get(v: View | Tx, delivery_id: DeliveryId) -> Delivery:
    """The delivery. Refusal NOT_FOUND without one that the caller sees."""
    row = (await v.conn.execute(_JOINED.where(deliveries.c.id == delivery_id))).one_or_none()
    if row is None:
        raise not_found(delivery_id)
    return delivery_of(row)


async def list_by_message(v: View | Tx, message_id: MessageId) -> list[Delivery]:
    """Every delivery of a message, oldest first."""
    query = _JOINED.where(deliveries.c.message_id == message_id).order_by(deliveries.c.id)
    return [delivery_of(row) for row in await v.conn.execute(query)]


async def list_by_id(v: View | Tx, ids: Sequence[DeliveryId]) -> list[Delivery]:
    """These deliveries that the caller sees, in no order."""
    query = _JOINED.where(deliveries.c.id == sa.func.any(sa.literal(list(ids), TEXTS)))
    return [delivery_of(row) for row in await v.conn.execute(query)]


async def find_by_reference(tx: Tx, provider: str, reference: str) -> Delivery | None:
    """The one delivery that `provider` names so, held until commit; None if there is none, or if there are several."""
    which = sa.and_(deliveries.c.provider == provider, deliveries.c.reference == reference)
    rows = (await tx.conn.execute(_held(which).limit(2))).all()
    return delivery_of(rows[0]) if len(rows) == 1 else None


async def is_under_way(tx: Tx, message_id: MessageId) -> bool:
    """Whether some delivery that carries this message has not ended."""
    open_ = sa.and_(
        deliveries.c.message_id == message_id,
        deliveries.c.role == Role.CARRIES,
        deliveries.c.state.not_in([state.value for state in ENDED]),
    )
    return bool((await tx.conn.execute(sa.select(sa.exists().where(open_)))).scalar_one())


async def may_still_tell(tx: Tx, message_id: MessageId) -> bool:
    """Whether some delivery of this notice is under way, or was rejected and may be put in line again in its time."""
    rejected = sa.and_(
        deliveries.c.message_id == message_id,
        deliveries.c.role == Role.CARRIES,
        deliveries.c.state == State.REJECTED,
        deliveries.c.expires_at > tx.now,
    )
    is_mendable = bool((await tx.conn.execute(sa.select(sa.exists().where(rejected)))).scalar_one())
    return is_mendable or await is_under_way(tx, message_id)


async def is_at(tx: Tx, delivery: Delivery, address: Address) -> bool:
    """Whether a delivery of the same message goes to `address`, or went there."""
    there = sa.and_(
        deliveries.c.message_id == delivery.message_id,
        deliveries.c.channel == address.channel,
        deliveries.c.address_key == await key_of(tx, delivery.party_id, address),
    )
    return bool((await tx.conn.execute(sa.select(sa.exists().where(there)))).scalar_one())


async def find_sending(at: Tx | View, delivery: Delivery) -> Sending | None:
    """What travels with `delivery`; None once its case was erased."""
    query = sa.select(deliveries.c.sealed).where(deliveries.c.id == delivery.id)
    sealed = (await at.conn.execute(query)).scalar_one()
    return opened(at, delivery, sealed)


def opened(at: Tx | View, delivery: Delivery, sealed: bytes | None) -> Sending | None:
    """What travels with `delivery`, from its row; None once its case was erased."""
    if sealed is None:
        return None
    try:
        plain = at.secrets.open(
            delivery.case_id.stream, name_of(deliveries, {"id": delivery.id}), bytes(sealed)
        )
    except Erased:
        return None
    return _SENDING.validate_json(plain)


@dataclass(frozen=True)
class Accepted:
    """A delivery that begins, with the permit for it and what travels."""

    permit: Permit
    fact: DeliveryAccepted
    texts: Sending


async def add(tx: Tx, permit: Permit, fact: DeliveryAccepted, *, texts: Sending) -> Delivery:
    """Queue the delivery that `fact` accepts, in the transaction of `tx`. Raises Erased if its case was erased."""
    (delivery,) = await add_all(tx, [Accepted(permit, fact, texts)])
    return delivery


async def add_all(tx: Tx, accepted: Sequence[Accepted]) -> list[Delivery]:
    """Queue many deliveries, in one statement. Raises Erased if a case was erased."""
    begun_ones, rows = [], []
    for each in accepted:
        tx.record(each.permit, each.fact)
        delivery = begun(each.fact, at=tx.now)
        row = _columns(delivery)
        address = Address(delivery.channel, each.texts.address)
        row["address_key"] = await key_of(tx, delivery.party_id, address)
        row["sealed"] = await tx.secrets.sealed(
            delivery.case_id.stream, name_of(deliveries, row), orjson.dumps(asdict(each.texts))
        )
        begun_ones.append(delivery)
        rows.append((each.fact, row))
    await tx.add_all(deliveries, rows)
    await deliverywork.put(tx, begun_ones)
    return begun_ones


async def save(tx: Tx, permit: Permit, delivery: Delivery, *facts: DeliveryFact) -> Delivery:
    """Record `facts`, and change the row and its place in the line as they say."""
    tx.record(permit, *facts)
    for fact in facts:
        delivery = after(delivery, fact, at=tx.now)
    # All of them: the row may not know yet of the call that `delivery` is in.
    columns = _columns(delivery)
    await tx.set(facts[-1], deliveries, {"id": delivery.id}, {name: columns[name] for name in _MOVING})
    await deliverywork.put(tx, [delivery])
    return delivery


@dataclass(frozen=True)
class Change:
    """The facts of one delivery in a batch, with the permit for them."""

    permit: Permit
    before: Delivery
    facts: tuple[DeliveryFact, ...]


async def put_all(tx: Tx, changes: Sequence[Change]) -> list[Delivery]:
    """Record the facts of many deliveries, and change each row once, in one statement; the deliveries after it.

    What `save` does for one. A batch costs two round trips, whatever its size.
    """
    changed_ones, rows = [], []
    for each in changes:
        tx.record(each.permit, *each.facts)
        delivery = each.before
        for fact in each.facts:
            delivery = after(delivery, fact, at=tx.now)
        changed_ones.append(delivery)
        columns = _columns(delivery)
        rows.append((each.facts[-1], {"id": delivery.id, **{name: columns[name] for name in _MOVING}}))
    await tx.set_all(deliveries, _MOVING, rows)
    await deliverywork.put(tx, changed_ones)
    return changed_ones


_MOVING: Final = (
    "state",
    "attempts",
    "provider",
    "reference",
    "submitted_at",
    "arrived_at",
    "basis",
    "code",
    "is_bare",
    "joined_to",
)
"""The columns that facts change after the first."""


TEXTS: Final = sa.ARRAY(sa.Text)


def _held(which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    # The row in line is not locked: the process that took it has moved it, and settles it here.
    return _JOINED.where(which).order_by(deliveries.c.id).with_for_update(of=deliveries)


def _columns(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "message_id": delivery.message_id,
        "case_id": delivery.case_id,
        "party_id": delivery.party_id,
        "agency_id": delivery.agency_id,
        "channel": delivery.channel,
        "role": delivery.role,
        "level": delivery.level,
        "is_statutory": delivery.is_statutory,
        "may_come_twice": delivery.may_come_twice,
        "is_urgent": delivery.is_urgent,
        "state": delivery.state,
        "created_at": delivery.created_at,
        "not_before": delivery.not_before,
        "expires_at": delivery.expires_at,
        "attempts": delivery.attempts,
        "provider": delivery.provider,
        "reference": delivery.reference,
        "submitted_at": delivery.submitted_at,
        "arrived_at": delivery.arrived_at,
        "basis": delivery.basis,
        "code": delivery.code,
        "is_bare": delivery.is_bare,
        "joined_to": delivery.joined_to,
    }


def delivery_of(row: sa.Row[Any]) -> Delivery:
    """The delivery of `row`. It is being sent where the log holds the begin of a call that the row knows nothing of.

    The row is compared again here: it was locked after the log was read, and may know of the end by now.
    """
    is_called = row.called is not None and row.called == row.attempts + 1
    return Delivery(
        id=DeliveryId(row.id),
        message_id=MessageId(row.message_id),
        case_id=CaseId(row.case_id),
        party_id=PartyId(row.party_id),
        agency_id=AgencyId(row.agency_id) if row.agency_id else None,
        channel=Channel(row.channel),
        role=Role(row.role),
        level=row.level,
        is_statutory=row.is_statutory,
        may_come_twice=row.may_come_twice,
        is_urgent=row.is_urgent,
        state=State.SENDING if is_called else State(row.state),
        created_at=row.created_at,
        not_before=row.not_before,
        expires_at=row.expires_at,
        due_at=row.next_at,
        attempts=row.called if is_called else row.attempts,
        provider=row.called_provider if is_called else row.provider,
        reference=row.reference,
        submitted_at=row.submitted_at,
        arrived_at=row.arrived_at,
        basis=Basis(row.basis) if row.basis else None,
        code=row.code,
        is_bare=row.is_bare,
        joined_to=DeliveryId(row.joined_to) if row.joined_to else None,
    )
