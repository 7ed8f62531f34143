"""Orders of the operator at the machine, recorded as acts of `svc:gateway`: assign a role, revoke a client's tokens."""

from __future__ import annotations

from common.door.uow import Database, change
from common.policy import Action, authorize, service_actor
from common.values.ids import OfficerId
from gateway.identity.domain.clients import ClientId, revoke
from gateway.identity.domain.officers import Officer, Role, assign
from gateway.identity.store import clients, officers


async def assign_role(db: Database, officer_id: OfficerId, role: Role) -> Officer:
    """The officer with the role. Raises Refusal ROLE_CONFLICT, ROLE_ALREADY_ASSIGNED, OFFICER_NOT_CERTIFIED."""
    async with change(db, authorize(service_actor(db.service), Action.ROLE_ASSIGN)) as tx:
        officer = await officers.lock(tx, officer_id)
        permit = tx.permit(officers.resource(officer))
        return await officers.save(tx, permit, officer, assign(officer, role, at=tx.now))


async def revoke_client(db: Database, client_id: ClientId) -> None:
    """Refuse every token of the client. It takes effect when the gateway next compares, within a second."""
    async with change(db, authorize(service_actor(db.service), Action.CLIENT_ENROL)) as tx:
        client = await clients.lock(tx, client_id)
        permit = tx.permit(clients.resource(client))
        await clients.save(tx, permit, client, revoke(client))
