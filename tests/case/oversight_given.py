"""Arranges oversight items: exchanges that stay without an answer, and further supervisors."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx

from common.door.uow import change
from common.policy import Action, Resource, authorize, service_actor
from common.values.ids import AgencyId, OfficerId
from gateway.identity.domain.agencies import Agency, AgencyTexts, establish
from gateway.identity.domain.clients import Client as TokenClient
from gateway.identity.domain.clients import ClientId, ClientSecret, enrol
from gateway.identity.domain.officers import OFFICER_LEVEL, Officer, OfficerTexts, Role, appoint, assign
from gateway.identity.store import agencies, clients, officers
from gateway.seeding import CERTIFIED_UNTIL
from tests.data_exchange.given import ASKED, ASKING, a_request, act
from tests.world import Client, World

SECRET = "a secret of the test alone, long enough"


async def silence(world: World) -> None:
    """Let both urgings of every open exchange pass without an answer."""
    for days in (6, 4, 4):
        world.clock.working_days(days)
        await world.settle()


async def an_escalated_request(world: World, **changes: Any) -> dict[str, Any]:
    """A request for assistance that two urgings left without an answer."""
    exchange = await a_request(world, **changes)
    await silence(world)
    return exchange


async def an_escalated_transfer(world: World, consequence: str) -> dict[str, Any]:
    """A transfer that was withheld after two urgings; the officer stated `consequence`."""
    exchange = await a_request(world, "/v1/transfer-requests")
    await silence(world)
    stated = await act(world, ASKING, exchange, "escalation", {"consequence": consequence})
    assert stated.status_code == 201, stated.text
    await world.settle()
    return exchange


async def item_of(world: World, exchange: dict[str, Any], by: Client | None = None) -> dict[str, Any]:
    """The one item about `exchange`, as `by` reads it; the supervisor if left out."""
    reader = by or world.person("SUPERVISOR")
    page = (await reader.get("/v1/oversight-items")).json()
    listed = [item for item in page["items"] if item["object"] == f"exchange/{exchange['exchange_id']}"]
    assert len(listed) == 1, page
    answer = await reader.get(f"/v1/oversight-items/{listed[0]['item_id']}")
    assert answer.status_code == 200, answer.text
    item: dict[str, Any] = answer.json()
    return item


async def an_item(world: World, **changes: Any) -> dict[str, Any]:
    """An open item about the second agency, or the one that `changes` of the request name."""
    return await item_of(world, await an_escalated_request(world, **changes))


async def replies(world: World, item: dict[str, Any], agency: int = ASKED) -> httpx.Response:
    """The head of `agency` explains."""
    path = f"/v1/oversight-items/{item['item_id']}/reply"
    return await world.person("AGENCY_HEAD", agency).post(path, json={"text": "系统迁移,已于昨日办理"})


async def closes(world: World, item: dict[str, Any], result: str, **more: str) -> httpx.Response:
    """The supervisor closes the item as `result`."""
    order = {"result": result, "reasons": "已核实"} | more
    return await world.person("SUPERVISOR").post(f"/v1/oversight-items/{item['item_id']}/closure", json=order)


async def a_district_supervisor(world: World) -> Client:
    """The supervisor of a district government: the agencies of the city are not below it."""
    db = world.runtimes["gateway"].db
    at, city = world.clock(), AgencyId(world.demo.agencies[-1]["id"])
    agency = Agency(AgencyId.new(at), city, "示范区人民政府", ())
    async with change(db, authorize(service_actor("gateway"), Action.AGENCY_ESTABLISH)) as tx:
        permit = tx.permit(Resource(agency.id, agency.id))
        standing = {one.id: one for one in await agencies.list_all(tx)}
        fact = establish(agency, agencies=standing)
        await agencies.add(tx, permit, fact, texts=AgencyTexts(agency.name))
    return await a_supervisor_of(world, agency.id)


async def a_supervisor_of(world: World, agency_id: str) -> Client:
    """A supervisor in an agency, appointed as the demo appoints its people. The API has no route for that yet."""
    db, at = world.runtimes["gateway"].db, world.clock()
    id, agency = OfficerId.new(at), AgencyId(agency_id)
    officer = Officer(id, agency, "何示区", "执法监督员", OFFICER_LEVEL, "示证00000001", CERTIFIED_UNTIL)
    client = TokenClient(ClientId.new(at), f"officer:{id}", hashlib.sha256(SECRET.encode()).digest())
    async with change(db, authorize(service_actor("gateway"), Action.AGENCY_ESTABLISH)) as tx:
        permit = tx.permit(Resource(agency, agency))
        texts = OfficerTexts(officer.name, officer.title, officer.certificate)
        officer = await officers.add(tx, permit, appoint(officer, at=tx.now), texts=texts)
        await officers.save(tx, permit, officer, assign(officer, Role.SUPERVISOR, at=tx.now))
        await clients.add(tx, permit, enrol(client), texts=ClientSecret(client.secret_hash))
    world.runtimes["gateway"].people.stale()
    person = {"name": officer.name, "sub": client.sub, "agency_id": agency_id}
    return Client(world, person | {"client_id": str(client.id), "client_secret": SECRET})
