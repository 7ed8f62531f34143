"""The file of a case as officers work with it: what is due, why an act waits, an act by a form, and what it changed."""

from __future__ import annotations

import re

import httpx
import pytest

from common.values.refusals import Language
from gateway.web.shell import law_of
from tests.case.story import Story
from tests.gateway.browser import Browser
from tests.world import World


async def an_officer(world: World, role: str, purpose: str = "CASE_HANDLING", nth: int = 0) -> Browser:
    """A browser of somebody who has stated what cases are read for."""
    browser = await Browser.of(world, role, nth=nth)
    await browser.open("/console/purpose")
    assert (await browser.submit("/console/purpose", purpose=purpose)).is_redirect
    return browser


async def act(browser: Browser, story: Story, name: str, /, **fields: object) -> httpx.Response:
    """The form of an act, opened and sent with `fields`; what it answers."""
    path = f"/console/cases/{story.case_id}/acts/{name}"
    await browser.open(path)
    return await browser.submit(path, **fields)


@pytest.mark.begins("case opened")
async def test_a_case_is_read_for_a_purpose_that_was_stated(world: World) -> None:
    story = await Story(world).opened()
    browser = await Browser.of(world, "CASE_OFFICER")
    asked = await browser.open(f"/console/cases/{story.case_id}")
    unstated = await browser.submit("/console/purpose")
    shown = await browser.follow(await browser.submit("/console/purpose", purpose="CASE_HANDLING"))
    stolen = await Browser.of(world, "CASE_OFFICER", nth=1)
    stolen.cookies["__Host-purpose"] = browser.cookies["__Host-purpose"]
    again = await stolen.open(f"/console/cases/{story.case_id}")

    assert "您为什么查阅案件" in asked
    assert unstated.status_code == 422
    assert browser.path == f"/console/cases/{story.case_id}"
    assert "办理案件" in shown
    assert "您为什么查阅案件" in again


@pytest.mark.begins("prompt")
async def test_from_what_is_due_to_an_act_and_what_it_changed(world: World) -> None:
    story = await Story(world).opened()
    world.clock.advance(minutes=31)
    officer, head = await an_officer(world, "CASE_OFFICER"), await an_officer(world, "AGENCY_HEAD")
    second = world.person("CASE_OFFICER", nth=1).id
    findings = {f"findings.{name}": "no" for name in ("minor", "promptly_corrected", "harmless")}
    fields = findings | {"second_officer_id": second, "reason": "提示后未改正"}

    applied = await act(officer, story, "filing-application", **fields)
    after = await officer.follow(applied)
    forged = await head.open(f"/console/cases/{story.case_id}{officer.path.partition(story.case_id)[2]}")
    due = await head.open("/console/today")
    filed = await head.follow(await act(head, story, "filing"))

    assert "状态由「已提示」变为「待批准立案」" in after
    assert "变为「待批准立案」" not in forged
    assert "决定是否立案" in due
    assert f"/console/cases/{story.case_id}" in due
    assert "状态由「待批准立案」变为「已立案」" in filed
    assert (await story.view())["state"] == "FILED"


@pytest.mark.begins("prompt")
async def test_faults_stand_beside_their_fields_and_nothing_typed_is_lost(world: World) -> None:
    story = await Story(world).opened()
    officer = await an_officer(world, "CASE_OFFICER")

    answer = await act(
        officer, story, "filing-application", reason="<script>alert(1)</script>", second_officer_id="x"
    )

    assert answer.status_code == 422
    beside = re.findall(r'<p class="fault" id="e-([\w.]+)">', answer.text)
    assert {"second_officer_id", "findings.minor"} <= set(beside)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "<script>alert" not in answer.text


@pytest.mark.slow
@pytest.mark.begins("review")
async def test_an_act_that_is_not_lawful_now_says_why_with_its_article(world: World) -> None:
    story = await Story(world).opened()
    officer = await an_officer(world, "CASE_OFFICER")
    page = await officer.open(f"/console/cases/{story.case_id}")
    done = await act(officer, story, "closure-proposal")

    refusal = (await story.act("CASE_OFFICER", "closure-proposal", {})).json()
    assert "<button disabled>申请结案</button>" in page
    assert refusal["detail"] in page
    assert f"<b>{law_of(refusal['article'], Language.ZH)}</b>" in page
    assert (done.status_code, refusal["detail"] in done.text) == (409, True)
    assert "提出结案须在已履行、" in refusal["detail"]


@pytest.mark.slow
@pytest.mark.begins("prompt")
async def test_an_act_on_a_file_that_changed_meanwhile_asks_to_look_again(world: World) -> None:
    story = await Story(world).opened()
    await story.apply()
    head = await an_officer(world, "AGENCY_HEAD")
    path = f"/console/cases/{story.case_id}/acts/filing"
    await head.open(path)
    changed = await story.act("CASE_OFFICER", "sheets", {"kind": "D-01"})

    stale = await head.submit(path)
    state = (await story.view())["state"]
    filed = await head.submit(path)

    assert changed.status_code == 201, changed.text
    assert (stale.status_code, "此案刚被更新" in stale.text, state) == (412, True, "READY_TO_FILE")
    assert filed.is_redirect


@pytest.mark.begins("prompt")
async def test_who_signed_in_again_sends_the_form_that_was_filled_in_before(world: World) -> None:
    story = await Story(world).opened()
    officer = await an_officer(world, "CASE_OFFICER")
    path = f"/console/cases/{story.case_id}/acts/filing-application"
    page = await officer.open(path)
    anew = await Browser.of(world, "CASE_OFFICER")
    await anew.open("/console/purpose")

    anew.page = page
    kept = await anew.submit(path, reason="提示后未改正")
    sent = await anew.submit(path)

    assert (kept.status_code, "提示后未改正" in kept.text) == (401, True)
    # It reached the rule, which asks for the findings; nobody was asked for a purpose meanwhile.
    assert (sent.status_code, "提示后未改正" in sent.text, "e-findings.minor" in sent.text) == (
        422,
        True,
        True,
    )


@pytest.mark.slow
@pytest.mark.begins("prompt")
async def test_a_form_with_names_and_numbers_of_any_size_is_answered_at_once(world: World) -> None:
    story = await Story(world).opened()
    officer = await an_officer(world, "CASE_OFFICER")

    rows = await act(officer, story, "defence-review", **{"answers.99999999999.number": "1"})
    numbers = await act(officer, story, "defence-review", **{"answers.0.number": "9" * 5_000})
    money = await act(officer, story, "investigation-conclusion", fine_fen="1e900000")

    assert [answer.status_code in (409, 422) for answer in (rows, numbers, money)] == [True] * 3
    assert "1e900000" in money.text


async def test_what_an_inventory_is_called_is_refused_in_words_where_no_header_carries_it(
    world: World,
) -> None:
    officer = await Browser.of(world, "DEVICE_ADMIN")
    await officer.open("/console/imports")
    await officer.open("/console/devices?near=verification")
    await officer.open("/console/imports")

    answer = await officer.submit(
        "/console/imports", source="城管二季度清单", file=[("a.csv", "编号\n1\n".encode(), "text/csv")]
    )

    assert (answer.status_code, "城管二季度清单" in answer.text) == (422, True)
