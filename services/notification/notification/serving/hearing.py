"""What became of a document that was sent as a mail or a fax: the service follows its delivery.

    submitted ─▶ sent       arrived, by its sign ─▶ arrived, served (CPL 90)       ended otherwise ─▶ the step failed

Nothing here sends. A pass reads what the deliveries say and the services do not say yet, so after a crash nothing is
lost and nothing is noted twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from common.door.uow import Tx, change, view
from common.values.ids import ServiceId
from notification.domain.channels import Role
from notification.domain.delivery import Basis, Delivery, State, Why
from notification.domain.message import Failure as NotDelivered
from notification.domain.message import State as MessageState
from notification.domain.message import deliver, fail
from notification.domain.serving.doubting import deny
from notification.domain.serving.electronic import Arrival, Rule, arrive, bounce, send
from notification.domain.serving.service import Changing, Failure, Service, Step, after
from notification.runtime import NotificationRuntime
from notification.serving.passes import for_each
from notification.serving.sending import INBOX, mandate, rule_of
from notification.store import deliveries, messages, services
from notification.store.parties import resource

SIGNS: Final = {
    Basis.RECIPIENT_MX: Arrival.SMTP_REPLY,
    Basis.DSN: Arrival.DELIVERY_RECEIPT,
    Basis.PROVIDER_REPORT: Arrival.DELIVERY_RECEIPT,
    Basis.MDN: Arrival.OPENED,
    Basis.T30: Arrival.FAX_REPORT,
}


async def follow_deliveries(runtime: NotificationRuntime) -> None:
    """Note what became of every document that is on its way."""
    async with view(runtime.db, mandate()) as v:
        heard = await services.list_heard(v, _signs(runtime))

    async def do(service_id: ServiceId) -> None:
        await _follow(runtime, service_id)

    await for_each(heard, do)


def _signs(runtime: NotificationRuntime) -> list[str]:
    reply = runtime.profile.notification.smtp_reply_is_arrival
    return [basis.value for basis, sign in SIGNS.items() if reply or sign is not Arrival.SMTP_REPLY]


async def _follow(runtime: NotificationRuntime, service_id: ServiceId) -> None:
    async with change(runtime.db, mandate()) as tx:
        service = await services.lock(tx, service_id)
        permit = tx.permit(services.resource(service))
        for step in service.steps:
            if step.message_id is None or step.channel == INBOX:
                continue
            for delivery in await deliveries.list_by_message(tx, step.message_id):
                if delivery.role is Role.CARRIES:
                    facts = _facts(runtime, service, step, delivery, at=tx.now)
                    service = await services.save(tx, permit, service, *facts)
                    await _follow_message(tx, service, step, delivery)


def _facts(
    runtime: NotificationRuntime, service: Service, step: Step, delivery: Delivery, *, at: datetime
) -> tuple[Changing, ...]:
    rule = rule_of(runtime)
    if delivery.state is State.UNDELIVERED_PERMANENT and (denied := deny(service, step.n)):
        return denied
    if delivery.is_unreached:
        return bounce(service, step.n, _reason(delivery), at=at)
    if delivery.is_bare:
        # The mail only said that a document waits: whoever got it got no document.
        return bounce(service, step.n, Failure.NOT_CARRIED, at=at)
    facts: tuple[Changing, ...] = ()
    sent_at = delivery.submitted_at or delivery.arrived_at
    if sent_at is not None:
        facts = send(service, step.n, rule, sent_at=sent_at, at=at)
    return (*facts, *_arrival(runtime, after(service, *facts, at=at), step, delivery, rule, at=at))


def _arrival(
    runtime: NotificationRuntime,
    service: Service,
    step: Step,
    delivery: Delivery,
    rule: Rule,
    *,
    at: datetime,
) -> tuple[Changing, ...]:
    sign = SIGNS.get(delivery.basis) if delivery.basis else None
    if delivery.arrived_at is None or sign is None:
        return ()
    if sign is Arrival.SMTP_REPLY and not runtime.profile.notification.smtp_reply_is_arrival:
        return ()
    return arrive(service, step.n, rule, arrived_at=delivery.arrived_at, arrival=sign, at=at)


def _reason(delivery: Delivery) -> Failure:
    if delivery.state is State.EXPIRED:
        # What no provider ever took says nothing about the address.
        return Failure.NOT_SENT if delivery.submitted_at is None else Failure.NOT_ARRIVED
    if delivery.state is State.CANCELLED:
        return Failure.CONSENT_REQUIRED if delivery.code == Why.CONSENT_GONE else Failure.WITHDRAWN
    is_address = delivery.state is State.UNDELIVERED_PERMANENT or delivery.code == Why.ADDRESS_FAULTY
    return Failure.BOUNCED if is_address else Failure.NOT_SENT


async def _follow_message(tx: Tx, service: Service, step: Step, delivery: Delivery) -> None:
    """The message says what its delivery says: it was delivered by that channel, or reached nobody."""
    assert step.message_id is not None
    told = await messages.lock_made(tx, step.message_id)
    if told.state is not MessageState.CREATED or told.is_gone:
        return
    known = service.step(step.n)
    permit = tx.permit(resource(told.id, told.party_id))
    if known is not None and known.arrived_at is not None:
        await messages.save(tx, permit, told, deliver(told, channel=delivery.channel))
    elif delivery.is_unreached:
        await messages.save(tx, permit, told, fail(told, NotDelivered.NOBODY_REACHED))
