"""The gateway in a process of its own: it learns the routes from its services, and answers as the all-in-one does."""

from __future__ import annotations

import asyncio

import httpx
import uvicorn

from common.web.serve import SERVER, alive
from gateway.__main__ import Standalone
from gateway.edge import edge
from tests.world import BASE_URL, World


async def test_a_service_over_http_answers_as_it_does_in_process(world: World) -> None:
    service = uvicorn.Config(world.app.apps["notification"], port=0, **{**SERVER, "lifespan": "off"})
    server = uvicorn.Server(service)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    own = edge(world.runtimes["gateway"], issuer=BASE_URL, issuer_ring=None, per_minute=600)
    party = {"authorization": f"Bearer {await world.person('PARTY').token()}"}
    officer = {"authorization": f"Bearer {await world.person('CASE_OFFICER').token()}"}

    app = Standalone(own, {"notification": url})
    transport = httpx.ASGITransport(app)
    async with alive(app), httpx.AsyncClient(transport=transport, base_url=BASE_URL) as apart:
        for path, headers, status in [
            ("/v1/inbox", party, 200),
            ("/v1/inbox", officer, 403),
            ("/v1/inbox", {}, 401),
            ("/v1/e-service-statement", party, 200),
            ("/v1/inbox/nothing", party, 422),
            ("/v1/cases", party, 404),
        ]:
            answer = await apart.get(path, headers=headers)
            assert (path, answer.status_code) == (path, status)
            if path != "/v1/cases":
                together = await world.http.get(path, headers=headers)
                assert strip(answer) == strip(together)
        document = (await apart.get("/openapi.json")).json()
    server.should_exit = True
    await serving

    assert {"/v1/inbox", "/v1/me"} <= set(document["paths"])


def strip(answer: httpx.Response) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name != "trace_id"}
