"""Orders of the operator at the machine, recorded as acts of `svc:gateway`: roles, who left, tokens of a client.

Each takes effect when a gateway next compares its directory with the database, which it does every second.
"""

from __future__ import annotations

from common.door.uow import Database, change
from common.policy import Action, authorize, service_actor
from common.values.ids import OfficerId
from gateway.identity.domain.clients import ClientId
from gateway.identity.domain.clients import revoke as revoke_tokens
from gateway.identity.domain.officers import Officer, Role, assign, disable, revoke
from gateway.identity.domain.sessions import Ending, end
from gateway.identity.store import clients, officers, sessions


async def assign_role(db: Database, officer_id: OfficerId, role: Role) -> Officer:
    """The officer with the role. Raises Refusal ROLE_CONFLICT, ROLE_ALREADY_ASSIGNED, OFFICER_NOT_CERTIFIED."""
    async with change(db, authorize(service_actor(db.service), Action.ROLE_ASSIGN)) as tx:
        officer = await officers.lock(tx, officer_id)
        permit = tx.permit(officers.resource(officer))
        return await officers.save(tx, permit, officer, assign(officer, role, at=tx.now))


async def revoke_role(db: Database, officer_id: OfficerId, role: Role) -> Officer:
    """The officer without the role. Raises Refusal ROLE_NOT_ASSIGNED."""
    async with change(db, authorize(service_actor(db.service), Action.ROLE_REVOKE)) as tx:
        officer = await officers.lock(tx, officer_id)
        permit = tx.permit(officers.resource(officer))
        return await officers.save(tx, permit, officer, revoke(officer, role))


async def disable_person(db: Database, officer_id: OfficerId) -> int:
    """Let nobody act as the officer; how many sessions ended. Raises Refusal OFFICER_DISABLED."""
    async with change(db, authorize(service_actor(db.service), Action.OFFICER_DISABLE)) as tx:
        officer = await officers.lock(tx, officer_id)
        permit = tx.permit(officers.resource(officer))
        await officers.save(tx, permit, officer, disable(officer))
        open_ = await sessions.lock_by_person(tx, f"officer:{officer_id}")
        for held in open_:
            permit = tx.permit(sessions.resource(held.session.id, held.session.who))
            fact = end(held.session, Ending.DISABLED, at=tx.now)
            await sessions.save(tx, permit, held.session, *([fact] if fact else []))
    return len(open_)


async def revoke_client(db: Database, client_id: ClientId) -> None:
    """Refuse every token of the client. It takes effect when the gateway next compares, within a second."""
    async with change(db, authorize(service_actor(db.service), Action.CLIENT_ENROL)) as tx:
        client = await clients.lock(tx, client_id)
        permit = tx.permit(clients.resource(client))
        await clients.save(tx, permit, client, revoke_tokens(client))
