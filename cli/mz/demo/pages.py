"""The story that stops where people go on: `./mz demo pages`.

    camera in service ▶ three captures wait for their reviewers ▶ one case waits for the words of its party

Nobody is asked to imagine an officer's day: there is something to review, something to answer, and a document to open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mz.demo.camera import Camera
from mz.demo.stage import Scene, Step
from mz.demo.story import (
    camera_becomes_lawful,
    capture_is_pushed,
    capture_is_reviewed,
    case_is_filed,
    case_is_prompted,
    party_is_notified,
)

_CAPTURES: Final = 3


@dataclass(frozen=True)
class Waiting:
    """What waits: the number of the case, and how many captures nobody has looked at."""

    number: str
    captures: int


async def play(scene: Scene, camera: Camera) -> Waiting:
    """Everything up to where a person decides."""
    quiet = Scene(scene.stage, _silent, scene.calendar)
    watching = await camera_becomes_lawful(quiet, camera)
    await scene.say("系统", f"设备 {watching.code} 依法启用", "APL 41")
    evidence_id = await capture_is_pushed(quiet, watching)
    await capture_is_reviewed(quiet, evidence_id)
    # Before the notice: the days in which the party is heard begin with its service.
    for _ in range(_CAPTURES):
        await quiet.pass_time("另一次违法行为", "APL 29", minutes=240)
        await capture_is_pushed(quiet, watching)
    await scene.say("系统", f"{_CAPTURES} 次抓拍通过技术检查,等待两名审核人员", "APL 41(2); NJ 14")
    case_id = await case_is_prompted(scene, evidence_id)
    await case_is_filed(scene, case_id)
    await party_is_notified(scene, case_id)
    case = await scene.read("CASE_OFFICER", f"/v1/cases/{case_id}")
    return Waiting(case["number"], _CAPTURES)


def what_to_try(base_url: str, waiting: Waiting) -> str:
    """The pages to look at, whom to sign in as, and one thing to do on each."""
    return f"""
接下来由您来做 · now it is your turn:
  {base_url}/portal          公众门户:以 张示民 登录,案件 {waiting.number} 等待陈述申辩
                             the party's pages: sign in as 张示民, whose case waits for a statement
  {base_url}/console/review  证据审核:以 周示甲 登录,{waiting.captures} 次抓拍待审;空格逐项回答,回车完成
                             the review desk: sign in as 周示甲; Space answers, Enter finishes
  {base_url}/console/today   今日待办:以 郑示甲(办案)、冯示甲(中队长)、李示甲(局长)登录
                             what is due today: as 郑示甲, 冯示甲 or 李示甲
  ./mz down                  停止 · stop"""


async def _silent(step: Step) -> None:
    """What every case has in common is played without a word."""
