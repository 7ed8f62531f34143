"""Deliveries with all that decides whether they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from common.door.uow import Tx
from common.values.ids import DeliveryId
from notification.domain.delivery import Delivery, State, Why
from notification.domain.message import DisputeReason
from notification.store import lapsings
from notification.store.addresses import FAULTY, FAULTY_FOR
from notification.store.deliveries import BEGUN, CALLED, TEXTS, Sending, delivery_of, opened
from notification.store.tables import messages
from notification.store.tables_deliveries import attempts, deliveries, work


@dataclass(frozen=True)
class Parcel:
    """A delivery with what decides about it. `sending` is None once its case was erased.

    `is_faulty`: the last thing that was heard of this address of the party, not too long ago, is that it does not work.
    Deliveries of other parties and to other addresses say nothing about it. `heard_at` is when the delivery began that
    says so. `disputed`: the party said that the case is not its own, or that this address is not; NOT_ME goes before
    the other. `code` is the class of the message; `is_lapsed`: its case has no reason for it any more.
    """

    delivery: Delivery
    sending: Sending | None
    is_faulty: bool
    disputed: DisputeReason | None
    heard_at: datetime | None
    is_recalled: bool
    is_lapsed: bool
    code: str
    document_kind: str
    address_key: bytes


_HEARD: Final = (State.ARRIVED, State.ARRIVED_LATE, State.UNDELIVERED_PERMANENT, State.SUPPRESSED)
"""In these states a delivery has heard from its address. The index of the table names the same."""

_EARLIER: Final = deliveries.alias("earlier")
_DISPUTED: Final = messages.alias("disputed")
# NOT_ME is about the case, whatever the address; NOT_MY_ADDRESS about the addresses to which that message went.
_SAID: Final = (
    sa.select(sa.func.min(_DISPUTED.c.dispute_reason))
    .where(_DISPUTED.c.case_id == deliveries.c.case_id, _DISPUTED.c.party_id == deliveries.c.party_id)
    .where(_DISPUTED.c.disputed_at.is_not(None))
    .where(
        sa.or_(
            _DISPUTED.c.dispute_reason == DisputeReason.NOT_ME,
            sa.exists().where(
                _EARLIER.c.message_id == _DISPUTED.c.id, _EARLIER.c.address_key == deliveries.c.address_key
            ),
        )
    )
    .scalar_subquery()
    .label("said")
)
_LAST_HEARD: Final = (
    sa.select(_EARLIER.c.state, _EARLIER.c.created_at)
    .where(_EARLIER.c.address_key == deliveries.c.address_key, _EARLIER.c.id != deliveries.c.id)
    .where(_EARLIER.c.state.in_([sa.literal_column(f"'{state}'") for state in _HEARD]))
    # What was not sent because the address was faulty before has heard nothing: it would keep the address so for ever.
    .where(sa.or_(_EARLIER.c.state != State.SUPPRESSED, _EARLIER.c.code == Why.NOT_WANTED))
    .order_by(_EARLIER.c.id.desc())
    .limit(1)
    .lateral("heard")
)
_PARCELS: Final = (
    sa.select(
        deliveries,
        work.c.next_at,
        *CALLED,
        messages.c.document_kind,
        messages.c.code.label("message_code"),
        messages.c.erased_at.is_not(None).label("is_recalled"),
        lapsings.LAPSED,
        _SAID,
        _LAST_HEARD.c.state.label("heard"),
        _LAST_HEARD.c.created_at.label("heard_at"),
    )
    .select_from(deliveries)
    .outerjoin(_LAST_HEARD, sa.true())
    .join(messages, messages.c.id == deliveries.c.message_id)
    .outerjoin(work, work.c.delivery_id == deliveries.c.id)
    .outerjoin(attempts, BEGUN)
)


async def lock_all(tx: Tx, ids: Sequence[DeliveryId]) -> list[Parcel]:
    """These deliveries with all that decides whether they are sent, in the order of their ids, held until commit."""
    query = _PARCELS.where(deliveries.c.id == sa.func.any(sa.literal(list(ids), TEXTS)))
    rows = (await tx.conn.execute(query.order_by(deliveries.c.id).with_for_update(of=deliveries))).all()
    found = [(delivery_of(row), row) for row in rows]
    return [
        Parcel(
            delivery,
            None if delivery.has_ended else opened(tx, delivery, row.sealed),
            is_faulty=row.heard in FAULTY and row.heard_at > tx.now - FAULTY_FOR,
            heard_at=row.heard_at,
            disputed=DisputeReason(row.said) if row.said else None,
            is_recalled=row.is_recalled,
            is_lapsed=row.is_lapsed,
            code=row.message_code,
            document_kind=row.document_kind,
            address_key=bytes(row.address_key),
        )
        for delivery, row in found
    ]
