"""One agency asks a register about one subject, for an open case: over HTTP, on PostgreSQL, with the ledger."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any, Final

import httpx
import pytest
from pypdf import PdfReader

from common.values.ids import CaseId
from common.values.law import NJ_17, NJ_18_2, PIPL_6, PSP_136
from common.web.inner import Inner
from data_exchange.contract.comparisons import KindCode
from data_exchange.domain.comparison import ComparisonKind
from ledger.entry import body_of
from tests.case.story import OPENED, Story
from tests.data_exchange.given import ASKED, ASKING, act, officer
from tests.data_exchange.given_data import (
    CITATION,
    a_data_request,
    a_draft,
    a_listed,
    consent_to_answer,
    data_order,
    not_shared,
    unconditional,
    version,
)
from tests.data_exchange.registers import PERSON, PLATE, a_register, ask
from tests.given import ARCHIVED, a_case_in_the_archive
from tests.world import Client, World


async def _case(world: World) -> str:
    return (await Story(world).opened()).case_id


async def _records(world: World, type_: str) -> list[dict[str, Any]]:
    """The bodies of the exchange's records of one type, in the order they were made."""
    query = "SELECT note FROM outbox WHERE type = $1 ORDER BY recorded_at, stream, seq"
    async with world.database("data-exchange") as connection:
        return [body_of(bytes(row["note"])) for row in await connection.fetch(query, type_)]


@pytest.mark.begins(OPENED)
@pytest.mark.law(NJ_18_2)
async def test_an_answer_shows_the_agreed_fields_and_says_what_was_withheld(world: World) -> None:
    server, case_id = a_register(world), await _case(world)

    answer = await ask(world, case_id, subject={"kind": "PLATE", "value": "苏Ａ·12345 "})

    view = answer.json()
    assert (answer.status_code, view["verdict"], server.asked) == (201, "MATCH", [[PLATE]])
    (row,) = view["rows"]
    assert row["owner"]["name"] == "张示范"
    assert row["owner"]["phone"] == "1**********"
    assert row["vehicle"] == {"weight": "1000-1500"}
    assert PERSON not in answer.text
    assert {(w["pointer"], w["clause"]) for w in view["withheld"]} == {
        ("/district", "第二条"),
        ("/photo", "第五条"),
        ("/vehicle/colour", "第二条"),
    }
    assert (await world.fsck()).clean


@pytest.mark.begins(OPENED)
async def test_a_verification_says_yes_or_no_and_copies_nothing(world: World) -> None:
    a_register(world)
    case_id = await _case(world)
    verify = {"kind": "VERIFY", "purpose": "VERIFY_FACT"}

    answers = [
        await ask(world, case_id, **verify, claim={"pointer": pointer, "value": value})
        for pointer, value in (("/owner/id", PERSON), ("/owner/id", "x"), ("/photo", "aGVsbG8="))
    ]

    assert [(a.json().get("verdict"), a.json().get("rows")) for a in answers[:2]] == [
        ("MATCH", []),
        ("NO_MATCH", []),
    ]
    assert (answers[2].status_code, answers[2].json()["code"]) == (403, "DX_FIELD_NOT_AGREED")
    copied = await ask(world, case_id, purpose="VERIFY_FACT")
    assert (copied.status_code, copied.json()["code"]) == (403, "DX_PURPOSE_NOT_OF_KIND")


@pytest.mark.begins(OPENED)
@pytest.mark.law(NJ_17, NJ_18_2)
async def test_NJ_18_3_requests_name_a_catalogue_item_each_attribute_is_handled_and_every_call_is_logged(
    world: World,
) -> None:
    """Open data has one day, conditional data ten, data that is not shared is refused by its citation alone.

    Each record of a request and of a comparison names its case, those of the refused ones too.
    """
    server, case_id = a_register(world), await _case(world)
    await _assert_each_attribute_is_handled(world, case_id)
    unknown = str(CaseId.new(world.clock()))

    answered = await ask(world, case_id)
    refused = [
        await ask(world, None),
        await ask(world, unknown),
        await ask(world, case_id, by=officer(world, 1)),
        await ask(world, case_id, subject={"kind": "PLATE", "value": "=1+1"}),
    ]

    codes = [(a.status_code, a.json()["code"]) for a in refused]
    assert codes == [
        (403, "DX_CASE_REQUIRED"),
        (403, "DX_CASE_NOT_OWN"),
        (403, "DX_CASE_NOT_OWN"),
        (422, "DX_SUBJECT_UNREADABLE"),
    ]
    assert len(server.asked) == 1, "a refused question reached the register"
    (given,) = await _records(world, "comparison.answered")
    body = given["data"]
    assert (body["case_id"], body["purpose"], body["register"]) == (case_id, "IDENTIFY_PARTY", "vehicles")
    assert (body["count"], body["verdict"]) == (1, "MATCH")
    assert body["fields"] == ["/owner/id", "/owner/name", "/owner/phone", "/vehicle/weight"]
    assert len(body["about"]) == 64
    assert set(body["basis"]) == {"c"}
    logged = await _records(world, "comparison.refused")
    assert {(r["data"]["code"], r["data"]["case_id"]) for r in logged} == {
        ("DX_CASE_REQUIRED", None),
        ("DX_CASE_NOT_OWN", unknown),
        ("DX_CASE_NOT_OWN", case_id),
        ("DX_SUBJECT_UNREADABLE", case_id),
    }
    assert all(a.headers["mingzheng-record"] for a in (answered, *refused))
    assert (await world.fsck()).clean


async def _assert_each_attribute_is_handled(world: World, case_id: str) -> None:
    """The three attributes of the catalogue, for one case; no request without an item that is listed."""
    asking, unlisted = officer(world, ASKING), await a_draft(world)
    order = data_order(world, unlisted, case_id=case_id)
    nameless = {name: value for name, value in order.items() if name != "item_id"}
    refused = [await asking.post("/v1/data-requests", json=each) for each in (order, nameless)]
    assert [answer.status_code for answer in refused] == [422, 422]
    assert refused[0].json()["code"] == "DX_NOT_IN_CATALOGUE"

    items = [await a_listed(world, order) for order in (unconditional(), version(), not_shared())]
    opened, conditional, kept_back = [await a_data_request(world, item, case_id=case_id) for item in items]
    days = [[(c["rule"], c["n"]) for c in one["exchange"]["clocks"]] for one in (opened, conditional)]
    assert days == [[("answer", 1)], [("answer", 10)]]
    await consent_to_answer(world, kept_back, "REFUSE")
    reason = {"reason": "依法不予共享"}
    shared = await act(world, ASKED, kept_back, "acceptance", {"note": "同意"})
    uncited = await act(world, ASKED, kept_back, "refusal", reason | {"code": "R7"})
    cited = reason | {"code": "R7", "citation": f"《{CITATION['name']}》{CITATION['article']}"}
    given = await act(world, ASKED, kept_back, "refusal", cited)
    assert [(each.status_code, each.json().get("code")) for each in (shared, uncited, given)] == [
        (409, "DX_NOT_SHARED"),
        (422, "DX_CITATION_MISSING"),
        (201, None),
    ]
    for type_ in ("data_request.drafted", "exchange.requested"):
        logged = [record["data"]["case_id"] for record in await _records(world, type_)]
        assert logged == [case_id] * 3
    by_item = {each["data"]["item_id"] for each in await _records(world, "data_request.drafted")}
    assert by_item == {item["item_id"] for item in items}


@pytest.mark.begins(ARCHIVED)
async def test_a_closed_case_asks_nothing_more(world: World) -> None:
    a_register(world)
    case_id = await a_case_in_the_archive(world)

    answer = await ask(world, case_id)

    assert (answer.status_code, answer.json()["code"]) == (409, "DX_CASE_CLOSED")


@pytest.mark.begins("review")
@pytest.mark.law(PSP_136)
@pytest.mark.slow
async def test_PSP_1_prior_offences_are_asked_for_a_case_and_stay_sealed(world: World) -> None:
    """They reach the agency that asked alone: no portal, no statistics, and neither the decision nor its file."""
    server, story = a_register(world), await Story(world).opened()
    case_id, prior = story.case_id, PRIOR_OFFENCE

    without = await ask(world, None, **prior)
    sealed = await ask(world, case_id, **prior)

    assert (without.status_code, without.json()["code"]) == (403, "DX_PRIOR_OFFENCE_SEALED")
    assert without.json()["article"] == "PSP 136"
    assert server.asked == [[PERSON]]
    assert (sealed.status_code, sealed.json()["sealed"], sealed.json()["verdict"]) == (201, True, "MATCH")
    # Its record and its row hold no outcome, so neither statistics nor the ledger can show one.
    (record,) = await _records(world, "comparison.answered")
    assert [record["data"][name] for name in ("count", "verdict", "fields")] == [None, None, []]
    path = f"/v1/comparisons/{sealed.json()['comparison_id']}"
    assert (await officer(world, 0).get(path)).json()["verdict"] == "MATCH"
    assert (await officer(world, 1).get(path)).status_code == 404
    assert (await world.person("SUPERVISOR", 4).get(path)).status_code in (403, 404)
    assert (await world.person("PARTY").get(path)).status_code in (403, 404)
    (listed,) = (await officer(world, 0).get(f"/v1/comparisons?case_id={case_id}&state=ANSWERED")).json()[
        "items"
    ]
    assert listed["sealed"]
    assert not {"verdict", "rows"} & listed.keys()

    await story.walk("serve decision")
    shown = {**await _portal(world, story), **await _statistics(world), **await _file_of(world, story)}
    assert len([name for name in shown if name.startswith("D-14")]) == 1, "the decision is among them"
    for name, text in shown.items():
        told = [word for word in (*SEALED_WORDS, sealed.json()["comparison_id"]) if word in text]
        assert not told, f"{name} tells of {told}"
    assert (await world.fsck()).clean


PRIOR_OFFENCE: Final = {
    "kind": "PRIOR_PENALTY",
    "purpose": "CHECK_PRIOR_PENALTY",
    "domain": "PUBLIC_SECURITY",
    "subject": {"kind": "PERSON_ID", "value": PERSON},
}
SEALED_WORDS: Final = ("PRIOR_PENALTY", "PUBLIC_SECURITY", "治安", "张示范", PERSON)
"""What a page that let the question or its answer through would say."""


async def _portal(world: World, story: Story) -> dict[str, str]:
    """What the party reads: the case, the messages."""
    party = world.person("PARTY")
    answers = {path: await party.get(path) for path in (story.path, f"{story.path}/documents", "/v1/inbox")}
    assert {answer.status_code for answer in answers.values()} == {200}, answers
    return {path: answer.text for path, answer in answers.items()}


async def _statistics(world: World) -> dict[str, str]:
    """What counts and lists over cases: of the supervisor, of other agencies, of the operator."""
    supervisor = world.person("SUPERVISOR")
    lists = ("/v1/oversight-items?limit=200", "/v1/exchanges?limit=200", "/v1/cases?limit=200")
    shown = {path: (await supervisor.get(path)).text for path in lists}
    others = ("/v1/comparisons?limit=200", "/v1/data-uses?limit=200", "/v1/events?limit=500")
    shown |= {f"{path} elsewhere": (await officer(world, 1).get(path)).text for path in others}
    for service, app in world.app.apps.items():
        transport = httpx.ASGITransport(Inner(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://operator.test") as operator:
            shown[f"metrics of {service}"] = (await operator.get("/metrics")).text
    return shown


async def _file_of(world: World, story: Story) -> dict[str, str]:
    """The case as its officer sees it, its records, and every document that it has, the decision among them."""
    clerk = world.person("CASE_OFFICER")
    shown = {path: (await clerk.get(path)).text for path in (story.path, f"{story.path}/documents")}
    shown["records"] = (await world.anonymous.get(f"/v1/ledger/streams/case/{story.case_id}/records")).text
    for document in (await clerk.get(f"{story.path}/documents")).json()["items"]:
        pdf = await clerk.get(f"/v1/documents/{document['id']}")
        pages = PdfReader(BytesIO(pdf.content)).pages
        text = "".join("".join(page.extract_text() for page in pages).split())
        shown[f"{document['kind']} {document['id']}"] = text
    return shown


@pytest.mark.begins(OPENED)
@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"status": 307}, {"delay_s": 1.5}, {"body": b"<html>"}, {"body": b'{"rows": []}'}],
)
async def test_a_register_that_does_not_answer_is_on_record(world: World, fault: dict[str, Any]) -> None:
    server, case_id = a_register(world), await _case(world)
    for name, value in fault.items():
        setattr(server, name, value)

    answer = await ask(world, case_id)

    assert (answer.status_code, answer.json()["code"]) == (503, "DX_REGISTER_UNAVAILABLE")
    assert await world.record_types("data-exchange", "comparison/%") == ["comparison.refused"]


@pytest.mark.begins(OPENED)
@pytest.mark.law(PIPL_6)
async def test_one_officer_asks_about_fifty_subjects_a_day_also_eight_at_once(world: World) -> None:
    a_register(world)
    case_id = await _case(world)

    async def about(plate: str, by: Client | None = None) -> int:
        answer = await ask(world, case_id, by=by, subject={"kind": "PLATE", "value": plate})
        assert answer.status_code != 429 or answer.json()["code"] == "DX_SUBJECT_BUDGET"
        return answer.status_code

    answers = [await about(f"苏A{n:05}") for n in range(47)]
    at_once = await asyncio.gather(*(about(f"苏B{n:05}") for n in range(8)))
    known, colleague = await about("苏A00000"), await about("苏C00000", world.person("CASE_OFFICER"))
    world.clock.working_days(1)
    tomorrow = await about("苏C00000")

    assert answers == [201] * 47
    assert sorted(at_once) == [201] * 3 + [429] * 5
    assert (known, colleague, tomorrow) == (201, 201, 201)


@pytest.mark.begins(OPENED)
async def test_each_reading_of_an_answer_is_on_record(world: World) -> None:
    a_register(world)
    comparison = (await ask(world, await _case(world))).json()

    again = await officer(world, 0).get(f"/v1/comparisons/{comparison['comparison_id']}")

    assert again.json() == comparison
    stream = f"comparison/{comparison['comparison_id']}"
    assert await world.record_types("data-exchange", stream) == ["comparison.answered", "comparison.read"]


def test_the_kinds_of_the_wire_are_those_of_the_law() -> None:
    assert set(KindCode.__args__) == set(ComparisonKind)


@pytest.mark.begins(OPENED)
@pytest.mark.law(PIPL_6)
async def test_a_field_is_not_read_out_by_guessing_its_value(world: World) -> None:
    a_register(world)
    case_id = await _case(world)

    async def guess(value: str) -> tuple[int, str | None]:
        claim = {"pointer": "/owner/name", "value": value}
        answer = await ask(world, case_id, kind="VERIFY", purpose="VERIFY_FACT", claim=claim)
        return answer.status_code, answer.json().get("code")

    guesses = [await guess(f"示范{n}") for n in range(6)]
    again = await guess("示范0")
    world.clock.advance(days=1)
    tomorrow = await guess("示范7")

    assert guesses == [(201, None)] * 5 + [(429, "DX_CLAIM_BUDGET")]
    assert again == (201, None), "a value that was tried before tells nothing new"
    assert tomorrow == (201, None)
