"""kill -9 of the exchange at every step of a partner's call, of the rows of a file, and of a webhook's hint.

    call    nonce spent ─▶ COMMIT ─▶ committed ─▶ to the ledger ─▶ in the ledger ─▶ receipt noted ─▶ answer
    file    lease taken ─▶ register asked ─▶ register answered ─▶ COMMIT ─▶ rows committed ─▶ the next rows
    hint    queued ─▶ attempt in the log ─▶ POST ─▶ answer of the partner ─▶ COMMIT ─▶ outcome committed

`lost` is what the process had on its wires when it died; `heard` still arrives after its death.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from secrets import token_bytes
from typing import Any, Final

import httpx
import pytest

from mz.operate.fsck import check
from tests.case.story import CASE, OPENED
from tests.data_exchange.given import ASKED, ASKING, assistance, officer
from tests.data_exchange.partners import Signature
from tests.data_exchange.registers import PLATE, announce
from tests.data_exchange.test_batches import _lines, _put
from tests.data_exchange.test_signatures import PATH, an_order
from tests.data_exchange.test_webhooks import attempts_of
from tests.faults.exchange import AT_ONCE, City, a_city, answered, committed, committing, sent
from tests.faults.services import until
from tests.faults.wire import Gate
from tests.snapshots import Snapshots

pytestmark = pytest.mark.slow

LOST, HEARD = "lost", "heard"


@pytest.fixture(scope="module")
async def city(snapshots: Snapshots) -> AsyncIterator[City]:
    """An installation of these tests' own, with an open case."""
    async with snapshots.world(OPENED) as world, a_city(world) as made:
        yield made


async def at(city: City, step: tuple[str, Any], fault: str, work: asyncio.Task[Any] | None = None) -> None:
    """Kill the exchange once it has reached `step`. Raises AssertionError where `work` is done before."""
    gate: Gate = city.wires[step[0]].hold(step[1])
    reached = asyncio.ensure_future(gate.reached.wait())
    await asyncio.wait({reached, *([work] if work else [])}, timeout=120, return_when="FIRST_COMPLETED")
    assert reached.done(), "the step was not reached"
    assert work is None or not work.done(), "answered too early"
    await (city.killed() if fault == LOST else city.killed_and_heard())


CALL: Final = {
    "nonce spent": committed("INSERT INTO request_nonces"),
    "COMMIT": committing("INSERT INTO exchanges"),
    "committed": committed("INSERT INTO exchanges"),
    "to the ledger": sent("ledger", b"/v1/ledger/record-batches"),
    "in the ledger": answered("ledger", b'"leaf_hash"'),
    "receipt noted": committed("INSERT INTO receipts"),
    "answer": answered("calls", b"HTTP/1.1 201"),
}
STOPS: Final = [
    *((step, LOST) for step in CALL),
    *((step, HEARD) for step in ("COMMIT", "to the ledger")),
]


@pytest.mark.parametrize("step, fault", STOPS)
async def test_a_call_that_is_killed_has_one_effect_and_one_answer(city: City, step: str, fault: str) -> None:
    await city.rest()
    await city.sure_of_token()
    before = await streams_of(city)
    order, key = an_order(city.world), uuid.uuid4().hex
    nonce = urlsafe_b64encode(token_bytes(18)).decode()
    call = asyncio.create_task(called(city, order, key, nonce))

    await at(city, CALL[step], fault, call)

    cut = await call
    assert (cut.status_code, cut.headers["mingzheng-error-source"]) == (503, "gateway"), cut.text
    assert (await called(city, order, key, nonce)).json()["code"] == "DX_NONCE_USED"
    answers = [await repeated(city, order, key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
    assert answers[0].content == answers[1].content
    assert answers[0].headers["mingzheng-record"] == answers[1].headers["mingzheng-record"]
    stream = f"exchange/{answers[0].json()['exchange_id']}"
    assert await streams_of(city) - before == {stream}
    assert await city.in_ledger(stream) == ["exchange.requested"]


async def called(city: City, order: dict[str, Any], key: str, nonce: str | None = None) -> httpx.Response:
    signature = Signature(parameters={"nonce": nonce} if nonce else {})
    return await city.line.call("POST", PATH, order, signature=signature, sent={"idempotency-key": key})


async def repeated(city: City, order: dict[str, Any], key: str) -> httpx.Response:
    """As a partner does: again under the same key, each time signed anew, until it is no more 503."""
    async with asyncio.timeout(120):
        while (answer := await called(city, order, key)).status_code == 503:
            await asyncio.sleep(0.2)
    return answer


async def streams_of(city: City) -> set[str]:
    async with city.world.database("data-exchange") as conn:
        rows = await conn.fetch("SELECT DISTINCT stream FROM outbox WHERE stream LIKE 'exchange/%'")
    return {row["stream"] for row in rows}


ROWS: Final = 5
COMPARED: Final = "INSERT INTO comparison_results"
FILE: Final = {
    # How often the register is asked about the first rows: once more where the answer to them was lost.
    ("lease taken", LOST): (committed("INSERT INTO batch_leases"), 1),
    ("register asked", LOST): (sent("register"), 1),
    ("register answered", LOST): (answered("register"), 2),
    ("COMMIT", LOST): (committing(COMPARED), 2),
    ("COMMIT", HEARD): (committing(COMPARED), 1),
    ("rows committed", LOST): (committed(COMPARED), 1),
}


@pytest.mark.parametrize("step, fault", FILE)
async def test_a_file_whose_job_is_killed_goes_on_where_it_was(city: City, step: str, fault: str) -> None:
    place, questions = FILE[step, fault]
    plates = [PLATE, *(f"苏A{uuid.uuid4().int % 100_000:05}" for _ in range(ROWS - 1))]
    content = "\r\n".join(["subject", *plates]).encode()
    world, city.register.asked[:] = city.world, []
    batch = (await announce(world, world.ready[CASE][0], content, ROWS)).json()
    assert (await _put(world, batch, 1, content)).status_code == 200
    path = f"/v1/comparison-batches/{batch['comparison_id']}"
    await city.rest()
    completing = asyncio.create_task(officer(world, 0).post(f"{path}/completion", json={}))

    await at(city, place, fault)

    assert (await completing).status_code in (201, 503)
    world.clock.advance(seconds=31)

    async def is_done() -> bool:
        return bool((await officer(world, 0).get(path)).json().get("state") == "DONE")

    await until(is_done)
    lines = await _lines(world, batch)
    assert [(line["row"], line["subject"]) for line in lines] == list(enumerate(plates))
    assert [line["verdict"] for line in lines] == ["MATCH"] + ["NO_MATCH"] * (ROWS - 1)
    asked = [plates[n : n + AT_ONCE] for n in range(0, ROWS, AT_ONCE)]
    assert city.register.asked == asked[:1] * questions + asked[1:]
    types = await city.in_ledger(f"comparison/{batch['comparison_id']}")
    compared = ["comparison.batch.rows_compared"] * len(asked)
    assert types[3:] == [*compared, "comparison.batch.done", "comparison.read"], types


HINT: Final = {
    # How often the partner gets the hint: once more, under its id, where its answer was lost.
    ("queued", LOST): (committed("INSERT INTO webhook_deliveries"), 1),
    ("attempt in the log", LOST): (committed("INSERT INTO webhook_attempts"), 1),
    ("POST", LOST): (sent("partner"), 1),
    ("answer of the partner", LOST): (answered("partner"), 2),
    ("COMMIT", LOST): (committing("UPDATE webhook_attempts"), 2),
    ("COMMIT", HEARD): (committing("UPDATE webhook_attempts"), 1),
    ("outcome committed", LOST): (committed("UPDATE webhook_attempts"), 1),
}


@pytest.mark.parametrize("step, fault", HINT)
async def test_a_hint_whose_job_is_killed_arrives_and_a_repeat_has_its_id(
    city: City, step: str, fault: str
) -> None:
    await named(city)
    place, times = HINT[step, fault]
    key, order = uuid.uuid4().hex, assistance(city.world)
    asking = asyncio.create_task(officer(city.world, ASKING).post(PATH, json=order, key=key))

    await at(city, place, fault)

    await asking
    exchange = await asked(city, order, key)
    city.world.clock.advance(seconds=61)
    later = await asked(city, order, uuid.uuid4().hex)
    await until(lambda: told(city, later))
    await until(lambda: settled(city, exchange))

    hints = [body for body in hints_of(city) if body["subject"] == f"exchange/{exchange['exchange_id']}"]
    assert len(hints) == times
    assert [hint == hints[0] for hint in hints] == [True] * times
    ids = [id for id in city.partner.ids() if id == hints[0]["id"]]
    assert len(ids) == times


async def asked(city: City, order: dict[str, Any], key: str) -> dict[str, Any]:
    """A request of the asking agency's officer, who repeats it until it is no more 503."""
    async with asyncio.timeout(120):
        while (
            answer := await officer(city.world, ASKING).post(PATH, json=order, key=key)
        ).status_code == 503:
            await asyncio.sleep(0.2)
    assert answer.status_code == 201, answer.text
    exchange: dict[str, Any] = answer.json()
    return exchange


async def told(city: City, exchange: dict[str, Any]) -> bool:
    return any(body["subject"] == f"exchange/{exchange['exchange_id']}" for body in hints_of(city))


async def settled(city: City, exchange: dict[str, Any]) -> bool:
    """Whether the log shows once that the partner took the hint, whatever became of earlier attempts."""
    subject = f"exchange/{exchange['exchange_id']}"
    ids = {body["id"] for body in hints_of(city) if body["subject"] == subject}
    log = await attempts_of(city.world, city.webhook)
    return [each["status"] for each in log if each["message_id"] in ids].count(204) == 1


def hints_of(city: City) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in city.partner.hints]


async def named(city: City) -> None:
    """The address of the asked agency, once it has answered its challenge."""
    if city.webhook:
        return
    url = f"http://127.0.0.1:{city.wires['partner'].port}/hints"
    answer = await officer(city.world, ASKED).post("/v1/webhook-endpoints", json={"url": url})
    assert answer.status_code == 201, answer.text
    city.webhook = answer.json()
    path = f"/v1/webhook-endpoints/{city.webhook['webhook_id']}"

    async def is_active() -> bool:
        return bool((await officer(city.world, ASKED).get(path)).json()["state"] == "ACTIVE")

    await until(is_active)


async def test_after_all_of_it_nothing_is_lost_and_nothing_is_found(city: City) -> None:
    """Every event of the agency since its address was named was a hint; the whole installation is sound."""
    await named(city)
    feed = (await officer(city.world, ASKED).get("/v1/events?limit=500")).json()["items"]
    begun = min(body["data"]["index"] for body in hints_of(city))

    async def all_told() -> bool:
        return {each["id"] for each in feed if each["data"]["index"] >= begun} == set(city.partner.ids())

    await until(all_told)
    await city.rest()
    result = await check(city.world.installation)
    assert result.clean, result.findings
