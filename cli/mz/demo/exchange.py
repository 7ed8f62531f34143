"""The story of two agencies that need each other: `./mz demo exchange`.

    comparison ▶ assistance given ▶ assistance refused ▶ a transfer returned, one accepted ▶ silence, urged twice,
      escalated ▶ the oversight item ▶ a second fine for one act is refused ▶ the dossiers, verified without us

It uses nothing but the public API, and each act is by a person who may do it. Everything happens for one parked car
that the cameras of both agencies saw. A quiet prelude makes the case of each, as in the story of a case.
"""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ledger
from mz.demo import orders
from mz.demo.camera import Camera
from mz.demo.elsewhere import Elsewhere
from mz.demo.stage import Scene, Step
from mz.demo.story import (
    camera_becomes_lawful,
    capture_is_pushed,
    capture_is_reviewed,
    case_is_decided,
    case_is_filed,
    case_is_prompted,
    party_is_heard,
)
from mz.demo.transfers import transfer_is_accepted, transfer_is_returned

OFFICER: Final = "EXCHANGE_OFFICER"
ASKING: Final = 0
ASKED: Final = 1
_ASKING_NAME: Final = "城管数据交换员"
_ASKED_NAME: Final = "交通数据交换员"
_NAMES: Final = {ASKING: _ASKING_NAME, ASKED: _ASKED_NAME}
_BASIS: Final = [{"name": "中华人民共和国行政处罚法", "article": "第二十六条"}]
_PLATE: Final = "苏A10001"


@dataclass(frozen=True)
class Dossier:
    """The dossier of one exchange in a folder, and what the verifier says about it."""

    title: str
    folder: Path
    verdict: str
    holds: bool


@dataclass
class Story:
    """The two agencies on their stage. `case_id` is the case that everything is for."""

    scene: Scene
    case_id: str
    asked_id: str

    async def act(
        self, agency: int, path: str, order: dict[str, Any], text: str, article: str
    ) -> dict[str, Any]:
        """An act of the exchange officer of `agency`."""
        return await self.scene.act(OFFICER, path, order, text, article, agency=agency, actor=_NAMES[agency])

    async def compare(self) -> None:
        """The owner of a plate from the register of the police: only the agreed fields, and what was withheld."""
        order: dict[str, Any] = {
            "kind": "PLATE_OWNER",
            "purpose": "IDENTIFY_PARTY",
            "case_id": self.case_id,
            "basis": _BASIS,
            "subject": {"kind": "PLATE", "value": _PLATE},
        }
        answer = await self.act(ASKING, "/v1/comparisons", order, "向机动车登记库比对号牌", "NJ 18(1)")
        withheld = "、".join(field["pointer"] for field in answer["withheld"])
        await self.scene.say("系统", f"比对结果 {answer['verdict']};按协议未提供:{withheld}", "NJ 17")
        order = {**order, "case_id": None}
        await self.scene.refused(
            OFFICER, "/v1/comparisons", order, "没有案件的比对被拒绝", "DX_CASE_REQUIRED", agency=ASKING
        )

    async def ask(self, subject: str) -> str:
        """A request for assistance; the address of its acts."""
        order: dict[str, Any] = {
            "to_agency_id": self.asked_id,
            "case_id": self.case_id,
            "purpose": "VERIFY_FACT",
            "basis": _BASIS,
            "subject": subject,
            "reason": "案件调查需要",
            "items": ["该路段当日养护作业记录"],
            "contact": "城管数据交换员",
        }
        text = f"发出协助请求:{subject}"
        exchange = await self.act(ASKING, "/v1/assistance-requests", order, text, "NJ 18(1); APL 26")
        return f"/v1/exchanges/{exchange['exchange_id']}"

    async def assistance_is_given(self) -> str:
        path = await self.ask("协助核查道路养护作业")
        await self.act(ASKED, f"{path}/acknowledgement", {}, "签收请求", "NJ 18(1)")
        await self.act(ASKED, f"{path}/acceptance", {"note": "三日内提供"}, "同意协助", "NJ 18(1)")
        order = {"text": "当日该路段无养护作业", "is_whole": True}
        await self.act(ASKED, f"{path}/deliverables", order, "提供结果(复函)", "NJ 18(1)")
        await self.act(ASKING, f"{path}/closure", {}, "办结", "NJ 18(1)")
        return path

    async def assistance_is_refused(self) -> str:
        path = await self.ask("协助提供监控录像")
        reason = {"code": "R3", "reason": "该路段未设置监控"}
        await self.scene.refused(
            OFFICER, f"{path}/refusal", reason | {"code": "R9"}, "没有法定事由代码的拒绝不成立",
            "DX_REFUSAL_CODE_REQUIRED", agency=ASKED,
        )  # fmt: skip
        await self.act(ASKED, f"{path}/refusal", reason, "拒绝:没有该数据(R3),书面说明理由", "NJ 18(1)")
        return path

    async def silence_is_escalated(self) -> str:
        path = await self.ask("协助核对车辆营运信息")
        await self.scene.refused(
            OFFICER, f"{path}/urgings", {}, "期限未满,催促被拒绝", "DX_URGE_TOO_EARLY", agency=ASKING
        )
        for days, pressure, text in (
            (6, "URGED", "逾期未答复,系统记录沉默并发出催促函"),
            (4, "URGED_TWICE", "催促期满仍未答复,第二次催促"),
            (4, "ESCALATED", "两次催促无果,报请监督"),
        ):
            await self.scene.pass_time(f"过去 {days} 个工作日", "", working_days=days)
            await self._until_pressure(path, pressure)
            await self.scene.say("系统", text, "NJ 22(2)")
        return path

    async def supervisor_looks(self) -> None:
        async def opened() -> dict[str, Any] | None:
            page = await self.scene.read("SUPERVISOR", "/v1/oversight-items?type=OV-2&limit=200")
            items = [item for item in page["items"] if item["agency_id"] == self.asked_id]
            return items[-1] if items else None

        item = await self.scene.until(opened, "an oversight item for the silence")
        text = f"收到监督事项 {item['type']},期限 {item['due_on']},附全部往来记录"
        await self.scene.say("执法监督员", text, "NJ 22(2)")
        path = f"/v1/oversight-items/{item['item_id']}"
        reply = {"text": "经办人员休假,未及时转办,现已补办"}
        await self.scene.act(
            "AGENCY_HEAD", f"{path}/reply", reply, "说明情况", "AES 22(1)", agency=ASKED, actor="交通支队长"
        )

    async def _until_pressure(self, path: str, pressure: str) -> None:
        async def reached() -> bool | None:
            exchange = await self.scene.read(OFFICER, path, agency=ASKING)
            return True if exchange["pressure"] == pressure else None

        await self.scene.until(reached, f"the pressure {pressure}")

    async def dossier(self, path: str, title: str, folder: Path, trusted: Sequence[str]) -> Dossier:
        """Fetch the dossier, unpack it into `folder`, and let the verifier read it alone."""
        content = await self.scene.read(OFFICER, f"{path}/dossier", agency=ASKING)
        name = f"exchange-{path.rpartition('/')[2]}"
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            archive.extractall(folder, filter="data")
        verifier = Path(ledger.__file__).parent / "verify.py"
        command = [sys.executable, "-I", "-S", str(verifier), "--exchange", str(folder / name), *trusted]
        run = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        verdict = (run.stdout or run.stderr).strip().splitlines() or [f"exit {run.returncode}"]
        return Dossier(title, folder / name, verdict[0], run.returncode == 0)


async def play(
    scene: Scene, cameras: tuple[Camera, Camera], folder: Path, *, trusted: Sequence[str]
) -> list[Dossier]:
    """The whole story; the dossiers of its exchanges as the verifier sees them. `trusted` are keys it is told.

    `cameras` are one of the first agency and one of the second.
    """
    ours, theirs = await _one_car_before_both(scene, cameras)
    case_id = await case_of(scene, ours)
    await scene.say("系统", "两个机关的摄像机拍到同一辆车,各有一件在办案件;以下往来为此案而发生", "NJ 17")
    asked = (await scene.read(OFFICER, "/v1/me", agency=ASKED))["agency"]["agency_id"]
    story = Story(scene, case_id, asked)
    await story.compare()
    given = await story.assistance_is_given()
    refused = await story.assistance_is_refused()
    await transfer_is_returned(scene, asked)
    await transfer_is_accepted(scene, asked)
    silent = await story.silence_is_escalated()
    await story.supervisor_looks()
    await _second_fine_is_refused(scene, ours, theirs)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    titles = {"协助的卷宗": given, "拒绝的卷宗": refused, "沉默的卷宗": silent}
    return [await story.dossier(path, title, folder, trusted) for title, path in titles.items()]


async def _silent(step: Step) -> None:
    """The prelude is played without a word."""


async def _one_car_before_both(scene: Scene, cameras: tuple[Camera, Camera]) -> tuple[str, str]:
    """One parked car before the cameras of both agencies at one hour: the accepted capture of each."""
    elsewhere = Elsewhere(scene.stage, ASKED)
    here, there = Scene(scene.stage, _silent, scene.calendar), Scene(elsewhere, _silent, scene.calendar)
    watching = await camera_becomes_lawful(here, cameras[0])
    watching_there = await camera_becomes_lawful(there, cameras[1])
    ours = await capture_is_pushed(here, watching)
    elsewhere.stands = True
    theirs = await capture_is_pushed(there, watching_there)
    await capture_is_reviewed(here, ours)
    await capture_is_reviewed(there, theirs)
    return ours, theirs


async def case_of(scene: Scene, evidence_id: str) -> str:
    """The case that the accepted capture opened."""

    async def opened() -> str | None:
        page = await scene.read("CASE_OFFICER", "/v1/cases?limit=200")
        for summary in reversed(page["items"]):
            case = await scene.read("CASE_OFFICER", f"/v1/cases/{summary['id']}")
            if any(exhibit["evidence_id"] == evidence_id for exhibit in case["exhibits"]):
                return str(case["id"])
        return None

    return await scene.until(opened, "a case for the accepted capture")


async def _second_fine_is_refused(scene: Scene, ours: str, theirs: str) -> None:
    """The second agency fines the act; the first asks before its own decision, and is refused (APL 29)."""
    there = Scene(Elsewhere(scene.stage, ASKED), _silent, scene.calendar)
    case_id = await case_is_prompted(there, theirs)
    await case_is_filed(there, case_id)
    await party_is_heard(there, case_id)
    await case_is_decided(there, case_id)
    await scene.say("交通支队", "对这辆车的违法停放作出罚款决定并送达", "APL 57")
    here = Scene(scene.stage, _silent, scene.calendar)
    case_id = await case_is_prompted(here, ours)
    await case_is_filed(here, case_id)
    await party_is_heard(here, case_id)
    await scene.refused(
        "AGENCY_HEAD", f"/v1/cases/{case_id}/decision", orders.DECISION,
        "城管局决定前询问其他机关:同一行为已被处罚,不再罚款", "CASE_DUPLICATE_PENALTY",
    )  # fmt: skip
