"""The catalogue of legal sources: proposed by one, approved by another, read by anybody (APL 41(1); NJ 1)."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import asyncpg
import httpx
import pytest

from common.values.law import APL_41_1
from mz.demo.statutes import publish_statutes
from tests.case.catalogue_given import (
    a_source,
    a_succession,
    approver,
    author,
    proposed,
    published,
    succeeded,
)
from tests.world import World

AIR = a_source("中华人民共和国大气污染防治法", "LAW", ("第五十三条", "2018-10-26", None))
PATH = "/v1/catalogue/legal-sources"


async def test_NJ_1_1_the_catalogue_returns_both_foundations_with_level_and_article_list(
    world: World,
) -> None:
    async def call(role: str, method: str, path: str, order: dict[str, Any] | None) -> httpx.Response:
        return await world.person(role).request(
            method, path, json=order, headers={"idempotency-key": uuid.uuid4().hex}
        )

    await publish_statutes(call)
    await publish_statutes(call)

    listed = await world.anonymous.get(PATH, params={"limit": 200})

    assert listed.status_code == 200, listed.text
    sources = {source["title"]: source for source in listed.json()["items"]}
    assert sources["中华人民共和国行政处罚法"]["level"] == "LAW"
    assert "第四十一条" in [each["article"] for each in sources["中华人民共和国行政处罚法"]["articles"]]
    assert sources["南京市城市治理条例"]["level"] == "LOCAL_REGULATION"
    assert sources["南京市城市治理条例"]["articles"] == [
        {"article": "第一条", "from_on": "2013-03-01", "until_on": None}
    ]


@pytest.mark.law(APL_41_1)
async def test_a_source_is_published_by_another_person_and_nobody_sees_it_before(world: World) -> None:
    waiting = await proposed(world, AIR)
    path = f"{PATH}/{waiting['source_id']}"
    before = await world.anonymous.get(PATH)

    by_author = await author(world).post(f"{path}/approval", json={"version": 1})
    by_stranger = await author(world, 1).get(path)
    unread = await approver(world).post(f"{path}/approval", json={"version": 2})
    answers = await asyncio.gather(
        *(approver(world).post(f"{path}/approval", json={"version": 1}) for _ in range(8))
    )

    assert before.json()["items"] == []
    assert (by_author.status_code, by_stranger.status_code, unread.status_code) == (403, 404, 409)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert (await world.anonymous.get(PATH)).json()["items"][0]["title"] == "中华人民共和国大气污染防治法"
    types = await world.record_types("case", f"legal_source/{waiting['source_id']}")
    assert types == ["legal_source.proposed", "legal_source.published"]


async def test_the_supervisor_does_not_approve_what_he_proposed_himself(world: World) -> None:
    waiting = await approver(world).post(PATH, json=AIR)
    path = f"{PATH}/{waiting.json()['source_id']}"

    own = await approver(world).post(f"{path}/approval", json={"version": 1})

    assert (own.status_code, own.json()["code"]) == (403, "LAW_SECOND_PERSON")


async def test_an_article_has_one_wording_on_one_day_by_rule_and_by_constraint(world: World) -> None:
    first = await published(world, AIR)
    rival = await proposed(world, AIR | {"document_no": "示范令第2号"})

    refused = await approver(world).post(f"{PATH}/{rival['source_id']}/approval", json={"version": 1})

    assert (refused.status_code, refused.json()["code"]) == (409, "LAW_ARTICLE_OVERLAP")
    twice = AIR | {"articles": AIR["articles"] * 2}
    assert (await author(world).post(PATH, json=twice)).json()["code"] == "LAW_ARTICLE_OVERLAP"
    async with world.database("case") as db:
        with pytest.raises(asyncpg.ExclusionViolationError):
            await db.execute(
                "INSERT INTO legal_articles SELECT source_id, version, 2, agency_id, title, article, '2020-01-01',"
                " NULL, true FROM legal_articles WHERE source_id = $1",
                first["source_id"],
            )


async def test_a_new_version_takes_the_place_of_the_published_one_and_a_returned_one_does_not(
    world: World,
) -> None:
    first = await published(world, AIR)
    ended = AIR | {"articles": [AIR["articles"][0] | {"until_on": "2026-08-14"}]}
    path = f"{PATH}/{first['source_id']}"
    await proposed(world, ended, source=first["source_id"])
    pending = await author(world).post(f"{path}/versions", json=ended)

    returned = await approver(world).post(f"{path}/return", json={"version": 2})
    kept = (await world.anonymous.get(PATH)).json()["items"][0]
    await published(world, ended, source=first["source_id"])

    assert (pending.status_code, pending.json()["code"]) == (409, "LAW_SOURCE_PENDING")
    assert (returned.status_code, kept["version"]) == (201, 1)
    now = (await world.anonymous.get(PATH)).json()["items"]
    assert [(each["version"], each["articles"][0]["until_on"]) for each in now] == [(3, "2026-08-14")]
    history = (await author(world).get(path)).json()["items"]
    assert [each["state"] for each in history] == ["PUBLISHED", "RETURNED", "SUPERSEDED"]


async def test_a_succession_joins_known_articles_and_an_article_has_one_successor(world: World) -> None:
    old, new = ("大气污染防治法", "第53条"), ("示范法典", "第一千条")
    await published(world, AIR)
    unknown = await author(world).post(
        "/v1/catalogue/legal-successions", json=a_succession(old, new, "2026-08-15")
    )
    await published(world, a_source("示范法典", "LAW", ("第一千条", "2026-08-15", None)))

    early = await author(world).post(
        "/v1/catalogue/legal-successions", json=a_succession(old, new, "2026-08-14")
    )
    waiting = await author(world, 1).post(
        "/v1/catalogue/legal-successions", json=a_succession(old, new, "2026-08-15")
    )
    first = await succeeded(world, old, new, "2026-08-15")
    path = "/v1/catalogue/legal-successions"
    second = await approver(world).post(f"{path}/{waiting.json()['succession_id']}/approval", json={})
    listed = (await world.anonymous.get(path)).json()["items"]
    withdrawn = await approver(world).post(f"{path}/{first}/withdrawal", json={})

    assert unknown.json()["code"] == early.json()["code"] == "LAW_ARTICLE_UNKNOWN"
    assert (second.status_code, second.json()["code"]) == (409, "LAW_SUCCESSION_STATE")
    assert listed[0]["old"] == {"title": "大气污染防治法", "article": "第五十三条"}
    assert (withdrawn.status_code, (await world.anonymous.get(path)).json()["items"]) == (201, [])


async def test_what_names_no_article_or_ends_before_it_begins_is_refused(world: World) -> None:
    unread = a_source("示范法", "LAW", ("关于设备的规定", "2020-01-01", None))
    backwards = a_source("示范法", "LAW", ("第一条", "2020-01-02", "2020-01-01"))

    answers = [await author(world).post(PATH, json=order) for order in (unread, backwards)]

    untitled = [a_source(title, "LAW", ("第一条", "2020-01-01", None)) for title in ("《》", "《 》")]
    nameless = [await author(world).post(PATH, json=order) for order in untitled]

    assert [answer.json()["code"] for answer in answers] == ["LAW_ARTICLE_UNREADABLE", "LAW_ARTICLE_PERIOD"]
    assert [answer.status_code for answer in nameless] == [422, 422]
    assert (await world.person("DEVICE_ADMIN").post(PATH, json=AIR)).status_code == 403
