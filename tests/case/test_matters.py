"""The list of off-site matters: proposed by one, approved by another, read by anybody (APL 34; PD 4)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from common.values.calendar import legal_day
from common.values.law import APL_34, PD_4
from tests.case.domain.walk import CODE
from tests.case.matters_given import PATH, SHIPPED, a_version, approver, author, proposed, published
from tests.snapshots import PEOPLE
from tests.world import World


@pytest.mark.law(APL_34, PD_4)
@pytest.mark.begins(PEOPLE)
async def test_a_matter_is_published_by_another_person_and_nobody_sees_it_before(world: World) -> None:
    tomorrow = legal_day(world.clock()) + timedelta(days=1)
    waiting = await proposed(world, a_version(tomorrow, share=0.5))
    path = f"{PATH}/{waiting['matter_id']}"
    before = (await world.anonymous.get(PATH)).json()["items"]

    by_author = await author(world).post(f"{path}/approval", json={"version": 2})
    by_stranger = await author(world, 1).get(path)
    unread = await approver(world).post(f"{path}/approval", json={"version": 3})
    answers = await asyncio.gather(
        *(approver(world).post(f"{path}/approval", json={"version": 2}) for _ in range(8))
    )

    assert [(item["code"], item["version"]) for item in before] == [("CM-0107", 1), ("CM-0301", 1)]
    assert (by_author.status_code, by_stranger.status_code, unread.status_code) == (403, 404, 409)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    old, new, _ = (await world.anonymous.get(PATH)).json()["items"]
    today = tomorrow - timedelta(days=1)
    assert (old["valid_until"], new["valid_from"]) == (today.isoformat(), tomorrow.isoformat())
    assert (new["benchmark_published_on"], new["max_fen"]) == (today.isoformat(), 10_000)
    assert (await author(world).get(path)).json()["items"][0]["state"] == "PUBLISHED"
    types = await world.record_types("case", f"matter/{waiting['matter_id']}")
    assert types == ["matter.proposed", "matter.published"]
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.law(APL_34)
@pytest.mark.begins(PEOPLE)
async def test_a_version_takes_effect_after_its_publication_and_after_the_one_before(world: World) -> None:
    today = legal_day(world.clock())
    first = await proposed(world, a_version(today))
    path = f"{PATH}/{first['matter_id']}"
    second = await author(world).post(PATH, json=a_version(today))

    early = await approver(world).post(f"{path}/approval", json={"version": 2})
    returned = await approver(world).post(f"{path}/return", json={"version": 2})
    again = await approver(world).post(f"{path}/return", json={"version": 2})
    await published(world, a_version(today + timedelta(days=10)), matter=first["matter_id"])
    before = await proposed(world, a_version(today + timedelta(days=9)), matter=first["matter_id"])
    not_after = await approver(world).post(f"{path}/approval", json={"version": 4})

    assert (second.status_code, second.json()["code"]) == (409, "MATTER_CODE_TAKEN")
    assert (early.status_code, early.json()["code"]) == (409, "MATTER_TOO_EARLY")
    assert (returned.status_code, again.json()["code"]) == (201, "MATTER_STATE")
    assert before["item"]["version"] == 4
    assert (not_after.status_code, not_after.json()["code"]) == (409, "MATTER_NOT_AFTER")
    page = (await approver(world).get("/v1/catalogue/matter-proposals")).json()["items"]
    assert [(each["matter_id"], each["item"]["version"]) for each in page] == [(first["matter_id"], 4)]


@pytest.mark.begins(PEOPLE)
async def test_a_matter_that_contradicts_itself_or_has_no_review_rules_is_refused(world: World) -> None:
    tomorrow = legal_day(world.clock()) + timedelta(days=1)
    orders = {
        "MATTER_CONTRADICTS_ITSELF": a_version(tomorrow, max_fen=SHIPPED.max_fen - 1),
        "MATTER_WITHOUT_RULES": a_version(tomorrow, code="CM-9999"),
    }

    for code, order in orders.items():
        refused = await author(world).post(PATH, json=order)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    for role in ("CASE_OFFICER", "AGENCY_HEAD", "PARTY"):
        forbidden = await world.person(role).post(PATH, json=a_version(tomorrow))
        assert forbidden.status_code == 403, role
    own = await approver(world).post(PATH, json=a_version(tomorrow))
    path = f"{PATH}/{own.json()['matter_id']}/approval"
    alone = await approver(world).post(path, json={"version": 2})
    assert (alone.status_code, alone.json()["code"]) == (403, "LAW_SECOND_PERSON")


@pytest.mark.begins(PEOPLE)
async def test_the_database_itself_refuses_a_benchmark_that_is_public_too_late(world: World) -> None:
    waiting = await proposed(world, a_version(legal_day(world.clock()) + timedelta(days=1)))

    async with world.database("case") as connection:
        await connection.execute("ALTER TABLE matters DISABLE TRIGGER ALL")
        with pytest.raises(asyncpg.CheckViolationError, match="public_before_it_took_effect"):
            await connection.execute(
                "UPDATE matters SET state = 'PUBLISHED', decided_by = 'x', decided_at = now(),"
                " item = item || jsonb_build_object('benchmark_published_on', item -> 'valid_from')"
            )
    assert waiting["item"]["code"] == CODE
