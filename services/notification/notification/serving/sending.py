"""The electronic manner at work: begun by an order or by an officer, sent by the service itself.

    begun ─(consent looked at again, under lock)─▶ in the inbox, sent, arrived: one change
              │                                └─▶ in line as a mail or a fax; `hearing` follows what becomes of it
              └─ withdrawn, no account ─▶ failed, with its reason

Our own inbox is reached by committing: the message and the service are one change, so neither is there without the
other. What was begun and not sent when the process died is sent by the next run.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

from common.door.uow import Tx, change, view
from common.policy import Action, Mandate, Permit, authorize, service_actor
from common.values.ids import DeliveryId, MessageId, PartyId, ServiceId
from gateway.identity.contract import Identity
from notification.domain.channels import Channel
from notification.domain.consent import Consent, find_consent
from notification.domain.delivering import accept
from notification.domain.delivery import Dispatch
from notification.domain.message import Message, Order, create, deliver
from notification.domain.serving.electronic import (
    Arrival,
    Rule,
    bounce,
    deliver_at_once,
    dispatch,
    put_into,
    unsent,
    without_consent,
)
from notification.domain.serving.service import Failure, Service, Step
from notification.domain.templates import MessageKind, Words, template_for
from notification.runtime import NotificationRuntime
from notification.serving.passes import for_each
from notification.store import consents, deliveries, messages, preferences, services
from notification.store.deliveries import Sending
from notification.store.parties import resource

INBOX: Final = "INBOX"


def rule_of(runtime: NotificationRuntime) -> Rule:
    """When an electronic service takes effect here, and when it has failed."""
    return Rule(runtime.profile.service.strategy, runtime.profile.notification.arrival_h)


async def standing_consent(
    runtime: NotificationRuntime, party_id: PartyId, document_kind: str, *, channel: str | None = None
) -> Consent | None:
    """The consent on which the document can go out now. The consents of a party are no officer's to read."""
    async with view(runtime.db, mandate()) as v:
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
    async with view(runtime.db, mandate()) as v:
        waiting = await services.list_unsent(v)

    async def do(service_id: ServiceId) -> None:
        await _send(runtime, service_id)

    await for_each(waiting, do)


async def _send(runtime: NotificationRuntime, service_id: ServiceId) -> None:
    async with view(runtime.db, mandate()) as v:
        party_id = (await services.get(v, service_id)).party_id
    # Asked before the change: a slow answer may hold no row.
    has_account = await Identity(runtime.peers).has_account(party_id)
    async with change(runtime.db, mandate()) as tx:
        service = await services.lock(tx, service_id)
        step = unsent(service)
        if step is None:
            return  # another process sent it meanwhile
        permit = tx.permit(services.resource(service))
        signed = await consents.lock_by_party(tx, service.party_id)
        consent = next((c for c in signed if c.id == step.consent_id and c.stands(tx.now)), None)
        address = await consents.find_address(tx, consent) if consent else None
        # An inbox that nobody can open reaches nobody, and so does an address that nobody agreed to (Inv. 2).
        if address is None:
            failed = bounce(service, step.n, Failure.CONSENT_REQUIRED, at=tx.now)
        elif step.channel == INBOX and not has_account:
            failed = bounce(service, step.n, Failure.NO_ACCOUNT, at=tx.now)
        else:
            await _carry(runtime, tx, permit, service, step=step, address=address)
            return
        await services.save(tx, permit, service, *failed)


async def _carry(
    runtime: NotificationRuntime, tx: Tx, permit: Permit, service: Service, *, step: Step, address: str
) -> None:
    """Put the document into a message: into the inbox, or in line for the channel of the step."""
    language = (await preferences.of_party(tx, service.party_id)).wishes.language
    words = template_for(service.document_kind).words_with(language)
    message = await _message_of(runtime, tx, service, step, words)
    dispatched = put_into(service, step.n, message.id)
    if step.channel != INBOX:
        await services.save(tx, permit, service, dispatched)
        await _into_line(runtime, tx, service, message, words, step=step, address=address)
        return
    own = tx.permit(resource(message.id, service.party_id))
    await messages.save(tx, own, message, deliver(message))
    at_once = deliver_at_once(service, step.n, rule_of(runtime), arrival=Arrival.INBOX, at=tx.now)
    await services.save(tx, permit, service, dispatched, *at_once)


async def _message_of(
    runtime: NotificationRuntime, tx: Tx, service: Service, step: Step, words: Words
) -> Message:
    order = Order(
        kind=MessageKind.SERVICE,
        agency_id=service.agency_id,
        party_id=service.party_id,
        case_id=service.case_id,
        document_id=service.document_id,
        document_kind=service.document_kind,
        document_sha256=service.document_sha256,
        # One message for each step: a second electronic step of one order has a message of its own.
        cause=str(uuid5(UUID(service.cause), str(step.n))),
    )
    created = create(MessageId.new(tx.now), order, official_domain=runtime.profile.city_domain)
    permit = tx.permit(resource(MessageId(created.owner), service.party_id))
    return await messages.add(tx, permit, created, texts=words)


async def _into_line(
    runtime: NotificationRuntime,
    tx: Tx,
    service: Service,
    message: Message,
    words: Words,
    *,
    step: Step,
    address: str,
) -> None:
    asked = Dispatch(
        message_id=message.id,
        case_id=service.case_id,
        party_id=service.party_id,
        agency_id=service.agency_id,
        channel=Channel(step.channel or ""),
        expires_at=tx.now + timedelta(hours=runtime.profile.notification.arrival_h),
        is_statutory=True,
    )
    fact = accept(DeliveryId.new(tx.now), asked, at=tx.now)
    permit = tx.permit(resource(DeliveryId(fact.owner), service.party_id))
    sending = Sending(
        address,
        words.title,
        words.text,
        attachment_sha256=service.document_sha256,
        consent_id=step.consent_id,
        supplement=words.supplement,
    )
    await deliveries.add(tx, permit, fact, texts=sending)


def mandate() -> Mandate:
    """Of the service at its own work."""
    return authorize(service_actor("notification"), Action.SERVICE_WORK)
