"""The acts between the reviewed defence and the decision through the public API, each by the person whose act it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import httpx

from common.files.digests import digest_field
from mz.demo import orders
from tests.case.story import Story
from tests.world import World

SHEET: Final = b"%PDF-1.7 signed by everybody who was there"
POINTS: Final = 7


def stricter(world: World, fine_fen: int = 10_000, **review: Any) -> None:
    """The same city with other figures: a hearing, a legal review and a discussion are owed from `fine_fen` on."""
    profile = world.runtimes["case"].profile
    thresholds = replace(profile.thresholds, hearing_fine_person=fine_fen, collective_fine=fine_fen)
    figures = replace(profile.review, **({"legal_fine": fine_fen} | review))
    world.adopt(thresholds=thresholds, review=figures, clock_stops=("SUSPENSION", "HEARING"))


def failed(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def guards(answer: httpx.Response) -> list[str]:
    """The guards that refuse a decision."""
    assert failed(answer) == (409, "CASE_GUARD_FAILED"), answer.text
    return [each["code"] for each in answer.json()["violations"]]


async def sheet(story: Story) -> str:
    """The digest of a signed sheet that an officer uploaded to the case."""
    headers = {"content-digest": digest_field(SHEET), "content-type": "application/octet-stream"}
    officer = story.world.person("CASE_OFFICER", story.agency)
    answer = await officer.post(f"{story.path}/proofs", content=SHEET, headers=headers)
    digest: str = answer.json()["proof_sha256"]
    return digest


async def ask(story: Story) -> httpx.Response:
    return await story.act("PARTY", "hearing-request", {})


async def order(story: Story, *, in_days: int = 30, **changes: Any) -> httpx.Response:
    sitting = {
        "opens_at": (story.world.clock() + timedelta(days=in_days)).isoformat(),
        "place": "示范市城市管理行政执法局三楼听证室",
        "chair_officer_id": story.world.person("HEARING_CHAIR").id,
        "chair_name": story.world.person("HEARING_CHAIR").name,
    }
    return await story.act("AGENCY_HEAD", "hearing", sitting | changes)


async def serve(story: Story) -> httpx.Response:
    answer = await story.act("SERVICE_OFFICER", "hearing/service", orders.ELECTRONIC)
    await story.world.settle()
    return answer


async def record(story: Story, **changes: Any) -> httpx.Response:
    order = {
        "presence": "ATTENDED",
        "began_at": story.world.clock().isoformat(),
        "attendees": ["调查人员郑示甲", "当事人张示民"],
        "case_made": ["该车于人行道停放,两张图片间隔六十秒车辆未移动。", "建议罚款一百元。"],
        "party_said": ["当时下车搬运货物,停留时间很短。"],
        "examined": [story.evidence_id],
        "signing": "SIGNED",
        "proof_sha256": await sheet(story),
        "no_conflict": True,
        "signed_as": "何示甲",
    }
    return await story.act("HEARING_CHAIR", "hearing-record", order | changes)


async def report(story: Story, **changes: Any) -> httpx.Response:
    order = {
        "opinion": "AS_PROPOSED",
        "findings": ["图片显示停放时间已超过允许的临时停留。"],
        "reasons": ["事实清楚,证据充分。"],
        "signed_as": "何示甲",
    }
    return await story.act("HEARING_CHAIR", "hearing-report", order | changes)


async def review(story: Story, *, nth: int = 0, **changes: Any) -> httpx.Response:
    order = {
        "verdict": "PASS",
        "remarks": ["符合规定"] * POINTS,
        "qualification": {"kind": "LEGAL_PROFESSION", "number": "A20183101010001"},
        "no_conflict": True,
        "signed_as": "陈示甲",
    }
    return await story.act("CASE_LEGAL_REVIEWER", "legal-reviews", order | changes, nth=nth)


async def convene(story: Story, **changes: Any) -> httpx.Response:
    order = {"kind": "FINE", "fine_fen": orders.REPORT["fine_fen"]} | changes
    return await story.act("AGENCY_HEAD", "collective-discussion", order)


async def speak(story: Story, nth: int, **changes: Any) -> httpx.Response:
    order = {"agrees": True, "words": "事实清楚,同意。", "signed_as": f"负责人{nth}"} | changes
    return await story.act("AGENCY_HEAD", "collective-discussion/opinions", order, nth=nth)


async def conclude(story: Story, *, nth: int = 0, **changes: Any) -> httpx.Response:
    order = {
        "agreed": {"kind": "FINE", "fine_fen": orders.REPORT["fine_fen"]},
        "conclusion": "一致同意。",
        "place": "示范市城市管理行政执法局会议室",
        "recorder": "记录员",
        "proof_sha256": await sheet(story),
        "signed_as": "李示甲",
    }
    return await story.act("AGENCY_HEAD", "collective-discussion/conclusion", order | changes, nth=nth)


async def send_back(story: Story, **changes: Any) -> httpx.Response:
    order = {"reason": "图片之间的时间间隔需要核实。", "signed_as": "李示甲"} | changes
    return await story.act("AGENCY_HEAD", "investigation-returns", order)
