"""The review desk's queue: by deadline, without what is somebody else's, with the city's figures."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.contract.desk import RejectionReasonView
from evidence.domain.checks import Code
from evidence.domain.desk import against, reasons
from tests.evidence.test_review import PASSED, REVIEW, a_passed_capture, open_all, proposed
from tests.world import Client, World

pytestmark = pytest.mark.begins("capture passed", PASSED)


async def queue_of(person: Client) -> dict[str, Any]:
    answer = await person.get("/v1/review-queue")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_what_one_officer_took_is_left_out_for_the_others_until_the_lease_is_over(world: World) -> None:
    path = await a_passed_capture(world)
    first, second = (world.person("EVIDENCE_REVIEWER", nth=n) for n in (0, 1))
    before = [(await queue_of(one))["waiting"] for one in (first, second)]
    assert (await first.post(f"{path}/review")).status_code == 201

    mine, theirs = await queue_of(first), await queue_of(second)
    world.clock.advance(minutes=mine["lease_minutes"] + 1)
    later = await queue_of(second)

    assert before == [1, 1]
    assert [(item["id"], item["is_mine"], item["is_second"]) for item in mine["items"]] == [
        (path.rpartition("/")[2], True, False)
    ]
    assert (theirs["waiting"], later["waiting"]) == (0, 1)
    assert (mine["view_ms_per_picture"], mine["items"][0]["pictures"]) == (5000, 2)
    assert mine["items"][0]["violation"] == {"code": "CM-0107", "name": "机动车违法停放人行道"}


async def test_a_proposal_waits_for_another_officer_alone_and_looking_at_it_is_no_extra(world: World) -> None:
    path = await a_passed_capture(world)
    first, second = await proposed(world, path)

    theirs = await queue_of(second)
    looks = [(await second.get(path, headers=REVIEW)).status_code for _ in range(52)]
    await open_all(second, path)

    assert (await queue_of(first))["items"] == []
    assert [(item["is_second"], item["is_mine"]) for item in theirs["items"]] == [(True, False)]
    assert set(looks) == {200}


async def test_the_queue_is_for_those_who_read_captures_of_the_agency(world: World) -> None:
    await a_passed_capture(world)

    elsewhere = await queue_of(world.person("EVIDENCE_REVIEWER", agency=1))
    nobody = await world.anonymous.get("/v1/review-queue")
    clerk = await world.person("FINANCE_CLERK").get("/v1/review-queue")

    assert (elsewhere["waiting"], nobody.status_code, clerk.status_code) == (0, 401, 403)


def test_every_reason_of_the_catalogue_is_offered_once_and_names_what_it_speaks_against() -> None:
    assert sorted(reasons()) == sorted(Code)
    names = {str(attribute).lower() if attribute else None for code in Code for attribute in (against(code),)}
    assert names == {"true", "clear", "complete", "accurate", None}
    assert set(RejectionReasonView.model_fields) == {"code", "words", "against"}
