"""Whether a delivery that is due is sent now: what is asked about it in the transaction that begins its call."""

from __future__ import annotations

from common.door.uow import Tx
from notification.domain import delivering
from notification.domain.consent import Consent, find_consent
from notification.domain.delivery import WAITING, State
from notification.domain.deliveryfacts import DeliveryFact
from notification.domain.preferences import Wishes
from notification.domain.sending import NEEDS_CONSENT, Condition, ended, stopped
from notification.domain.templates import class_of
from notification.runtime import NotificationRuntime
from notification.store import consents
from notification.store.parcels import Parcel


async def stopping(
    tx: Tx, runtime: NotificationRuntime, parcel: Parcel, wishes: Wishes
) -> DeliveryFact | None:
    """The fact that ends the delivery or lets it wait, if there is a reason."""
    delivery = parcel.delivery
    if delivery.state is State.SENDING:
        return delivering.lose(delivery)  # taken again: the lease of its call is over
    if delivery.state in (State.UNKNOWN, State.SUBMITTED, State.JOINED):
        return delivering.expire(delivery, at=tx.now) if tx.now >= delivery.expires_at else None
    if delivery.state not in WAITING:
        return None
    condition = await _condition(tx, parcel, wishes)
    return stopped(delivery, condition, rules=runtime.profile.notification, at=tx.now)


async def ending(tx: Tx, parcel: Parcel, wishes: Wishes) -> DeliveryFact | None:
    """The fact that ends a delivery whose words travel in another one's text, if there is a reason: that one waits."""
    return ended(parcel.delivery, await _condition(tx, parcel, wishes), at=tx.now)


async def _condition(tx: Tx, parcel: Parcel, wishes: Wishes) -> Condition:
    delivery = parcel.delivery
    needs_consent = delivery.is_statutory and delivery.channel in NEEDS_CONSENT
    consent = await _consent(tx, parcel) if needs_consent else None
    # A consent names its address anew: the party says that it works.
    is_renewed = consent is not None and parcel.heard_at is not None and consent.signed_at > parcel.heard_at
    return Condition(
        is_erased=parcel.sending is None,
        is_recalled=parcel.is_recalled,
        has_consent=consent is not None or not needs_consent,
        is_faulty=parcel.is_faulty and not is_renewed,
        disputed=parcel.disputed,
        category=class_of(parcel.code).category,
        wishes=wishes,
        is_lapsed=parcel.is_lapsed,
    )


async def _consent(tx: Tx, parcel: Parcel) -> Consent | None:
    """Asked here, under lock, for what serves process alone: the consent may have been withdrawn since the order.

    It is the one that gave this address. Another that stands gave another address, or none.
    """
    given = parcel.sending.consent_id if parcel.sending else None
    signed = [each for each in await consents.lock_by_party(tx, parcel.delivery.party_id) if each.id == given]
    return find_consent(signed, parcel.document_kind, at=tx.now)
