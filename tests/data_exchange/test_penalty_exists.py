"""One act is not fined by two agencies (APL 29): the case service asks the others through the exchange."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime
from typing import Any, Final

import httpx
import pytest

from common.values.law import APL_29
from mz.demo.camera import CAMERAS
from mz.demo.stage import Scene
from mz.demo.story import camera_becomes_lawful, capture_is_pushed, capture_is_reviewed
from tests.case.deliberating import review
from tests.case.story import Story
from tests.data_exchange.given import ASKED, a_request, seen
from tests.given import IN_SERVICE, StoryLog, WorldStage, a_camera_in_service, a_checked_capture, a_scene
from tests.snapshots import Place
from tests.world import World


class _Away(httpx.AsyncBaseTransport):
    """A network on which one address answers nobody while `is_away`."""

    def __init__(self, inner: httpx.AsyncBaseTransport, path: str) -> None:
        self._inner, self._path, self.is_away = inner, path, True

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_away and request.url.path == self._path:
            raise httpx.ConnectError("nobody is there", request=request)
        return await self._inner.handle_async_request(request)


def _cut(world: World, *, of: str, to: str, path: str) -> _Away:
    """From now on service `of` gets no answer from service `to` at `path`."""
    away = _Away(httpx.ASGITransport(world.app.apps[to]), path)
    _connect(world, of=of, to=to, by=away)
    return away


def _connect(world: World, *, of: str, to: str, by: httpx.AsyncBaseTransport) -> None:
    """From now on service `of` reaches service `to` by the network `by`."""
    world.runtimes[of].peers.connect(to, by)


class _Meeting(httpx.AsyncBaseTransport):
    """A network that passes on no question to `path` before two of them have been put."""

    def __init__(self, inner: httpx.AsyncBaseTransport, path: str) -> None:
        self._inner, self._path, self._both, self._asked = inner, path, asyncio.Event(), 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == self._path:
            self._asked += 1
            if self._asked == 2:
                self._both.set()
            await self._both.wait()
        return await self._inner.handle_async_request(request)


class _Elsewhere(WorldStage):
    """The stage of the second agency. `stands`: no time passes, so that both captures show the act at one hour."""

    stands = False

    async def call(self, role: str, *args: Any, agency: int = 1, **options: Any) -> httpx.Response:
        return await super().call(role, *args, agency=1, **options)

    def to(self, at: datetime) -> None:
        if not self.stands:
            super().to(at)


async def _both_opened(world: World) -> tuple[Story, Story]:
    """One parked car before the cameras of two agencies within a minute: the case of each."""
    watching = await a_camera_in_service(world)
    elsewhere = _Elsewhere(world, StoryLog())
    other = Scene(elsewhere, a_scene(world).tell)
    seen_by_other = await camera_becomes_lawful(other, CAMERAS[1])
    captured = await a_checked_capture(world, watching)
    elsewhere.stands = True
    captured_by_other = await capture_is_pushed(other, seen_by_other)
    await capture_is_reviewed(a_scene(world), captured)
    await capture_is_reviewed(other, captured_by_other)
    await world.settle()
    stories = Story(world), Story(world, agency=1)
    for story in stories:
        officer = world.person("CASE_OFFICER", story.agency)
        story.case_id = (await officer.get("/v1/cases?limit=200")).json()["items"][-1]["id"]
    return stories


async def _ready(world: World) -> Story:
    return await (await Story(world).opened()).walk("review")


async def _to_two_cases(world: World) -> None:
    """Both cases as far as they go before their decisions."""
    story, other = await _both_opened(world)
    await other.walk("review")
    await story.walk("notify")
    story.done += 1  # the party has consented to electronic service already
    await story.walk("review")
    await world.settle()
    world.ready[TWO_CASES] = [each.case_id for each in (story, other)]


TWO_CASES: Final = "two cases about one act"
_BOTH_READY: Final = pytest.mark.begins(TWO_CASES, Place(IN_SERVICE, _to_two_cases))


def _both(world: World) -> list[Story]:
    """The case of the first agency and the one of the second, both ready for their decision."""
    stories = [Story(world), Story(world, agency=1)]
    for story, case_id in zip(stories, world.ready[TWO_CASES], strict=True):
        story.case_id = case_id
    return stories


@_BOTH_READY
@pytest.mark.law(APL_29)
async def test_a_second_fine_for_one_act_across_agencies_is_refused(world: World) -> None:
    story, other = _both(world)

    first = await other.decide()
    second = await story.decide()

    assert first.status_code == 201, first.text
    (reason,) = second.json()["violations"]
    assert (second.status_code, reason["code"], reason["law"]) == (409, "CASE_DUPLICATE_PENALTY", "APL 29")
    number = (await other.view())["number"]
    assert reason["facts"] == {"agencies": [world.agencies[1]], "names": [number]}
    assert "case.decided" not in await world.record_types("case", f"case/{story.case_id}")
    await world.settle()
    assert (await world.fsck()).clean


@_BOTH_READY
@pytest.mark.law(APL_29)
async def test_legal_review_alone_finds_with_reasons_that_the_other_penalty_is_about_another_act(
    world: World,
) -> None:
    story, other = _both(world)
    await other.decide()
    await story.decide()
    name = f"{world.agencies[1]}/{(await other.view())['number']}"
    finding = {"distinct_acts": [name], "distinct_reason": "两案车辆不同,不是同一违法行为。"}

    by_officer = await story.act("CASE_OFFICER", "legal-reviews", {})
    unknown = await review(story, **finding | {"distinct_acts": [f"{world.agencies[1]}/x"]})
    unreasoned = await review(story, **finding | {"distinct_reason": None})
    racing = (review(story, **finding) for _ in range(4))
    found = await asyncio.gather(*racing)
    decided = await story.decide()

    assert by_officer.status_code == 403
    assert (unknown.status_code, unknown.json()["code"]) == (409, "CASE_NO_DUPLICATE")
    assert unreasoned.status_code == 422, unreasoned.text
    assert sorted(answer.status_code for answer in found) == [201, 409, 409, 409]
    assert decided.status_code == 201, decided.text
    assert (await world.fsck()).clean


@_BOTH_READY
@pytest.mark.law(APL_29)
async def test_of_two_agencies_that_ask_about_one_act_at_once_at_most_one_decides(world: World) -> None:
    stories, path = _both(world), "/v1/penalty-searches"
    _connect(
        world, of="data-exchange", to="case", by=_Meeting(httpx.ASGITransport(world.app.apps["case"]), path)
    )

    at_once = await asyncio.gather(*(story.decide() for story in stories))
    one_by_one = [await story.decide() for story in stories]

    for story, answer in zip(stories, at_once, strict=True):
        assert (answer.status_code, answer.json()["code"]) == (503, "CASE_OTHER_AGENCIES_SILENT")
        assert answer.json()["facts"]["agencies"] == [world.agencies[1 - story.agency]]
    # Neither attempt is in the way of the next one.
    assert [answer.status_code for answer in one_by_one] == [201, 409]
    assert one_by_one[1].json()["violations"][0]["code"] == "CASE_DUPLICATE_PENALTY"
    assert (await world.fsck()).clean


@_BOTH_READY
async def test_an_attempt_to_decide_whose_process_died_holds_up_the_other_agency_for_ten_minutes(
    world: World,
) -> None:
    story, other = _both(world)
    exchange = await a_request(world, case_id=story.case_id, purpose="CHECK_PRIOR_PENALTY")
    world.clock.working_days(6)
    await world.settle()
    assert (await seen(world, exchange))["pressure"] == "URGED"
    async with world.database("case") as conn:  # a process died after its question and before its change
        await conn.execute(
            "INSERT INTO decision_attempts VALUES (gen_random_uuid(), $1, $2)", other.case_id, world.clock()
        )

    held_up = await story.decide()
    urged = await story.decide(silence_reason="已催促仍未答复")
    world.clock.advance(minutes=10, seconds=1)
    decided = await story.decide()

    for answer in (held_up, urged):
        assert (answer.status_code, answer.json()["code"]) == (503, "CASE_OTHER_AGENCIES_SILENT")
    assert decided.status_code == 201, decided.text
    async with world.database("case") as conn:
        assert await conn.fetchval("SELECT count(*) FROM decision_attempts") == 0


@pytest.mark.begins("review")
@pytest.mark.law(APL_29)
async def test_while_another_agency_is_silent_no_decision_is_made(world: World) -> None:
    story = await _ready(world)
    away = _cut(world, of="data-exchange", to="case", path="/v1/penalty-searches")

    silent = await story.decide()
    reasoned = await story.decide(silence_reason="对方未答复,当事人申请尽快处理")
    away.is_away = False
    decided = await story.decide()

    for refused in (silent, reasoned):
        assert (refused.status_code, refused.json()["code"]) == (503, "CASE_OTHER_AGENCIES_SILENT")
        assert refused.json()["facts"]["agencies"] == [world.agencies[ASKED]]
        assert refused.json()["article"] == "APL 29"
    assert decided.status_code == 201, decided.text
    types = await world.record_types("case", f"case/{story.case_id}")
    decided_at = types.index("case.decided")
    assert types[decided_at - 3 : decided_at] == ["case.other_agencies_asked"] * 3
    assert (await world.fsck()).clean


@pytest.mark.begins("review")
async def test_once_the_silent_agency_was_urged_the_decision_goes_on_for_a_recorded_reason(
    world: World,
) -> None:
    story = await _ready(world)
    exchange = await a_request(world, case_id=story.case_id, purpose="CHECK_PRIOR_PENALTY")
    world.clock.working_days(6)
    await world.settle()
    assert (await seen(world, exchange))["pressure"] == "URGED"
    _cut(world, of="data-exchange", to="case", path="/v1/penalty-searches")

    bare = await story.decide()
    reasoned = await story.decide(silence_reason="已催促仍未答复,再等将超过办案期限")

    assert (bare.status_code, bare.json()["code"]) == (503, "CASE_OTHER_AGENCIES_SILENT")
    assert reasoned.status_code == 201, reasoned.text
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.begins("review")
async def test_while_the_exchange_is_away_no_reason_helps(world: World) -> None:
    story = await _ready(world)
    _cut(world, of="case", to="data-exchange", path="/v1/penalty-inquiries")

    answer = await story.decide(silence_reason="已催促仍未答复")

    assert (answer.status_code, answer.json()["code"]) == (503, "CASE_OTHER_AGENCIES_SILENT")


@pytest.mark.begins("review")
async def test_nobody_but_a_service_asks_about_penalties(world: World) -> None:
    story = await _ready(world)
    act = {
        "salt": "00" * 16,
        "digests": [hashlib.sha256(b"x").hexdigest()],
        "began_at": "2025-03-01T00:00:00Z",
        "ended_at": "2025-03-02T00:00:00Z",
        "codes": ["CM-0107"],
    }
    inquiry = act | {"agency_id": world.agencies[0], "case_id": story.case_id}
    search = act | {"agencies": world.agencies}

    answers = [
        await world.person("EXCHANGE_OFFICER").post("/v1/penalty-inquiries", json=inquiry),
        await world.person("EXCHANGE_OFFICER").post("/v1/penalty-searches", json=search),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
