"""Messages without the story of a case: they arrive, and they go."""

from __future__ import annotations

import secrets

from common.door import erasure
from common.door.uow import change
from common.policy import Action, authorize, service_actor
from common.values.ids import AgencyId, CaseId, DocumentId, MessageId, PartyId, record_id
from notification.domain.message import Message, Order, create, deliver, erase
from notification.domain.templates import MessageKind, template_for
from notification.store import messages
from notification.store.parties import resource
from tests.world import World


async def a_message(world: World, party_id: PartyId | None = None) -> Message:
    """A notice that arrives in the party's inbox, of a case of its own."""
    runtime = world.runtimes["notification"]
    async with change(runtime.db, authorize(service_actor("notification"), Action.MESSAGE_DELIVER)) as tx:
        order = Order(
            kind=MessageKind.NOTICE,
            agency_id=AgencyId(world.demo.agencies[0]["id"]),
            party_id=party_id or PartyId(world.person("PARTY").id),
            case_id=CaseId.new(tx.now),
            document_id=DocumentId.new(tx.now),
            document_kind="D-02",
            document_sha256=secrets.token_hex(32),
            cause=str(record_id(tx.now)),
        )
        created = create(MessageId.new(tx.now), order, official_domain=runtime.profile.city_domain)
        permit = tx.permit(resource(MessageId(created.owner), order.party_id))
        message = await messages.add(tx, permit, created, texts=template_for("D-02").words)
        return await messages.save(tx, permit, message, deliver(message))


async def erased(world: World, message: Message) -> None:
    """The message's case is erased: its content goes, and the inbox tells so."""
    runtime = world.runtimes["notification"]
    async with change(runtime.db, authorize(service_actor("notification"), Action.MESSAGE_ERASE)) as tx:
        (held,) = await messages.lock_by_case(tx, message.case_id)
        permit = tx.permit(resource(held.id, held.party_id))
        await messages.save(tx, permit, held, erase(held))
        await erasure.order(tx, held.id.stream)
