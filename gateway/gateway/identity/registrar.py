"""What the operator does at the machine, as `svc:gateway` and on record: assign a role, revoke a client's tokens."""

from __future__ import annotations

from common.door.uow import Database, change
from common.policy import Action, Resource, authorize, not_found, service_actor
from common.values.ids import NO_AGENCY, OfficerId
from gateway.identity import domain, store
from gateway.identity.domain import ClientId, Officer, Role


async def assign_role(db: Database, officer_id: OfficerId, role: Role) -> Officer:
    """The officer with the role. Raises Refusal ROLE_CONFLICT, ROLE_ALREADY_ASSIGNED, OFFICER_NOT_CERTIFIED."""
    async with change(db, authorize(service_actor(db.service), Action.ROLE_ASSIGN)) as tx:
        officer = await store.lock_officer(tx, officer_id)
        if officer is None:
            raise not_found(officer_id)
        permit = tx.permit(Resource(id=officer.id, agency_id=officer.agency_id))
        fact = domain.assign(officer, role, at=tx.now)
        tx.record(permit, fact)
        return await store.add_role(tx, officer, fact)


async def revoke_client(db: Database, client_id: ClientId) -> None:
    """Every token that the client holds is refused from the gateway's next look on, a second at most."""
    async with change(db, authorize(service_actor(db.service), Action.CLIENT_ENROL)) as tx:
        client = await store.lock_client(tx, client_id)
        if client is None:
            raise not_found(client_id)
        permit = tx.permit(Resource(id=client.id, agency_id=NO_AGENCY))
        fact = domain.revoke(client)
        tx.record(permit, fact)
        await store.save_revocation(tx, client, fact)


async def act(db: Database, words: list[str]) -> None:
    """`assign OFFICER ROLE` or `revoke CLIENT`. Raises SystemExit for anything else."""
    match words:
        case ["assign", officer, role]:
            await assign_role(db, OfficerId(officer), Role(role))
        case ["revoke", client]:
            await revoke_client(db, ClientId(client))
        case _:
            raise SystemExit("python -m gateway serve | migrate | assign OFFICER ROLE | revoke CLIENT")
    await db.close()
