"""The catalogue of government data (GDS 13–17): over HTTP, on PostgreSQL, with the ledger."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from common.values.calendar import legal_day
from common.values.law import (
    GDS_3_1,
    GDS_13_1,
    GDS_14_3,
    GDS_15_1,
    GDS_15_2,
    GDS_16_1,
    GDS_17_2,
    GDS_17_3,
)
from tests.data_exchange.given import ASKED, ASKING, officer
from tests.data_exchange.given_data import (
    AUTHORITY,
    CITATION,
    a_draft,
    a_listed,
    a_submitted,
    assess,
    item_act,
    item_records,
    item_seen,
    not_shared,
    sign_off,
    unconditional,
    version,
)
from tests.world import World


@pytest.mark.law(GDS_13_1, GDS_14_3, GDS_17_2, GDS_17_3)
async def test_GDS_5_the_catalogue_is_assessed_signed_off_listed_and_follows_the_law(world: World) -> None:
    """Assessments and sign-off come first; NOT_SHARED cites its basis; a change that is not made opens an item."""
    local = CITATION | {"level": "LOCAL_REGULATION"}
    uncited = [not_shared(citation=None), not_shared(citation=local), not_shared(reason=None)]
    refusals = [await officer(world, ASKED).post("/v1/catalog/items", json=order) for order in uncited]
    assert {(r.status_code, r.json()["code"], r.json()["article"][:9]) for r in refusals} == {
        (422, "DX_NOT_SHARED_CITATION", "GDS 14(3)")
    }
    await a_draft(world, not_shared())

    item = await a_draft(world)
    unassessed = await sign_off(world, item)
    await assess(world, item)
    unsigned = await item_act(world, ASKED, item, "submission")
    assert (unassessed.status_code, unassessed.json()["code"]) == (409, "DX_ASSESSMENT_MISSING")
    assert (unsigned.status_code, unsigned.json()["code"]) == (409, "DX_SIGN_OFF_MISSING")
    assert (await sign_off(world, item)).status_code == 201
    submitted = (await item_act(world, ASKED, item, "submission")).json()
    assert [(clock["rule"], clock["n"]) for clock in submitted["clocks"]] == [("review", 2)]
    assert (await item_act(world, AUTHORITY, item, "listing")).json()["listed_version"] == 1

    cause = {
        "cause": "LAW_ADJUSTED",
        "arose_on": legal_day(world.clock()).isoformat(),
        "text": "条例修订后数据项调整",
    }
    owed = (await item_act(world, ASKED, item, "change-causes", cause)).json()
    assert [(c["law"], c["n"]) for c in owed["clocks"] if c["rule"] == "change"] == [("GDS 17(2)", 10)]
    supervisor, path = world.person("SUPERVISOR"), "/v1/oversight-items"
    world.clock.working_days(10)
    await world.settle()
    assert "catalogue.change_overdue" not in await item_records(world, item)
    assert (await supervisor.get(path)).json()["items"] == []
    world.clock.working_days(1)
    await world.settle()
    (listed,) = (await supervisor.get(f"{path}?type=OV-6")).json()["items"]
    opened = (await supervisor.get(f"{path}/{listed['item_id']}")).json()
    assert opened["agency_id"] == world.agencies[ASKED]
    assert opened["object"] == f"catalogue/{item['item_id']}"
    overdue = ["catalogue.change_owed", "catalogue.change_overdue"]
    assert [fact["type"] for fact in opened["facts"]][-2:] == overdue
    assert (await supervisor.get(opened["object_href"])).status_code == 200
    assert (await world.fsck()).clean


@pytest.mark.law(GDS_17_2)
async def test_the_authority_consents_to_five_days_more_for_a_change_and_no_more(world: World) -> None:
    item = await a_listed(world)
    cause = {"cause": "DUTY_CHANGED", "arose_on": legal_day(world.clock()).isoformat(), "text": "职责划转"}
    await item_act(world, ASKED, item, "change-causes", cause)
    five = {"days": 5, "reason": "系统改造"}

    by_itself = await item_act(world, ASKED, item, "change-extension", five)
    six = await item_act(world, AUTHORITY, item, "change-extension", five | {"days": 6})
    extended = await item_act(world, AUTHORITY, item, "change-extension", five)
    again = await item_act(world, AUTHORITY, item, "change-extension", five)
    second_cause = await item_act(world, ASKED, item, "change-causes", cause)

    assert (by_itself.status_code, by_itself.json()["code"]) == (403, "DX_AUTHORITY_ONLY")
    assert (six.status_code, six.json()["code"]) == (422, "DX_CHANGE_EXTENSION_TOO_LONG")
    assert extended.status_code == 201
    assert (again.status_code, again.json()["code"]) == (409, "DX_NOTHING_TO_EXTEND")
    assert (second_cause.status_code, second_cause.json()["code"]) == (409, "DX_CHANGE_RUNS")
    world.clock.working_days(15)
    await world.settle()
    assert (await item_records(world, item))[-1] == "catalogue.change_extended"
    world.clock.working_days(1)
    await world.settle()
    assert (await item_records(world, item))[-1] == "catalogue.change_overdue"


async def test_a_change_that_is_submitted_in_time_opens_nothing(world: World) -> None:
    item = await a_listed(world)
    today = legal_day(world.clock())
    cause = {"cause": "DUTY_CHANGED", "arose_on": today.isoformat(), "text": "职责划转"}
    tomorrow = cause | {"arose_on": (today + timedelta(days=1)).isoformat()}
    early = await item_act(world, ASKED, item, "change-causes", tomorrow)
    await item_act(world, ASKED, item, "change-causes", cause)

    redrafted = await item_act(world, ASKED, item, "versions", version(name="道路养护登记"))
    await assess(world, item)
    await sign_off(world, item)
    await item_act(world, ASKED, item, "submission")
    while_reviewed = (await item_seen(world, item, ASKING)).json()
    await item_act(world, AUTHORITY, item, "listing")
    world.clock.working_days(11)
    await world.settle()

    assert (early.status_code, early.json()["code"]) == (422, "DX_CAUSE_IN_FUTURE")
    assert (redrafted.status_code, redrafted.json()["newest_version"]) == (201, 2)
    assert (while_reviewed["version"], while_reviewed["name"]) == (1, "道路养护作业登记")
    assert (await item_seen(world, item, ASKING)).json()["name"] == "道路养护登记"
    assert not [name for name in await item_records(world, item) if name.endswith("overdue")]


@pytest.mark.law(GDS_17_3)
async def test_a_review_that_takes_longer_than_two_working_days_is_on_record(world: World) -> None:
    item = await a_submitted(world)
    world.clock.working_days(2)
    await world.settle()
    in_time = (await item_records(world, item))[-1]

    world.clock.working_days(1)
    await world.settle()

    assert (in_time, (await item_records(world, item))[-1]) == (
        "catalogue.submitted",
        "catalogue.review_overdue",
    )
    assert (await item_act(world, AUTHORITY, item, "listing")).status_code == 201


@pytest.mark.law(GDS_3_1)
async def test_a_secret_is_no_government_data(world: World) -> None:
    classes = ("WORK_SECRET", "STATE_SECRET")
    refused = [
        await officer(world, ASKED).post("/v1/catalog/items", json=version(classification=name))
        for name in classes
    ]
    item = await a_draft(world)
    await assess(world, item, outcome="NOT_PASSED")

    signed = await sign_off(world, item)

    assert {(r.status_code, r.json()["code"]) for r in (*refused, signed)} == {(422, "DX_STATE_SECRET")}


@pytest.mark.law(GDS_15_1, GDS_15_2)
async def test_conditions_stand_where_the_law_wants_them_and_nowhere_else(world: World) -> None:
    asked = officer(world, ASKED)

    without = await asked.post("/v1/catalog/items", json=version(conditions=None))
    added = await asked.post("/v1/catalog/items", json=unconditional(conditions="需另行审批"))

    assert (without.status_code, without.json()["code"]) == (422, "DX_CONDITIONS_MISSING")
    assert (added.status_code, added.json()["code"]) == (422, "DX_CONDITIONS_ADDED")


@pytest.mark.law(GDS_16_1)
async def test_every_agency_reads_what_is_listed_and_nothing_else(world: World) -> None:
    draft, listed = await a_draft(world), await a_listed(world)
    asking = officer(world, ASKING)

    first = await asking.get("/v1/catalog/items")
    again = await asking.get("/v1/catalog/items", headers={"if-none-match": first.headers["etag"]})
    hidden = await item_seen(world, draft, ASKING)
    hidden_from_authority = await item_seen(world, draft, AUTHORITY)
    foreign = await item_act(world, ASKING, listed, "versions", version())
    by_itself = await item_act(world, ASKED, await a_submitted(world), "listing")

    assert [item["item_id"] for item in first.json()["items"]] == [listed["item_id"]]
    assert (again.status_code, again.content) == (304, b"")
    assert (hidden.status_code, hidden_from_authority.status_code, foreign.status_code) == (404, 404, 404)
    assert (by_itself.status_code, by_itself.json()["code"]) == (403, "DX_AUTHORITY_ONLY")
    assert (await item_seen(world, listed, ASKING)).json()["notes"] == []
    assert len((await item_seen(world, listed, AUTHORITY)).json()["notes"]) == 2


async def test_a_returned_version_is_drafted_again(world: World) -> None:
    item = await a_submitted(world)

    returned = await item_act(world, AUTHORITY, item, "return", {"reason": "数据项说明不清"})
    resubmitted = await item_act(world, ASKED, item, "submission")
    redrafted = await item_act(world, ASKED, item, "versions", version(name="道路养护登记"))
    unassessed = await sign_off(world, item)

    assert (returned.json()["state"], returned.json()["notes"][-1]["text"]) == ("RETURNED", "数据项说明不清")
    assert (resubmitted.status_code, resubmitted.json()["code"]) == (409, "DX_ITEM_STATE")
    assert (redrafted.status_code, unassessed.json()["code"]) == (201, "DX_ASSESSMENT_MISSING")


async def test_eight_listings_at_once_list_once(world: World) -> None:
    item = await a_submitted(world)

    answers = await asyncio.gather(*(item_act(world, AUTHORITY, item, "listing") for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
