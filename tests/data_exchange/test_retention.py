"""The log of what was given to whom is kept for at least three years, five by default, and nothing goes by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from common.values.datafiles import load_profile
from common.values.errors import Refusal
from common.values.ids import AgencyId, DataUseId, OfficerId
from common.values.law import NDR_12, PIPL_47
from data_exchange.domain.retention import Log, kept_until, propose_erasure
from tests.case.story import OPENED, Story
from tests.data_exchange.given import ASKED, ASKING, a_request, act, officer
from tests.data_exchange.given_data import AUTHORITY, a_listed, unconditional
from tests.data_exchange.given_uses import POLICE, delivered, use_act, use_of
from tests.data_exchange.packages import do, received, receiver
from tests.data_exchange.registers import a_register, ask
from tests.data_exchange.test_receipts import holds
from tests.world import World

REASON = "案件调查需要"


@dataclass
class Kept:
    """One object whose log is kept: its address, who erases it, how its texts are read, and the last record of it."""

    path: str
    keeper: int
    readers: tuple[int, ...]
    texts: Callable[[dict[str, Any]], list[Any]]
    record: str

    async def read(self, world: World) -> list[Any]:
        """The texts as each side that may read them reads them."""
        answers = [await officer(world, side).get(self.path) for side in self.readers]
        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
        return [self.texts(answer.json()) for answer in answers]

    async def proposal(self, world: World) -> httpx.Response:
        return await officer(world, self.keeper).post(f"{self.path}/erasure-proposal", json={})

    async def erasure(self, world: World) -> httpx.Response:
        return await world.person("AGENCY_HEAD", self.keeper).post(f"{self.path}/erasures", json={})


def papers(view: dict[str, Any]) -> list[Any]:
    return [paper["text"] for paper in view["papers"]]


async def assistance(world: World) -> Kept:
    """A request whose answer was given and which is closed."""
    exchange = await a_request(world)
    await act(world, ASKED, exchange, "deliverables", {"text": "记录三页", "is_whole": True})
    closed = await act(world, ASKING, exchange, "closure")
    assert closed.status_code == 201, closed.text
    path = f"/v1/exchanges/{exchange['exchange_id']}"
    return Kept(path, ASKING, (ASKING, ASKED), papers, closed.headers["mingzheng-record"])


async def transfer(world: World) -> Kept:
    """A transfer that came back, with its files."""
    came = await received(world)
    order = {"reason": "不属于本机关职权", "competent_agency_id": world.demo.agencies[POLICE]["id"]}
    returned = await do(receiver(world, came), came, "return", order)
    assert returned.status_code == 201, returned.text
    path = f"/v1/exchanges/{came['exchange_id']}"
    return Kept(path, ASKED, (ASKING, ASKED), papers, returned.headers["mingzheng-record"])


async def dispute(world: World) -> Kept:
    """A dispute that was settled."""
    exchange = await a_request(world)
    await act(world, ASKED, exchange, "refusal", {"code": "R4", "reason": "范围过宽"})
    claim = {"exchange_id": exchange["exchange_id"], "claim": "范围与案件相称"}
    raised = (await officer(world, ASKING).post("/v1/disputes", json=claim)).json()
    path = f"/v1/disputes/{raised['dispute_id']}"
    await officer(world, ASKED).post(f"{path}/settlement", json={"text": "提供道路与日期两项"})
    settled = await officer(world, ASKING).post(f"{path}/settlement-consent", json={})
    assert settled.json()["state"] == "SETTLED"
    return Kept(path, ASKED, (ASKING, ASKED), papers, settled.headers["mingzheng-record"])


async def disclosures(world: World) -> list[Kept]:
    """A comparison and a request for data, each with the use of what it brought, disposed of as a law demands."""
    case_id = (await Story(world).opened()).case_id
    a_register(world)
    asked = await ask(world, case_id)
    item = await a_listed(world, unconditional())
    request = await delivered(world, item, case_id)
    await world.settle()
    compared = asked.json()["comparison_id"]
    kept, record = [], ""
    for source in (compared, request):
        use = await use_of(world, source)
        logged = {"kind": "STORAGE", "text": "加密保存"}
        assert (await use_act(world, ASKING, use, "entries", **logged)).status_code == 201
        by_law = {"disposal": "KEPT_BY_LAW", "text": "随案卷保存", "citation": "《档案法》第十三条"}
        disposed = await use_act(world, ASKING, use, "disposal", **by_law)
        record = disposed.headers["mingzheng-record"]
        path = f"/v1/data-uses/{use['use_id']}"
        kept.append(Kept(path, ASKING, (ASKING, AUTHORITY), entries, record))
    comparison = Kept(
        f"/v1/comparisons/{compared}", ASKING, (ASKING,), rows, asked.headers["mingzheng-record"]
    )
    return [*kept, comparison, Kept(f"/v1/exchanges/{request}", ASKED, (ASKING, ASKED), papers, record)]


def entries(view: dict[str, Any]) -> list[Any]:
    return [entry["text"] for entry in view["entries"]]


def rows(view: dict[str, Any]) -> list[Any]:
    return [view["verdict"], view["rows"]]


@pytest.mark.slow
@pytest.mark.begins(OPENED)
@pytest.mark.law(NDR_12, PIPL_47)
async def test_NAT_17_every_log_of_a_provision_is_readable_for_five_years_and_goes_by_two_hands_after(
    world: World,
) -> None:
    """Assistance, transfers, requests for data, comparisons, uses, disputes: one rule; their receipts stay for good."""
    used = await disclosures(world)
    kept = [await assistance(world), await transfer(world), await dispute(world), *used]
    before = [await each.read(world) for each in kept]

    for days in (3 * 365 + 2, 2 * 365 - 10):  # after the third year, and before the end of the fifth
        world.clock.advance(days=days)
        await world.settle()
        assert [await each.read(world) for each in kept] == before
        refused = [await each.proposal(world) for each in kept]
        assert {
            (answer.status_code, answer.json()["code"], answer.json()["article"]) for answer in refused
        } == {(409, "DX_LOG_KEPT", "NDR 12")}
    world.clock.advance(days=30)
    await world.settle()
    assert [await each.read(world) for each in kept] == before, "nothing goes by itself"
    alone = [await each.erasure(world) for each in kept]
    proposed = [await each.proposal(world) for each in kept]
    approved = [await each.erasure(world) for each in kept]
    await world.settle()

    assert {(answer.status_code, answer.json()["code"]) for answer in alone} == {
        (409, "DX_ERASURE_NOT_PROPOSED")
    }
    assert {answer.status_code for answer in (*proposed, *approved)} == {201}
    assert {answer.json()["notice"] for answer in approved} == {"已依法删除"}
    for each, answer in zip(kept, approved, strict=True):
        assert not [text for texts in await each.read(world) for text in texts if text is not None]
        for record in (each.record.partition(",")[0], answer.headers["mingzheng-record"]):
            receipt = await officer(world, each.keeper).get(f"/v1/receipts/{record}")
            assert receipt.status_code == 200, receipt.text
            assert holds(receipt.json())
        again = await each.proposal(world)
        assert (again.status_code, again.json()["code"]) == (410, "DX_ERASED")
    assert (await world.fsck()).clean


@pytest.mark.begins(OPENED)
@pytest.mark.law(PIPL_47)
async def test_data_in_use_keeps_its_log_and_nobody_but_its_keeper_erases_it(world: World) -> None:
    a_register(world)
    compared = (await ask(world, (await Story(world).opened()).case_id)).json()["comparison_id"]
    await world.settle()
    use = await use_of(world, compared)
    world.clock.advance(days=6 * 365)
    paths = [f"/v1/comparisons/{compared}", f"/v1/data-uses/{use['use_id']}"]

    in_use = [await officer(world, ASKING).post(f"{path}/erasure-proposal", json={}) for path in paths]
    by_the_authority = await officer(world, AUTHORITY).post(f"{paths[1]}/erasure-proposal", json={})

    assert {(answer.status_code, answer.json()["code"]) for answer in in_use} == {(409, "DX_LOG_KEPT")}
    assert by_the_authority.status_code == 404


async def test_eight_approvals_at_once_erase_once(world: World) -> None:
    closed = await assistance(world)
    world.clock.advance(days=5 * 365 + 3)
    assert (await closed.proposal(world)).status_code == 201

    answers = await asyncio.gather(*(closed.erasure(world) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [410] * 7


async def test_an_exchange_that_has_not_ended_is_kept_however_old_it_is(world: World) -> None:
    exchange = await a_request(world)
    world.clock.advance(days=6 * 365)

    answer = await officer(world, ASKING).post(
        f"/v1/exchanges/{exchange['exchange_id']}/erasure-proposal", json={}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "DX_LOG_KEPT")


def test_an_agency_that_only_reads_a_log_does_not_end_it() -> None:
    at = datetime(2025, 3, 3, tzinfo=UTC)
    keeper, reader = (AgencyId.new(at) for _ in range(2))
    log = Log(DataUseId.new(at), (keeper,), at)
    after = at.replace(year=2031)

    with pytest.raises(Refusal) as refusal:
        propose_erasure(log, agency_id=reader, officer_id=OfficerId.new(at), years=5, at=after)

    proposed = propose_erasure(log, agency_id=keeper, officer_id=OfficerId.new(at), years=5, at=after)
    assert (refusal.value.code, proposed.type) == ("DX_LOG_NOT_OWN", "use.erasure_proposed")


@pytest.mark.law(NDR_12)
def test_no_profile_keeps_the_log_for_less_than_three_years() -> None:
    rules = load_profile("DEMO").exchange

    assert {load_profile(name).exchange.log_years for name in ("DEMO", "NJ", "PJ")} == {5}
    assert replace(rules, log_years=3).log_years == 3
    with pytest.raises(ValueError, match="NDR 12"):
        replace(rules, log_years=2)


@pytest.mark.parametrize(
    ("ended", "last"),
    [("2025-03-03", "2030-03-03"), ("2024-02-29", "2029-03-01"), ("2023-12-31", "2028-12-31")],
)
def test_the_period_of_keeping_ends_with_the_same_day_of_the_year(ended: str, last: str) -> None:
    at = datetime.fromisoformat(f"{ended}T04:00:00").replace(tzinfo=UTC)

    assert kept_until(at, 5).isoformat() == last
