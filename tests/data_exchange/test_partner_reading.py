"""What else a partner's system does by itself: it reads, fetches and reports under the service that was agreed."""

from __future__ import annotations

import httpx
import pytest

from common.values.law import GDS_20, GDS_25
from tests.case.story import OPENED, Story
from tests.data_exchange.given import ASKED
from tests.data_exchange.given_data import a_listed
from tests.data_exchange.given_uses import delivered, use_of
from tests.data_exchange.packages import PDF, dispatched
from tests.data_exchange.partners import a_line
from tests.data_exchange.test_fetching import a_platform
from tests.data_exchange.test_signatures import require_signed
from tests.world import World

FIELDS = [{"pointer": "/road", "transform": "MASK", "clause": "5.1"}]
SERVICES = ["DATA_REQUESTS", "TRANSFERS", "USES", "EVENTS"]


def code(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


@pytest.mark.begins(OPENED)
@pytest.mark.law(GDS_20)
@pytest.mark.law(GDS_25)
async def test_a_system_fetches_reads_and_reports_what_was_agreed_with_this_agency(world: World) -> None:
    a_platform(world)
    case = (await Story(world).opened()).case_id
    request = await delivered(world, await a_listed(world), case)
    package = await dispatched(world)
    await world.settle()
    use = await use_of(world, request)
    line = await a_line(world, to=ASKED, purpose={"code": "VERIFY_FACT"}, services=SERVICES, fields=FIELDS)
    fetching, transfer = (
        f"/v1/data-requests/{request}/fetchings",
        f"/v1/case-transfers/{package['exchange_id']}",
    )

    fetched = await line.call("POST", fetching, {})
    listed = await line.call("GET", "/v1/catalog/items")
    file = await line.call("GET", f"{transfer}/files/1", sent={"range": "bytes=0-7"})
    manifest = await line.call("GET", f"{transfer}/manifest")
    logged = await line.call(
        "POST", f"/v1/data-uses/{use['use_id']}/entries", {"kind": "PROCESS", "text": "自动比对"}
    )
    disputes = await line.call("GET", "/v1/disputes")
    hint = await line.call("POST", "/v1/webhook-endpoints", {"url": "https://hints.example/mingzheng"})

    rows = fetched.json()["rows"]
    assert (fetched.status_code, {tuple(row) for row in rows}) == (201, {("road",)}), fetched.text
    assert rows[0]["road"] == "示****"
    agreement_id = line.agreement["agreement_id"]
    assert fetched.json()["withheld"] == [{"pointer": "/worked_on", "clause": f"{agreement_id} fields"}]
    assert "/worked_on" in fetched.headers["mingzheng-fields-withheld"]
    assert (listed.status_code, len(listed.json()["items"])) == (200, 1)
    assert (file.status_code, file.content) == (206, PDF[:8])
    await require_signed(world, file)
    assert (manifest.status_code, logged.status_code, disputes.status_code, hint.status_code) == (
        200,
        201,
        200,
        201,
    )
    assert (await world.fsck()).clean


@pytest.mark.begins(OPENED)
@pytest.mark.law(GDS_20)
async def test_an_agreement_with_another_agency_or_for_another_service_opens_nothing(world: World) -> None:
    package = await dispatched(world)
    first = await a_line(world, to=2, services=SERVICES)
    transfer = f"/v1/case-transfers/{package['exchange_id']}"

    answers = {
        "package": await first.call("GET", f"{transfer}/manifest"),
        "receipt by a system": await first.call("POST", f"{transfer}/receipt", {}),
        "comparison": await first.call("GET", "/v1/comparisons"),
        "assistance": await first.call("GET", "/v1/exchanges"),
    }

    assert {name: code(answer) for name, answer in answers.items()} == {
        "package": (403, "DX_AGENCY_NOT_AGREED"),
        "receipt by a system": (403, "FORBIDDEN"),
        "comparison": (403, "DX_SERVICE_NOT_AGREED"),
        "assistance": (200, None),
    }
