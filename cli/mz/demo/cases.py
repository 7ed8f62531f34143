"""Twelve cases and their twelve ends: `./mz demo cases`.

    a lawful camera ▶ a capture for each case ▶ the acts of its end ▶ its documents, its bundle, one line each

It uses nothing but the public API. What is the same in every case is played without a word: the camera's way into
service, the capture and its two reviewers. The acts that lead to this end and no other are told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mz.demo.camera import Camera
from mz.demo.cast import Cast
from mz.demo.contested import instalments_and_late, reconsideration_changes, upheld_and_court
from mz.demo.elsewhere import Elsewhere
from mz.demo.ends import fined_elsewhere, first_offence, minor, no_fact, time_barred, under_14, wrong_party
from mz.demo.fakebank import FakeBank
from mz.demo.longerends import hearing_and_discussion
from mz.demo.stage import Scene, Step
from mz.demo.story import camera_becomes_lawful
from mz.demo.takenback import retro_invalidated
from mz.operate.proof import export_bundle


@dataclass(frozen=True)
class Ending:
    """One end: its name, its law, the state it leads to, and the acts that lead there; they return the case's id."""

    title: str
    law: str
    state: str
    play: Callable[[Cast], Awaitable[str]]


@dataclass(frozen=True)
class Ended:
    """How a case ended: its number, state and outcome, the numbers of its documents, and the verdict on its bundle."""

    title: str
    case_id: str
    number: str
    state: str
    outcome: str
    documents: tuple[str, ...]
    verdict: str
    holds: bool


# The look-back asks whether the party violated before, so the first offence is played first.
ENDINGS: Final = (
    Ending("初次违法并及时改正,不予立案", "APL 33(1); NJ 4", "NOT_FILED", first_offence),
    Ending("轻微并及时改正,没有危害后果,不予立案", "APL 33(1); NJ 4", "NOT_FILED", minor),
    Ending("陈述申辩被采纳,违法事实不能成立", "APL 57(1)(3)", "ARCHIVED", no_fact),
    Ending("不满十四周岁,不予处罚,责令监护人管教", "APL 30", "NOT_FILED", under_14),
    Ending("认错当事人:释放并告知,改认后及时改正,不予立案", "APL 40; NJ 4", "NOT_FILED", wrong_party),
    Ending("听证、法制审核、集体讨论之后处罚并履行", "APL 57(2), 58, 63", "ARCHIVED", hearing_and_discussion),
    Ending("分期缴纳,逾期加处罚款", "APL 66(2), 72", "ARCHIVED", instalments_and_late),
    Ending("复议变更为较轻的处罚并退款", "ARL 32, 63", "ARCHIVED", reconsideration_changes),
    Ending("复议维持、起诉后判决驳回", "ALL 45, 69", "ARCHIVED", upheld_and_court),
    Ending("已过追究时效,不再给予处罚", "APL 36", "ARCHIVED", time_barred),
    Ending("同一行为已由其他机关罚款,不再处罚", "APL 29", "ARCHIVED", fined_elsewhere),
    # The last one: the camera's captures are no evidence from its day on.
    Ending("归档后发现设备不合法,撤销并退款", "APL 41(1), 75(2)", "ARCHIVED", retro_invalidated),
)


async def play(
    scene: Scene, cameras: tuple[Camera, Camera], bank: FakeBank, folder: Path, *, trusted: Sequence[str]
) -> list[Ended]:
    """Every case to its end; the bundles are written into `folder` and verified against the keys in `trusted`.

    `cameras` are one of the first agency and one of the second, which sees one act too.
    """
    quiet = Scene(scene.stage, _silent, scene.calendar)
    there = Scene(Elsewhere(scene.stage, agency=1), _silent, scene.calendar)
    watching = await camera_becomes_lawful(quiet, cameras[0])
    watching_there = await camera_becomes_lawful(there, cameras[1])
    await scene.say("系统", f"设备 {watching.code} 依法启用;以下每一案从它的一次抓拍开始", "APL 41")
    cast = Cast(scene, quiet, watching, bank, watching_there)
    ended = []
    for n, ending in enumerate(ENDINGS, 1):
        await scene.say(f"第 {n} 案", ending.title, ending.law)
        case_id = await ending.play(cast)
        ended.append(await _ended(scene, ending, case_id, folder, trusted))
    return ended


async def _ended(scene: Scene, ending: Ending, case_id: str, folder: Path, trusted: Sequence[str]) -> Ended:
    case: dict[str, Any] = await scene.read("CASE_OFFICER", f"/v1/cases/{case_id}")
    page = await scene.read("CASE_OFFICER", f"/v1/cases/{case_id}/documents")
    bundle = await export_bundle(scene.stage, case_id, folder, trusted=trusted)
    decision, unfiled = case["decision"], case["non_filing"]
    outcome = decision["outcome"] if decision else unfiled["reason"]
    kinds = tuple(document["kind"] for document in page["items"])
    holds = bundle.holds and case["state"] == ending.state
    return Ended(ending.title, case_id, case["number"], case["state"], outcome, kinds, bundle.verdict, holds)


async def _silent(step: Step) -> None:
    """What every case has in common is played without a word."""
