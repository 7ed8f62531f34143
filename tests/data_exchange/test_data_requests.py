"""Requests for data of the catalogue (GDS 20–22): over HTTP, on PostgreSQL, with the ledger."""

from __future__ import annotations

import asyncio

import pytest

from common.values.ids import CaseId
from common.values.law import (
    GDS_14_3,
    GDS_20_2,
    GDS_20_3,
    GDS_21_1,
    GDS_21_2,
    GDS_22_1,
    GDS_22_2,
    NJ_17,
)
from tests.data_exchange.given import ASKED, ASKING, act, officer, seen
from tests.data_exchange.given_data import (
    AUTHORITY,
    CITATION,
    a_data_draft,
    a_data_request,
    a_draft,
    a_listed,
    assess,
    consent_to_answer,
    consent_to_request,
    data_act,
    data_order,
    item_act,
    not_shared,
    sign_off,
    unconditional,
    version,
)
from tests.world import World


@pytest.mark.law(GDS_20_2)
async def test_GDS_1_a_request_states_five_things_and_carries_the_officers_consent(world: World) -> None:
    item = await a_listed(world)
    for statement in ("basis", "scenario", "scope", "manner", "use_until"):
        order = data_order(world, item)
        del order[statement]
        refused = (await officer(world, ASKING).post("/v1/data-requests", json=order)).json()
        assert (refused["status"], refused["code"], refused["facts"]["missing"]) == (
            422,
            "DX_STATEMENT_MISSING",
            [statement],
        )
        assert refused["article"].startswith("GDS 20(2)")
        assert [error["pointer"] for error in refused["errors"]] == [f"/{statement}"]

    request = await a_data_draft(world, item)
    unconsented = await data_act(world, ASKING, request, "sending")
    own_consent = await officer(world, ASKING).post(
        f"/v1/data-requests/{request['exchange_id']}/consent", json={}
    )
    consented = await consent_to_request(world, request)
    sent = await data_act(world, ASKING, request, "sending")

    assert (unconsented.status_code, unconsented.json()["code"]) == (409, "DX_SHARING_CONSENT_MISSING")
    assert (own_consent.status_code, consented.status_code) == (403, 201)
    assert (sent.status_code, sent.json()["exchange"]["state"]) == (201, "SENT")
    assert await world.record_types("data-exchange", f"exchange/{request['exchange_id']}") == [
        "data_request.drafted",
        "data_request.consented",
        "data_request.sent",
        "exchange.requested",
    ]
    assert (await world.fsck()).clean


@pytest.mark.law(GDS_21_1)
async def test_GDS_2_the_answer_has_its_days_and_only_the_authority_makes_them_more(world: World) -> None:
    opened = await a_data_request(world, await a_listed(world, unconditional()))
    item = await a_listed(world)
    silent, extended = await a_data_request(world, item), await a_data_request(world, item)
    days = [[(c["rule"], c["n"]) for c in one["exchange"]["clocks"]] for one in (opened, silent)]
    assert days == [[("answer", 1)], [("answer", 10)]]

    eleven = await act(world, ASKED, extended, "extensions", {"days": 11, "reason": "数据量大"})
    asked = await act(world, ASKED, extended, "extensions", {"days": 10, "reason": "数据量大"})
    by_the_asker = await act(world, ASKING, extended, "extension-consent")
    by_the_provider = await data_act(world, ASKED, extended, "extension-consent")
    assert (eleven.status_code, asked.status_code) == (422, 201)
    assert {(r.status_code, r.json()["code"]) for r in (by_the_asker, by_the_provider)} == {
        (409, "DX_AUTHORITY_CONSENTS")
    }
    assert (await data_act(world, AUTHORITY, extended, "extension-consent")).status_code == 201
    told = await seen(world, extended, ASKING)
    assert (told["extension"], told["clocks"][0]["n"]) == ("GRANTED", 20)

    world.clock.working_days(2)
    await world.settle()
    assert (await seen(world, opened))["pressure"] == "URGED"
    world.clock.working_days(8)
    await world.settle()
    assert (await seen(world, silent))["pressure"] == "NONE"
    world.clock.working_days(1)
    await world.settle()
    assert [(await seen(world, one))["pressure"] for one in (silent, extended)] == ["URGED", "NONE"]
    types = await world.record_types("data-exchange", f"exchange/{silent['exchange_id']}")
    assert types[-2:] == ["exchange.overdue", "exchange.urged"]


@pytest.mark.law(GDS_21_2)
async def test_GDS_3_incomplete_is_told_once_and_never_refused_and_a_refusal_has_its_reason(
    world: World,
) -> None:
    request = await a_data_request(world, await a_listed(world))
    missing = {"missing": ["承办人员名单"]}

    told = await act(world, ASKED, request, "supplement-request", missing)
    again = await act(world, ASKED, request, "supplement-request", missing)
    incomplete = await act(world, ASKED, request, "refusal", {"code": "R6", "reason": "材料不全"})
    no_reason = await act(world, ASKED, request, "refusal", {"code": "R4"})
    await consent_to_answer(world, request, "REFUSE")
    refused = await act(world, ASKED, request, "refusal", {"code": "R4", "reason": "超出办案需要"})

    assert told.status_code == 201, told.text
    assert (again.status_code, again.json()["code"]) == (409, "DX_SUPPLEMENT_ASKED_BEFORE")
    assert (incomplete.status_code, incomplete.json()["code"]) == (422, "DX_INCOMPLETE_IS_NO_REFUSAL")
    assert no_reason.status_code == 422
    assert (refused.status_code, refused.json()["papers"][-1]["text"]) == (201, "超出办案需要")


@pytest.mark.law(GDS_20_3, GDS_22_1, GDS_22_2)
async def test_GDS_4_data_is_delivered_within_twenty_days_of_the_consent_in_a_manner_of_the_law(
    world: World,
) -> None:
    item = await a_listed(world)
    late, done = await a_data_request(world, item), await a_data_request(world, item)
    note = {"note": "同意共享"}
    unconsented = await act(world, ASKED, late, "acceptance", note)
    early = await act(world, ASKED, late, "deliverables", {"text": "接口", "is_whole": True, "manner": "API"})
    assert (unconsented.status_code, unconsented.json()["code"]) == (409, "DX_ANSWER_CONSENT_MISSING")
    assert (early.status_code, early.json()["code"]) == (409, "DX_TRANSITION_NOT_ALLOWED")

    for request in (late, done):
        await consent_to_answer(world, request, "SHARE")
        agreed = await act(world, ASKED, request, "acceptance", note)
        assert [(c["rule"], c["n"]) for c in agreed.json()["clocks"] if c["ended_at"] is None] == [
            ("deliver", 20)
        ]
    by_hand = await act(world, ASKED, done, "deliverables", {"text": "纸质", "is_whole": True})
    parts = [
        await act(world, ASKED, done, "deliverables", {"text": "提供", "is_whole": whole, "manner": manner})
        for manner, whole in (("API", False), ("BATCH", False), ("FILE", True))
    ]
    assert (by_hand.status_code, by_hand.json()["code"]) == (422, "DX_MANNER_MISSING")
    assert [answer.json()["state"] for answer in parts] == ["PARTIAL", "PARTIAL", "FULFILLED"]

    world.clock.working_days(20)
    await world.settle()
    assert (await seen(world, late))["pressure"] == "NONE"
    world.clock.working_days(1)
    await world.settle()
    assert (await seen(world, late))["pressure"] == "URGED"
    missed = [clock["rule"] for clock in (await seen(world, late))["clocks"] if clock["missed"]]
    assert (missed, (await seen(world, done))["pressure"]) == (["deliver"], "NONE")
    assert (await world.fsck()).clean


@pytest.mark.law(GDS_20_2)
async def test_data_is_asked_for_by_the_catalogue_and_no_more_than_it_lists(world: World) -> None:
    listed, draft = await a_listed(world), await a_draft(world)
    asking = officer(world, ASKING)
    changes = [
        {"item_id": draft["item_id"]},
        {"fields": ["road", "salary"]},
        {"manner": "VERIFICATION_ONLY"},
        {"use_until": "2025-01-02"},
        {"case_id": None, "purpose": "VERIFY_FACT"},
    ]

    refused = [
        await asking.post("/v1/data-requests", json=data_order(world, listed, **change)) for change in changes
    ]
    own = await officer(world, ASKED).post("/v1/data-requests", json=data_order(world, listed))

    assert [(answer.status_code, answer.json()["code"]) for answer in (*refused, own)] == [
        (422, "DX_NOT_IN_CATALOGUE"),
        (422, "DX_OVER_COLLECTION"),
        (422, "DX_MANNER_NOT_OFFERED"),
        (422, "DX_USE_IS_OVER"),
        (422, "DX_CASE_REQUIRED"),
        (422, "DX_SAME_AGENCY"),
    ]


async def test_a_field_that_left_the_catalogue_since_the_draft_is_not_asked_for(world: World) -> None:
    item = await a_listed(world)
    request = await a_data_draft(world, item)
    await consent_to_request(world, request)
    await _relist(world, item, version(fields=version()["fields"][:1]))

    answer = await data_act(world, ASKING, request, "sending")

    assert (answer.status_code, answer.json()["code"]) == (422, "DX_OVER_COLLECTION")


@pytest.mark.law(NJ_17)
async def test_a_draft_is_sent_for_an_open_case_of_the_own_agency_or_discarded(world: World) -> None:
    case_id = str(CaseId.new(world.clock()))
    draft = await a_data_draft(world, await a_listed(world), case_id=case_id)
    await consent_to_request(world, draft)

    foreign = await data_act(world, ASKING, draft, "sending")
    other_side = await data_act(world, ASKED, draft, "discarding")
    racing = await asyncio.gather(*(data_act(world, ASKING, draft, "discarding") for _ in range(8)))
    sent_after_all = await data_act(world, ASKING, draft, "sending")
    sent = await a_data_request(world, await a_listed(world))
    too_late = await data_act(world, ASKING, sent, "discarding")

    assert (foreign.status_code, foreign.json()["code"]) == (403, "DX_CASE_NOT_OWN")
    assert foreign.json()["article"].startswith("NJ 17")
    assert other_side.status_code == 404
    assert sorted(answer.status_code for answer in racing) == [201] + [409] * 7
    for answer in (sent_after_all, too_late):
        assert (answer.status_code, answer.json()["code"]) == (409, "DX_TRANSITION_NOT_ALLOWED")
    path = f"/v1/data-requests/{draft['exchange_id']}"
    assert (await officer(world, ASKING).get(path)).json()["state"] == "DISCARDED"
    assert (await officer(world, ASKED).get(path)).status_code == 404
    assert await world.record_types("data-exchange", f"exchange/{draft['exchange_id']}") == [
        "data_request.drafted",
        "data_request.consented",
        "data_request.discarded",
    ]


@pytest.mark.law(GDS_14_3)
async def test_data_that_is_not_shared_is_refused_by_its_citation_alone(world: World) -> None:
    kept_back = await a_data_request(world, await a_listed(world, not_shared()))
    shared = await a_data_request(world, await a_listed(world))
    for request in (kept_back, shared):
        await consent_to_answer(world, request, "REFUSE")
    reason = {"reason": "依法不予共享"}
    cited = reason | {"code": "R7", "citation": f"《{CITATION['name']}》{CITATION['article']}"}

    other = await act(world, ASKED, kept_back, "refusal", reason | {"code": "R4"})
    uncited = await act(world, ASKED, kept_back, "refusal", reason | {"code": "R7"})
    agreed = await act(world, ASKED, kept_back, "acceptance", {"note": "同意"})
    wrong = await act(world, ASKED, shared, "refusal", cited)
    refused = await act(world, ASKED, kept_back, "refusal", cited)

    codes = [(answer.status_code, answer.json()["code"]) for answer in (other, uncited, agreed, wrong)]
    assert codes == [
        (422, "DX_ITEM_IS_SHARED"),
        (422, "DX_CITATION_MISSING"),
        (409, "DX_NOT_SHARED"),
        (422, "DX_ITEM_IS_SHARED"),
    ]
    assert (refused.status_code, refused.json()["refusal_code"]) == (201, "R7")


async def test_a_draft_is_its_agencys_own_and_a_sent_request_is_the_authoritys_to_see(world: World) -> None:
    draft = await a_data_draft(world, await a_listed(world))
    path = f"/v1/data-requests/{draft['exchange_id']}"
    hidden = [(await officer(world, agency).get(path)).status_code for agency in (ASKED, AUTHORITY)]

    await consent_to_request(world, draft)
    await data_act(world, ASKING, draft, "sending")

    shown = [(await officer(world, agency).get(path)).status_code for agency in (ASKED, AUTHORITY, 3)]
    listed = (await officer(world, AUTHORITY).get("/v1/data-requests?state=SENT")).json()["items"]
    assert (hidden, shown) == ([404, 404], [200, 200, 404])
    assert [request["exchange_id"] for request in listed] == [draft["exchange_id"]]
    view = (await officer(world, ASKED).get(path)).json()
    assert (view["scenario"], view["fields"]) == ("核实停放时段内的养护作业", ["road", "worked_on"])


async def test_the_authority_declines_an_extension_and_the_period_runs_on(world: World) -> None:
    request = await a_data_request(world, await a_listed(world))
    await act(world, ASKED, request, "extensions", {"days": 5, "reason": "数据量大"})

    declined = await data_act(world, AUTHORITY, request, "extension-refusal", {"reason": "理由不足"})
    again = await data_act(world, AUTHORITY, request, "extension-consent")

    told = await seen(world, request, ASKING)
    assert (declined.status_code, told["extension"], told["clocks"][0]["n"]) == (201, "DECLINED", 10)
    assert (again.status_code, again.json()["code"]) == (409, "DX_NO_EXTENSION_ASKED")
    assert told["papers"][-1]["text"] == "理由不足"


async def test_eight_sendings_at_once_send_once(world: World) -> None:
    request = await a_data_draft(world, await a_listed(world))
    await consent_to_request(world, request)

    answers = await asyncio.gather(*(data_act(world, ASKING, request, "sending") for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def _relist(world: World, item: dict[str, object], order: dict[str, object]) -> None:
    """Another version of `item` is drafted, assessed, signed off and listed."""
    await item_act(world, ASKED, item, "versions", order)
    await assess(world, item)
    await sign_off(world, item)
    await item_act(world, ASKED, item, "submission")
    assert (await item_act(world, AUTHORITY, item, "listing")).status_code == 201
