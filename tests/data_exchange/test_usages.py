"""Who asked about me: the person's list, its proof, and the deferral of the notice, over HTTP (PIPL 44, 45)."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import tarfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from common.files.digests import digest_field
from common.values.calendar import legal_day
from common.values.ids import DeferralId
from common.values.law import GDS_25, PIPL_18, PIPL_35, PIPL_44, PIPL_45
from data_exchange.contract.usages import GroundCode
from data_exchange.documents.usageproof import assemble_usages
from data_exchange.domain.deferrals import Ground
from data_exchange.store.usages import lines_of
from evidence.contract import Evidence
from ledger.entry import body_of
from mz.demo import orders
from mz.operate.proof import trusted_in
from tests.case.story import OPENED, Story
from tests.data_exchange.given import officer
from tests.data_exchange.registers import PERSON, a_register, announce, ask
from tests.data_exchange.test_dossier import read_folder
from tests.world import World

OTHER_PERSON = "110101198001010010"
CONTACT: Final[dict[str, Any]] = {
    "kind": "PERSON_CONTACT",
    "purpose": "CONTACT_PARTY",
    "subject": {"kind": "PERSON_ID", "value": PERSON},
}


async def a_case_of_the_person(world: World, number: str = PERSON) -> str:
    """An open case whose party an officer confirmed: the account of the one party, and this identity number."""
    story = await Story(world).opened()
    party = orders.party(world.person("PARTY").id) | {"identity_number": number}
    answer = await story.act("CASE_OFFICER", "party", party)
    assert answer.status_code == 201, answer.text
    return story.case_id


async def listed(world: World, query: str = "") -> list[dict[str, Any]]:
    answer = await world.person("PARTY").get(f"/v1/subject-usages{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def proof(world: World, folder: Path) -> Path:
    """The proof of the person's list, in a folder."""
    answer = await world.person("PARTY").get("/v1/subject-usages/proof")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-tar"), answer.text
    return unpacked(answer.content, folder)


def unpacked(tar: bytes, folder: Path) -> Path:
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        archive.extractall(folder, filter="data")
        return folder / archive.getnames()[0].partition("/")[0]


def trusted_of(world: World) -> list[str]:
    """What a reader of a proof demands: all but time stamps, which a proof of usages has none of."""
    arguments = trusted_in(world.installation.d)
    return [part for n, part in enumerate(arguments) if "--tsa" not in (part, arguments[n - 1])]


async def a_deferral(world: World, case_id: str, *, days: int = 90, **changes: Any) -> httpx.Response:
    order = _order(world, case_id) | {"visible_after": _day(world, days)}
    return await officer(world, 0).post("/v1/disclosure-deferrals", json=order | changes)


async def review(world: World, deferral_id: str, what: str = "approval") -> httpx.Response:
    head = world.person("AGENCY_HEAD")
    return await head.post(f"/v1/disclosure-deferrals/{deferral_id}/{what}", json={})


@pytest.mark.begins(OPENED)
@pytest.mark.law(PIPL_44)
async def test_a_person_sees_who_asked_about_them_and_what_for(world: World) -> None:
    a_register(world)
    case_id = await a_case_of_the_person(world)

    asked = await ask(world, case_id, **CONTACT)
    refused = await ask(world, case_id, **CONTACT | {"purpose": "STATISTICS"})
    stranger = await ask(world, case_id, subject={"kind": "PLATE", "value": "苏B99999"})
    again = await officer(world, 0).get(f"/v1/comparisons/{asked.json()['comparison_id']}")
    prior = CONTACT | {"kind": "PRIOR_PENALTY", "purpose": "CHECK_PRIOR_PENALTY", "domain": "PUBLIC_SECURITY"}
    sealed = await ask(world, case_id, **prior)
    assert [a.status_code for a in (asked, refused, stranger, again, sealed)] == [201, 403, 201, 200, 201]
    first, vain, read_again, of_police = await listed(world)
    assert first["action"] == {"zh": "查询联系方式", "en": "asked how to reach the person"}
    assert first["purpose"] == {"zh": "联系当事人", "en": "to reach the party"}
    assert first["receiver"] == {"agency_id": world.agencies[0], "name": "示范市城市管理行政执法局"}
    assert first["basis"] == ["《中华人民共和国行政处罚法》第二十六条"]
    assert first["source"] == {"register_name": "vehicles", "agency": "示范市公安局", "clause": "第二条"}
    assert first["about"] == "110*************98"
    assert [each["zh"] for each in first["categories"]] == ["证件号码", "姓名或名称", "联系电话", "质量"]
    number = (await world.person("CASE_OFFICER").get(f"/v1/cases/{case_id}")).json()["number"]
    assert first["case_number"] not in (None, number)
    assert (vain["refused_by"], vain["categories"]) == ("DX_PURPOSE_NOT_OF_KIND", [])
    assert read_again["action"]["zh"].endswith("再次查看结果")
    # Of a sealed answer the person learns that it was asked, and nothing of what came (PSP 136).
    assert (of_police["sealed"], of_police["categories"]) == (True, [])
    assert "MATCH" not in json.dumps(of_police)
    assert [item["nth"] for item in (first, vain, read_again, of_police)] == [1, 2, 3, 4]
    pages = await world.person("PARTY").get("/v1/subject-usages?limit=3")
    rest = await listed(world, f"?after={pages.json()['next_cursor']}")
    assert [item["nth"] for item in rest] == [4]
    assert (await world.fsck()).clean


@pytest.mark.begins(OPENED)
async def test_each_row_of_a_file_is_on_the_list_of_the_person_that_it_names(world: World) -> None:
    a_register(world)
    case_id = await a_case_of_the_person(world)
    content = f"subject\r\n{PERSON}\r\n{OTHER_PERSON}\r\n{PERSON}\r\n".encode()
    kinds = {"kind": "PERSON_CONTACT", "purpose": "CONTACT_PARTY", "subject_kind": "PERSON_ID"}
    batch = (await announce(world, case_id, content, 3, **kinds)).json()
    path = f"/v1/comparison-batches/{batch['comparison_id']}"
    digest = {"content-digest": digest_field(content), "content-type": "application/octet-stream"}
    await officer(world, 0).request("PUT", f"{path}/parts/1", content=content, headers=digest)

    completed = await officer(world, 0).post(f"{path}/completion", json={})
    await world.settle()

    assert completed.status_code == 201, completed.text
    (item,) = await listed(world)
    assert item["action"]["zh"] == "查询联系方式;成批比对"
    assert item["comparison_id"] == batch["comparison_id"]
    assert PERSON not in json.dumps(item)
    assert OTHER_PERSON not in json.dumps(item)


@pytest.mark.begins(OPENED)
@pytest.mark.law(PIPL_45)
async def test_nobody_reads_the_list_of_another(world: World) -> None:
    a_register(world)
    case_id = await a_case_of_the_person(world, OTHER_PERSON)
    await ask(world, case_id, **CONTACT)

    # The account is that of another identity number, and no parameter changes whose list it is.
    assert await listed(world) == []
    assert await listed(world, f"?subject={PERSON}&line_id=x") == []
    paths = ("/v1/subject-usages", "/v1/subject-usages/proof")
    people = [officer(world, 0), world.person("SUPERVISOR", 4), world.person("AGENCY_HEAD"), world.anonymous]
    answers = [await person.get(path) for person in people for path in paths]
    assert {answer.status_code for answer in answers} == {401, 403}


@pytest.mark.begins(OPENED)
async def test_eight_questions_at_once_get_eight_numbers_without_a_gap(world: World) -> None:
    a_register(world)
    case_id = await a_case_of_the_person(world)

    answers = await asyncio.gather(*(ask(world, case_id, **CONTACT) for _ in range(8)))

    assert [answer.status_code for answer in answers] == [201] * 8
    assert sorted(item["nth"] for item in await listed(world)) == list(range(1, 9))
    assert (await world.fsck()).clean


@pytest.mark.begins(OPENED)
@pytest.mark.law(PIPL_45)
async def test_the_list_proves_offline_that_it_is_complete(world: World, tmp_path: Path) -> None:
    a_register(world)
    case_id = await a_case_of_the_person(world)
    for _ in range(3):
        await ask(world, case_id, **CONTACT)
    await world.settle()
    root = world.installation.d.root_key().vkey

    folder = await proof(world, tmp_path)

    code, output = await read_folder("--usages", folder, "--key", root)
    assert code == 0, output
    assert "Verdict: VERIFIED" in output
    assert "示范市城市管理行政执法局 联系当事人" in output
    # The person's key opens the person's line alone: nobody else's identifier can be tried out with it.
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [line["identifier"] for line in manifest["lines"]] == [f"PERSON_ID\n{PERSON}"]
    monitored = trusted_of(world)
    assert "--monitor" in monitored
    faults = {}
    for name, spoil in SPOILS.items():
        spoiled = tmp_path / name
        shutil.copytree(folder, spoiled)
        spoil(spoiled)
        faults[name] = await read_folder("--usages", spoiled, "--key", root)
    assert {name: code for name, (code, _) in faults.items()} == dict.fromkeys(SPOILS, 1), faults


def _without_the_last(folder: Path) -> None:
    last = max(folder.glob("records/*.entry"), key=lambda path: int(path.stem))
    last.unlink()
    (folder / f"proofs/{last.stem}.tlog-proof").unlink()


def _items(folder: Path, change: Callable[[list[Any]], object]) -> None:
    path = folder / "usages.json"
    items = json.loads(path.read_text())
    change(items)
    path.write_text(json.dumps(items))


def _altered(folder: Path) -> None:
    path = min(folder.glob("records/*.entry"))
    path.write_bytes(path.read_bytes().replace(b"CONTACT_PARTY", b"SERVE_DOCUMENT"))


SPOILS: Final[dict[str, Callable[[Path], None]]] = {
    "a record is missing": _without_the_last,
    "a record is altered": _altered,
    "an item is missing": lambda folder: _items(folder, lambda items: items.pop(1)),
    "two items changed places": lambda folder: _items(folder, lambda items: items.reverse()),
    "an item is altered": lambda folder: _items(
        folder, lambda items: items[0].update(purpose_code="ENFORCE")
    ),
}


@pytest.mark.begins(OPENED)
async def test_not_even_the_service_can_sign_a_shorter_list(world: World, tmp_path: Path) -> None:
    world.bureau.watch()
    a_register(world)
    case_id = await a_case_of_the_person(world)
    for _ in range(3):
        await ask(world, case_id, **CONTACT)
    await world.settle()
    runtime = world.runtimes["data-exchange"]
    (line,) = await lines_of(runtime.db.secrets, [f"PERSON_ID\n{PERSON}"])
    whole = await Evidence(runtime.peers).vouched([line.id.stream])
    items = await listed(world)
    trusted = trusted_of(world)

    async def signed(*kept: int) -> tuple[int, str]:
        """The verdict over a proof of the usages `kept`, signed by the service's own key."""
        extract = whole.model_copy(update={"records": [whole.records[n] for n in kept]})
        tar = assemble_usages(
            [line], extract, [items[n] for n in kept], key=runtime.db.signer, made_at=world.clock()
        )
        return await read_folder("--usages", unpacked(tar, tmp_path / str(kept)), *trusted)

    all_of_it, without_middle, without_last = await signed(0, 1, 2), await signed(0, 2), await signed(0, 1)

    assert all_of_it[0] == 0, all_of_it[1]
    assert (without_middle[0], "lines" in without_middle[1]) == (1, True)
    # The chain does not show that its last record is gone: the monitor's statement does.
    assert (without_last[0], "monitor" in without_last[1]) == (1, True)


@pytest.mark.begins(OPENED)
@pytest.mark.law(PIPL_35)
async def test_a_deferred_question_appears_by_itself_on_the_day_after(world: World, tmp_path: Path) -> None:
    a_register(world)
    case_id = await a_case_of_the_person(world)
    await ask(world, case_id, **CONTACT)
    deferral = (await a_deferral(world, case_id, days=10)).json()
    approved = await review(world, deferral["deferral_id"])
    assert approved.json()["state"] == "IN_FORCE", approved.text
    asked = (await ask(world, case_id, **CONTACT)).json()
    await officer(world, 0).get(f"/v1/comparisons/{asked['comparison_id']}")
    root = world.installation.d.root_key().vkey

    world.clock.advance(days=10)
    await world.settle()
    before = await listed(world)
    folder = await proof(world, tmp_path / "before")
    world.clock.advance(days=1)
    await world.settle()
    after = await listed(world)

    # Until then neither the list nor the proof says that there is more: telling would do what the law lets us avoid.
    assert [item["deferred"] for item in before] == [False]
    assert (await read_folder("--usages", folder, "--key", root))[0] == 0
    assert "deferral" not in json.dumps(before) + (folder / "manifest.json").read_text()
    assert [(item["nth"], item["deferred"]) for item in after] == [(1, False), (2, True), (3, True)]
    assert after[1]["comparison_id"] == asked["comparison_id"]
    assert after[1]["asked_at"] < before[0]["noted_at"] or after[1]["asked_at"] < after[1]["noted_at"]
    assert (await read_folder("--usages", await proof(world, tmp_path / "after"), "--key", root))[0] == 0
    # Its records in the public ledger name neither the case nor the line.
    records = await _records(world, f"deferral/{deferral['deferral_id']}")
    assert [record["type"] for record in records] == [
        "deferral.proposed",
        "deferral.approved",
        "deferral.usages_held",
        "deferral.usages_held",
        "deferral.ended",
        "deferral.usages_released",
    ]
    assert case_id not in json.dumps(records)
    assert "usl_" not in json.dumps(records)
    assert (await world.fsck()).clean


@pytest.mark.begins(OPENED)
@pytest.mark.law(PIPL_18)
async def test_two_people_defer_for_at_most_ninety_days_at_a_time(world: World) -> None:
    a_register(world)
    case_id = await a_case_of_the_person(world)
    head, path = world.person("AGENCY_HEAD"), "/v1/disclosure-deferrals"

    async def code(answer: httpx.Response) -> tuple[int, str | None]:
        return answer.status_code, answer.json().get("code")

    assert await code(await a_deferral(world, case_id, days=91)) == (422, "DX_DEFERRAL_TOO_LONG")
    assert await code(await a_deferral(world, case_id, days=-1)) == (422, "DX_DEFERRAL_TOO_LONG")
    foreign = await officer(world, 1).post(path, json=_order(world, case_id))
    assert await code(foreign) == (403, "DX_CASE_NOT_OWN")
    vain = (await a_deferral(world, case_id)).json()["deferral_id"]
    rejected = await review(world, vain, "rejection")
    assert (rejected.status_code, rejected.json()["state"]) == (201, "REJECTED")
    assert await code(await review(world, vain)) == (409, "DX_DEFERRAL_STATE")
    racing = await asyncio.gather(*(a_deferral(world, case_id) for _ in range(8)))
    assert sorted(answer.status_code for answer in racing) == [201] + [409] * 7
    (deferral,) = [answer.json() for answer in racing if answer.status_code == 201]
    own = f"{path}/{deferral['deferral_id']}"
    assert (await officer(world, 0).post(f"{own}/approval", json={})).status_code == 403
    asked = await ask(world, case_id, **CONTACT)
    assert len(await listed(world)) == 1, "a deferral that nobody approved binds nothing"
    approvals = await asyncio.gather(*(review(world, deferral["deferral_id"]) for _ in range(8)))
    assert sorted(answer.status_code for answer in approvals) == [201] + [409] * 7
    assert await code(await review(world, deferral["deferral_id"], "rejection")) == (409, "DX_DEFERRAL_STATE")
    assert await code(await review(world, deferral["deferral_id"], "renewal")) == (
        409,
        "DX_DEFERRAL_NO_RENEWAL",
    )
    seen = (await head.get(own)).json()
    assert (seen["reasons"], seen["ground"]) == (["告知将妨碍调查"], "PIPL_35")
    random = f"{path}/{DeferralId.new(world.clock())}"
    assert await _by_another_agency(world, own) == await _by_another_agency(world, random)
    assert (await world.person("PARTY").get(own)).status_code == 403

    world.clock.advance(days=60)
    renewal = {"reason": "调查尚未结束", "visible_after": _day(world, 90)}
    earlier = await officer(world, 0).post(
        f"{own}/renewal-proposal", json=renewal | {"visible_after": _day(world, 30)}
    )
    assert await code(earlier) == (422, "DX_DEFERRAL_NOT_LATER")
    assert (await officer(world, 0).post(f"{own}/renewal-proposal", json=renewal)).status_code == 201
    renewed = (await review(world, deferral["deferral_id"], "renewal")).json()
    assert (renewed["visible_after"], renewed["reasons"]) == (
        _day(world, 90),
        ["告知将妨碍调查", "调查尚未结束"],
    )
    held = (await ask(world, case_id, **CONTACT)).json()
    assert asked.json()["comparison_id"] in {item["comparison_id"] for item in await listed(world)}
    assert held["comparison_id"] not in {item["comparison_id"] for item in await listed(world)}
    lifted = await officer(world, 0).post(f"{own}/lifting", json={})
    await world.settle()
    assert (lifted.json()["state"], len(await listed(world))) == ("ENDED", 2)
    assert await code(await officer(world, 0).post(f"{own}/lifting", json={})) == (409, "DX_DEFERRAL_STATE")
    page = (await head.get(f"{path}?case_id={case_id}&state=ENDED")).json()["items"]
    assert [each["deferral_id"] for each in page] == [deferral["deferral_id"]]
    assert (await world.fsck()).clean


@pytest.mark.begins(OPENED)
@pytest.mark.law(GDS_25)
async def test_the_keeper_of_a_register_sees_each_use_of_it(world: World) -> None:
    a_register(world)
    case_id = await a_case_of_the_person(world)
    for _ in range(3):
        await ask(world, case_id, **CONTACT)
    await world.settle()

    async def uses(agency: int, query: str = "") -> list[dict[str, Any]]:
        answer = await officer(world, agency).get(f"/v1/data-lineage?dataset=vehicles{query}")
        assert answer.status_code == 200, answer.text
        return [*answer.json()["items"], answer.json()["next_cursor"]]

    *by_police, _ = await uses(3)
    assert [use["what"] for use in by_police].count("COMPARISON") == 3
    assert {use["agency"]["name"] for use in by_police} == {"示范市城市管理行政执法局"}
    assert PERSON not in json.dumps(by_police)
    *own, _ = await uses(0)
    assert own == by_police
    assert await uses(1) == [None], "another agency sees no use but its own"
    first, cursor = await uses(3, "&limit=1")
    second, _ = await uses(3, f"&limit=1&cursor={cursor}")
    assert [first, second] == by_police[:2]
    assert (await world.person("PARTY").get("/v1/data-lineage?dataset=vehicles")).status_code == 403


def test_the_grounds_of_the_wire_are_those_of_the_law() -> None:
    assert set(GroundCode.__args__) == set(Ground)


def _day(world: World, days: int) -> str:
    return (legal_day(world.clock()) + timedelta(days=days)).isoformat()


def _order(world: World, case_id: str) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "ground": "PIPL_35",
        "reason": "告知将妨碍调查",
        "visible_after": _day(world, 9),
    }


async def _by_another_agency(world: World, path: str) -> list[tuple[int, str]]:
    """What the second agency hears of a deferral: every act and the reading."""
    renewal = {"reason": "-", "visible_after": _day(world, 9)}
    acts: list[tuple[str, str, dict[str, Any]]] = [
        ("AGENCY_HEAD", "approval", {}),
        ("AGENCY_HEAD", "rejection", {}),
        ("AGENCY_HEAD", "renewal", {}),
        ("EXCHANGE_OFFICER", "renewal-proposal", renewal),
        ("EXCHANGE_OFFICER", "lifting", {}),
    ]
    answers = [await world.person(role, 1).post(f"{path}/{act}", json=order) for role, act, order in acts]
    answers.append(await officer(world, 1).get(path))
    assert {answer.status_code for answer in answers} == {404}
    return [(answer.status_code, answer.json()["code"]) for answer in answers]


async def _records(world: World, stream: str) -> list[dict[str, Any]]:
    query = "SELECT note FROM outbox WHERE stream = $1 ORDER BY seq"
    async with world.database("data-exchange") as connection:
        return [body_of(bytes(row["note"])) for row in await connection.fetch(query, stream)]
