"""The review desk by keyboard alone, offline, with two officers, and after a session that ended."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.e2e.conftest import Place, look_for, place_at
from tests.given import IN_SERVICE
from tests.snapshots import Snapshots

WINDOW = {"width": 1440, "height": 900}


@pytest.fixture
async def site(snapshots: Snapshots, chromium: Any) -> AsyncIterator[Place]:
    """A city in which each picture is looked at for 0.2 s."""
    async with place_at(snapshots, chromium, IN_SERVICE) as site:
        look_for(site, 200)
        yield site


async def begin(site: Place, tab: Any) -> None:
    await tab.goto(f"{site.url}/console/review")
    await tab.wait_for_selector("#strip button")


async def accept(tab: Any) -> None:
    """A clean item: five times Space and one Enter; the decision stands when the next item is asked about."""
    before = await tab.inner_text("#proof")
    for _ in range(5):
        await tab.keyboard.press("Space")
    await tab.keyboard.press("Enter")
    await tab.wait_for_function("before => document.getElementById('proof').innerText !== before", arg=before)


async def decided(site: Place, count: int, within_s: float = 20) -> list[tuple[str, int]]:
    """The decisions that reached the platform, once there are `count`."""
    for _ in range(int(within_s * 10)):
        found = [each for each in site.line.acts if not each[0].endswith("/review")]
        if len(found) >= count:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)  # one more would be one too many
    return [each for each in site.line.acts if not each[0].endswith("/review")]


async def test_twenty_items_by_keyboard_alone_and_one_of_them_undone(site: Place) -> None:
    await site.push(21)
    async with site.tab("EVIDENCE_REVIEWER", viewport=WINDOW) as seen:
        await begin(site, seen.tab)
        for _ in range(20):
            await accept(seen.tab)
        undone = (await seen.tab.inner_text("#proof")).split()[-1]
        await accept(seen.tab)
        await seen.tab.keyboard.press("Control+KeyZ")
        back = (await seen.tab.inner_text("#proof")).split()[-1]

        acts = await decided(site, 20)

    assert undone == back
    assert [status for _, status in acts] == [201] * 20
    assert len({path for path, _ in acts}) == 20
    assert not any(undone in path for path, _ in acts)
    assert seen.complaints == []


async def test_nothing_is_accepted_before_each_picture_was_seen_for_the_real_time(site: Place) -> None:
    look_for(site, 5000)
    await site.push(2)
    async with site.tab("EVIDENCE_REVIEWER", viewport=WINDOW) as seen:
        await begin(site, seen.tab)
        began = asyncio.get_running_loop().time()
        for key in ("Space", "Space", "Space", "Space", "Space", "Enter"):
            await seen.tab.keyboard.press(key)
        said = await seen.tab.inner_text("#asked")
        await seen.tab.wait_for_selector("#told:not([hidden])")
        took = asyncio.get_running_loop().time() - began

    assert "还需看" in said
    assert took >= 9.0  # two pictures, five seconds each, less what was seen before the first key


async def test_keys_of_an_input_method_repeats_modifiers_and_typing_decide_nothing(site: Place) -> None:
    await site.push(1)
    async with site.tab("EVIDENCE_REVIEWER", viewport=WINDOW) as seen:
        await begin(site, seen.tab)
        for init in (
            '{code: "Space", isComposing: true}',
            '{code: "Space", keyCode: 229}',
            '{code: "Space", repeat: true}',
            '{code: "Space", ctrlKey: true}',
        ):
            await seen.tab.evaluate(
                f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{bubbles: true, ...{init}}}))"
            )
        unmoved = await seen.tab.inner_text("#asked")
        # A layout on which this key writes something else: the place of the key counts.
        await seen.tab.evaluate(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, code: 'KeyX', key: 'ч'}))"
        )
        await seen.tab.wait_for_selector("#rejecting[open]")
        await seen.tab.focus("#reason")
        await seen.tab.keyboard.type("1 x n")
        typed = await seen.tab.input_value("#reason")
        await seen.tab.keyboard.press("Escape")

    assert unmoved.startswith("1/5")
    assert typed == "1 x n"
    assert await decided(site, 1, within_s=6) == []


async def test_a_rejection_takes_one_key_and_a_number(site: Place) -> None:
    await site.push(1)
    async with site.tab("EVIDENCE_REVIEWER", viewport=WINDOW) as seen:
        await begin(site, seen.tab)
        evidence = (await seen.tab.inner_text("#proof")).split()[-1]
        await seen.tab.keyboard.press("KeyX")
        await seen.tab.keyboard.press("Digit1")
        acts = await decided(site, 1)

    capture = (await site.world.person("EVIDENCE_REVIEWER").get(f"/v1/captures/{evidence}")).json()
    assert [status for _, status in acts] == [201]
    assert (capture["state"], capture["rejection_codes"]) == ("REJECTED", ["E-QLT-01"])
    assert capture["failed_attributes"] == {"CLEAR": "模糊、遮挡、曝光不当或者分辨率不足"}


async def test_a_minute_offline_loses_nothing_and_sends_nothing_twice(site: Place) -> None:
    await site.push(4)
    async with site.tab("EVIDENCE_REVIEWER", viewport=WINDOW) as seen:
        await begin(site, seen.tab)
        await seen.tab.wait_for_selector("#items li:nth-child(4) img")
        await seen.tab.context.set_offline(True)
        await accept(seen.tab)
        await accept(seen.tab)
        await asyncio.sleep(60)
        said = await seen.tab.inner_text("#bar")
        meanwhile = await decided(site, 0)
        await seen.tab.context.set_offline(False)
        acts = await decided(site, 2)
        await seen.tab.wait_for_selector("#bar", state="hidden")

    assert said == "已离线，2 项待提交"
    assert meanwhile == []
    assert [status for _, status in acts] == [201, 201]
    assert len({path for path, _ in acts}) == 2


async def test_of_two_officers_on_one_item_one_hears_in_words_that_it_is_not_theirs(site: Place) -> None:
    await site.push(1)
    first, second = (site.world.person("EVIDENCE_REVIEWER", nth=n) for n in (0, 1))
    async with site.tab("EVIDENCE_REVIEWER", viewport=WINDOW) as seen:
        await begin(site, seen.tab)
        evidence = (await seen.tab.inner_text("#proof")).split()[-1]
        assert (await second.post(f"/v1/captures/{evidence}/review")).status_code == 201
        for key in ("Space", "Space", "Space", "Space", "Space", "Enter"):
            await seen.tab.keyboard.press(key)
        await seen.tab.wait_for_selector("#told:has-text('没有提交')", timeout=20_000)
        said = await seen.tab.inner_text("#told")
        acts = await decided(site, 1)

    assert [status for _, status in acts] == [409]
    assert second.id in said
    assert (await first.get(f"/v1/captures/{evidence}")).json()["taken_by"] == second.id


async def test_who_must_sign_in_again_loses_no_answer_and_nobody_else_sends_it(site: Place) -> None:
    await site.push(2)
    async with site.tab("EVIDENCE_REVIEWER", viewport=WINDOW) as seen:
        await begin(site, seen.tab)
        await seen.tab.wait_for_selector("#items li:nth-child(2) img")
        await seen.tab.context.clear_cookies()
        await accept(seen.tab)
        await seen.tab.wait_for_selector("#signed-out[open]", timeout=20_000)
        other = await seen.tab.context.new_page()
        await site.sign_in(other, "EVIDENCE_REVIEWER", 1)
        await seen.tab.click("[data-act=renew]")
        await seen.tab.wait_for_selector("#signed-out-words:has-text('另一个人')")
        nobody = [status for _, status in await decided(site, 0) if status == 201]
        await site.sign_in(other, "EVIDENCE_REVIEWER", 0)
        await seen.tab.click("[data-act=renew]")
        await seen.tab.wait_for_selector("#signed-out", state="hidden")
        acts = await decided(site, 2)

    assert nobody == []
    assert [status for _, status in acts if status < 400] == [201]


async def test_a_page_that_is_closed_sends_what_it_holds(site: Place) -> None:
    await site.push(1)
    async with site.tab("EVIDENCE_REVIEWER", viewport=WINDOW) as seen:
        await begin(site, seen.tab)
        await seen.tab.keyboard.press("KeyX")
        await seen.tab.keyboard.press("Digit3")
        await seen.tab.goto(f"{site.url}/console/ledger")
        acts = await decided(site, 1)

    assert [status for _, status in acts] == [201]


async def test_the_first_load_of_the_desk_is_at_most_60_kb_beside_its_pictures(site: Place) -> None:
    await site.push(1)
    sizes: dict[str, int] = {}
    async with site.tab("EVIDENCE_REVIEWER", viewport=WINDOW) as seen:

        async def note(answer: Any) -> None:
            if answer.request.resource_type in ("document", "stylesheet", "script"):
                await answer.finished()
                sizes[answer.url.rpartition("/")[2]] = (await answer.request.sizes())["responseBodySize"]

        seen.tab.on("response", note)
        await begin(site, seen.tab)

    assert len(sizes) >= 10
    assert sum(sizes.values()) <= 60_000, sizes


async def test_what_others_wrote_is_text_and_never_markup(site: Place) -> None:
    await site.push(1)
    planted = '<img src=x onerror="document.title=1"><b>planted</b>'

    async def plant(route: Any) -> None:
        answer = await route.fetch()
        body = await answer.json()
        planted_in = {name: planted for name in ("plate", "place", "device_code") if name in body}
        await route.fulfill(response=answer, json=body | planted_in)

    async with site.tab("EVIDENCE_REVIEWER", viewport=WINDOW) as seen:
        await seen.tab.route("**/v1/devices/*", plant)
        await seen.tab.route(re.compile(r"/v1/captures/evd_\w+$"), plant)
        await begin(site, seen.tab)
        facts = await seen.tab.inner_text("#facts")
        listed = await seen.tab.inner_text("#items")
        made = await seen.tab.evaluate(
            "document.querySelectorAll('b b, dd img, #items b b, .code img').length"
        )

    assert facts.count(planted) == 3
    assert planted in listed
    assert made == 0
    assert seen.complaints == []
