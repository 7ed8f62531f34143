"""The electronic manner at work: begun by an order or by an officer, sent by the service itself.

    begun ─(consent looked at again, under lock)─▶ in the inbox, sent, arrived: one change
              └─ withdrawn, no account ─▶ failed, with its reason

Our own inbox is reached by committing: the message and the service are one change, so neither is there without the
other. What was begun and not sent when the process died is sent by the next run.
"""

from __future__ import annotations

from common.door.uow import Tx, change, view
from common.policy import Action, Mandate, Permit, authorize, service_actor
from common.values.ids import MessageId, PartyId, ServiceId
from gateway.identity.contract import Identity
from notification.domain.consent import Consent, find_consent
from notification.domain.message import Order, create, deliver
from notification.domain.serving.electronic import (
    Arrival,
    Rule,
    bounce,
    deliver_at_once,
    dispatch,
    unsent,
    without_consent,
)
from notification.domain.serving.service import Failure, Service
from notification.domain.templates import MessageKind, template_for
from notification.runtime import NotificationRuntime
from notification.store import consents, messages, services
from notification.store.parties import resource


def rule_of(runtime: NotificationRuntime) -> Rule:
    """When an electronic service takes effect here, and when it has failed."""
    return Rule(runtime.profile.service.strategy, runtime.profile.notification.arrival_h)


async def standing_consent(
    runtime: NotificationRuntime, party_id: PartyId, document_kind: str, *, channel: str | None = None
) -> Consent | None:
    """The consent on which the document can go out now. The consents of a party are no officer's to read."""
    async with view(runtime.db, _mandate()) as v:
        signed = await consents.list_by_party(v, party_id)
    return find_consent(signed, document_kind, at=v.now, channel=channel)


async def begin_electronic(tx: Tx, permit: Permit, service: Service) -> Service:
    """Begin the electronic manner; where no consent stands any more, that is how it failed."""
    signed = await consents.lock_by_party(tx, service.party_id)
    consent = find_consent(signed, service.document_kind, at=tx.now)
    begun = dispatch(service, consent, by=None, at=tx.now) if consent else without_consent(service, at=tx.now)
    return await services.save(tx, permit, service, begun)


async def send_begun(runtime: NotificationRuntime) -> None:
    """Send every document whose electronic manner was begun."""
    async with view(runtime.db, _mandate()) as v:
        waiting = await services.list_unsent(v)
    for service_id in waiting:
        await _send(runtime, service_id)


async def _send(runtime: NotificationRuntime, service_id: ServiceId) -> None:
    async with view(runtime.db, _mandate()) as v:
        party_id = (await services.get(v, service_id)).party_id
    # Asked before the change: a slow answer may hold no row.
    has_account = await Identity(runtime.peers).has_account(party_id)
    async with change(runtime.db, _mandate()) as tx:
        service = await services.lock(tx, service_id)
        step = unsent(service)
        if step is None:
            return  # another process sent it meanwhile
        permit = tx.permit(services.resource(service))
        signed = await consents.lock_by_party(tx, service.party_id)
        stands = any(consent.id == step.consent_id and consent.stands(tx.now) for consent in signed)
        if stands and has_account:
            await _to_inbox(runtime, tx, service)
            facts = deliver_at_once(service, step.n, rule_of(runtime), arrival=Arrival.INBOX, at=tx.now)
            await services.save(tx, permit, service, *facts)
            return
        # An inbox that nobody can open reaches nobody, and so does one that nobody agreed to (Inv. 2).
        reason = Failure.NO_ACCOUNT if stands else Failure.CONSENT_REQUIRED
        await services.save(tx, permit, service, *bounce(service, step.n, reason, at=tx.now))


async def _to_inbox(runtime: NotificationRuntime, tx: Tx, service: Service) -> None:
    order = Order(
        kind=MessageKind.SERVICE,
        party_id=service.party_id,
        case_id=service.case_id,
        document_id=service.document_id,
        document_kind=service.document_kind,
        document_sha256=service.document_sha256,
        cause=service.cause,
    )
    created = create(MessageId.new(tx.now), order, official_domain=runtime.profile.city_domain)
    permit = tx.permit(resource(MessageId(created.owner), service.party_id))
    message = await messages.add(tx, permit, created, texts=template_for(created.document_kind).words)
    await messages.save(tx, permit, message, deliver(message))


def _mandate() -> Mandate:
    return authorize(service_actor("notification"), Action.SERVICE_WORK)
