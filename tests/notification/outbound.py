"""Messages and deliveries as the parts that send them make them, and a look at what became of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from common.door.blobs import sha256_hex
from common.door.uow import change, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.ids import AgencyId, CaseId, DeliveryId, DocumentId, MessageId, PartyId
from mz.demo import orders
from notification import outcomes
from notification.domain import delivering
from notification.domain.channels import Address, Channel
from notification.domain.consent import find_consent
from notification.domain.delivery import Basis, Delivery, Dispatch, State
from notification.domain.deliveryfacts import DeliveryFact
from notification.domain.message import Message, Order, create
from notification.domain.templates import MessageKind, template_for
from notification.runtime import NotificationRuntime
from notification.store import consents, deliveries, documents, messages
from notification.store.deliveries import Sending
from notification.store.parties import resource
from tests.world import World

PHONE, SECOND_PHONE, MAIL = "13800000000", "13900000000", "party@mail.example"

DOCUMENT = b"%PDF-1.7 for a delivery"


def work() -> Mandate:
    """Of the service at its own work."""
    return authorize(service_actor("notification"), Action.MESSAGE_DELIVER)


@dataclass(frozen=True)
class Outbound:
    """The outgoing side of one world's notification service. Its messages are for `party_id`, or for the demo's
    party."""

    world: World
    party_id: str = ""

    @property
    def runtime(self) -> NotificationRuntime:
        runtime: NotificationRuntime = self.world.runtimes["notification"]
        return runtime

    async def message(self, document_kind: str = "D-02", *, party: str | None = None) -> Message:
        """A message that exists and that nothing has delivered yet, about a case of its own."""
        now = self.world.clock()
        case_id = CaseId.new(now)
        await documents.put(self.runtime.sealed, DOCUMENT, case_id)
        order = Order(
            kind=template_for(document_kind).kind,
            agency_id=AgencyId(self.world.agencies[0]),
            party_id=PartyId(party or self.party_id or self.world.person("PARTY").id),
            case_id=case_id,
            document_id=DocumentId.new(now),
            document_kind=document_kind,
            document_sha256=sha256_hex(DOCUMENT),
            cause=str(uuid.uuid4()),
        )
        async with change(self.runtime.db, work()) as tx:
            fact = create(MessageId.new(tx.now), order, official_domain=self.runtime.profile.city_domain)
            permit = tx.permit(resource(MessageId(fact.owner), order.party_id))
            return await messages.add(tx, permit, fact, texts=template_for(document_kind).words)

    async def send(
        self,
        message: Message,
        channel: Channel = Channel.SMS,
        address: str = PHONE,
        *,
        others: Sequence[Address] = (),
        sending: Sending | None = None,
        hours: float = 72,
        **dispatch: Any,
    ) -> Delivery:
        """A delivery of `message` in line."""
        words = sending or Sending("", "告知提示", "您有一条告知提示。")
        serves = message.kind is MessageKind.SERVICE
        dispatch.setdefault("level", 3 if serves else 2)
        async with change(self.runtime.db, work()) as tx:
            asked = Dispatch(
                message_id=message.id,
                case_id=message.case_id,
                party_id=message.party_id,
                agency_id=message.agency_id,
                channel=channel,
                expires_at=tx.now + timedelta(hours=hours),
                is_statutory=serves,
                **dispatch,
            )
            fact = delivering.accept(DeliveryId.new(tx.now), asked, at=tx.now)
            permit = tx.permit(resource(DeliveryId(fact.owner), message.party_id))
            signed = await consents.lock_by_party(tx, message.party_id)
            consent = find_consent(signed, message.document_kind or "", at=tx.now)
            given = words.consent_id or (consent.id if consent else None)
            texts = replace(words, address=address, others=tuple(others), consent_id=given)
            return await deliveries.add(tx, permit, fact, texts=texts)

    async def happens(self, delivery: Delivery, *acts: Any) -> Delivery:
        """Each of `acts` makes a fact of the delivery; what follows from the last one follows."""
        async with change(self.runtime.db, work()) as tx:
            delivery = await deliveries.lock(tx, delivery.id)
            permit = tx.permit(resource(delivery.id, delivery.party_id))
            for act in acts:
                fact: DeliveryFact = act(delivery, tx.now)
                delivery = await deliveries.save(tx, permit, delivery, fact)
            if delivery.has_ended:
                await outcomes.follow(tx, self.runtime, delivery)
        return delivery

    async def consent(self) -> str:
        """The party signs a consent to electronic service: its id."""
        party = self.world.person("PARTY")
        statement = (await party.get("/v1/e-service-statement")).json()
        answer = await party.post("/v1/e-service-consents", json=orders.consent(statement))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["consent_id"])

    async def of(self, message: Message) -> list[Delivery]:
        """The deliveries of `message`, oldest first."""
        async with view(self.runtime.db, work()) as v:
            return await deliveries.list_by_message(v, message.id)

    async def of_id(self, message_id: MessageId) -> list[Delivery]:
        async with view(self.runtime.db, work()) as v:
            return await deliveries.list_by_message(v, message_id)

    async def states(self, message: Message) -> list[tuple[Channel, State]]:
        return [(each.channel, each.state) for each in await self.of(message)]

    async def states_of(self, delivery: Delivery) -> list[tuple[Channel, State]]:
        return [(each.channel, each.state) for each in await self.of_id(delivery.message_id)]

    async def message_row_of(self, delivery: Delivery) -> Any:
        return await self.message_row(delivery.message_id)

    async def message_row(self, message: Message | MessageId) -> Any:
        id = message if isinstance(message, MessageId) else message.id
        async with self.world.database("notification") as db:
            return await db.fetchrow("SELECT state, failure, delivered_at FROM messages WHERE id = $1", id)


def sent(delivery: Delivery, at: datetime) -> DeliveryFact:
    return delivering.attempt(delivery, "sms", at=at)


def bounced(delivery: Delivery, at: datetime) -> DeliveryFact:
    return delivering.fail(delivery, code="UNDELIV")


def taken(delivery: Delivery, at: datetime) -> DeliveryFact:
    return delivering.submit(delivery, reference=f"p-{delivery.id}", code="0", is_bare=False)


def arrived(delivery: Delivery, at: datetime) -> DeliveryFact:
    return delivering.arrive(delivery, basis=Basis.PROVIDER_REPORT, code="DELIVRD", arrived_at=at)


def expired(delivery: Delivery, at: datetime) -> DeliveryFact:
    return delivering.expire(delivery, at=at)
