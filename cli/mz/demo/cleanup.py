"""The story of a clean-up campaign: `./mz demo cleanup`.

    an old inventory is imported ▶ the campaign opens, the baseline freezes ▶ findings ▶ people decide, devices stop ▶
      Annex 1, the overall report, the seal ▶ a second agency declares zero ▶ a third is late: an oversight item

It uses nothing but the public API. A quiet prelude brings one lawful camera, so that the table has a row that is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from common.values.calendar import legal_day
from mz import ROOT
from mz.demo.camera import Camera
from mz.demo.stage import Refused, Scene, Step, records_of
from mz.demo.story import camera_becomes_lawful

INVENTORY: Final = ROOT / "tests" / "data" / "shanghai-enforcement-cameras.csv"
ROWS: Final = 12
_FILES: Final = {
    "annex-1-workbook": "annex-1.xlsx",
    "document": "annex-1.pdf",
    "overall-report": "report.pdf",
}
_NAMES: Final = {0: "城管设备管理员", 1: "交通设备管理员"}


@dataclass(frozen=True)
class Outcome:
    """How the campaign ended: the total row of Annex 1, the late agencies, their items, and the files."""

    devices: int
    stopped: int
    kept: int
    fines: str
    late: tuple[str, ...]
    items: int
    folder: Path


async def play(scene: Scene, camera: Camera, folder: Path) -> Outcome:
    """The whole story; the documents are written into `folder`."""
    await camera_becomes_lawful(Scene(scene.stage, _silent), camera)
    await _inventory_comes(scene)
    campaign, late = await _campaign_opens(scene)
    await _devices_are_judged(scene)
    report, annex = await _annex_is_handed_in(scene)
    await _zero_is_declared(scene)
    items = await _deadline_passes(scene, campaign, late)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, file in _FILES.items():
        (folder / file).write_bytes(await scene.read("DEVICE_ADMIN", f"{report}/{name}"))
    total = annex["total"]
    return Outcome(total["devices"], total["stopped"], total["kept"], total["fines"], (late,), items, folder)


async def _inventory_comes(scene: Scene) -> None:
    """The first rows of a real list of cameras, as its owner has it."""
    lines = INVENTORY.read_bytes().splitlines(keepends=True)
    content = b"".join(lines[: ROWS + 1])
    source = f"demo-{sha256(f'{scene.stage.now()}'.encode()).hexdigest()[:8]}"
    headers = {"content-type": "text/csv", "inventory-source": source}
    answer = await scene.stage.upload("DEVICE_ADMIN", "/v1/device-imports", content, headers)
    if not answer.is_success:
        raise Refused(f"the import: {answer.status_code} {answer.text[:800]}")
    done: dict[str, Any] = answer.json()
    text = f"导入存量设备台账 {done['total']} 行:登记 {done['imported']} 台,状态“存量待核”"
    await scene.tell(Step(scene.stage.now(), _NAMES[0], text, "PJ §2", records_of(answer)))


async def _campaign_opens(scene: Scene) -> tuple[str, str]:
    """The address of the campaign, and the id of the agency that will be late."""
    ours = [(await scene.read("DEVICE_ADMIN", "/v1/me", agency=n))["agency"]["agency_id"] for n in (0, 1)]
    supervisor = (await scene.read("SUPERVISOR", "/v1/me"))["agency"]["agency_id"]
    listed = await scene.read("SUPERVISOR", "/v1/public/agencies")
    others = [each["agency_id"] for each in listed["items"] if each["agency_id"] not in (*ours, supervisor)]
    today = legal_day(scene.stage.now())
    order = {
        "title": "全面清理规范执法类电子技术监控设备",
        "as_of": f"{today}",
        "deadline": f"{today + timedelta(days=20)}",
        "agency_ids": [*ours, others[0]],
    }
    opened = await scene.act(
        "SUPERVISOR", "/v1/cleanup-campaigns", order, "部署清理规范工作,三个机关填报,二十日内报送", "PJ §3(2)"
    )
    path = f"/v1/cleanup-campaigns/{opened['campaign_id']}"

    async def frozen() -> dict[str, Any] | None:
        campaign: dict[str, Any] = await scene.read("SUPERVISOR", path)
        return campaign if campaign["frozen_at"] else None

    campaign = await scene.until(frozen, "the baseline is frozen")
    await scene.say("系统", f"清理规范前的基准已固定:{campaign['devices']} 台在用设备,此后不再变更", "PJ §A")
    return path, others[0]


async def _devices_are_judged(scene: Scene) -> None:
    """Item 1 is confirmed of each device without a basis; what else was found follows from it."""
    done = await scene.act(
        "DEVICE_ADMIN", "/v1/cleanup-evaluations", {}, "对照七种情形逐台核查", "PJ §2", actor=_NAMES[0]
    )
    found = "、".join(f"第{name[-1]}项 {count} 台" for name, count in done["raised"].items())
    await scene.say("系统", f"核查 {done['devices']} 台:{found or '没有发现'}", "PJ §2")
    quiet, stopped = Scene(scene.stage, _silent), 0
    for finding in await _open_findings(scene):
        is_first = finding["category"] == "CU-1"
        reason = "没有法律、行政法规依据,停止使用。" if is_first else "与第1项系同一设备,不另行认定。"
        order = {"outcome": "CONFIRM" if is_first else "DISMISS", "reason": reason}
        path = f"/v1/findings/{finding['finding_id']}"
        await quiet.act("DEVICE_ADMIN", f"{path}/proposal", order, "提出处理意见", "PJ §2")
        await quiet.act("AGENCY_HEAD", f"{path}/decision", order, "认定", "PJ §2")
        stopped += is_first
    await scene.say(
        "局长", f"逐项认定:{stopped} 台没有依据,立即停止使用,此后的记录不得作为证据", "PJ §2; APL 41"
    )


async def _open_findings(scene: Scene) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await scene.read("DEVICE_ADMIN", f"/v1/findings?state=OPEN&limit=200&cursor={cursor}")
        found += page["items"]
        if not page["next_cursor"]:
            return found
        cursor = page["next_cursor"]


async def _annex_is_handed_in(scene: Scene) -> tuple[str, dict[str, Any]]:
    path = await _report_of(scene, 0)
    order = _form(scene, "ANNEX_1") | {
        "problems": "存量设备没有登记执法情形与设置依据。",
        "next_steps": "确有必要的,补充依据后按新设备程序报审。",
    }
    drafted = await scene.act(
        "DEVICE_ADMIN", f"{path}/draft", order, "填报附件1:各行与总计由系统计算", "PJ §A", actor=_NAMES[0]
    )
    for row in drafted["annex"]["rows"]:
        cells = (row["scenario"], row["basis"], f"{row['devices']} 台", f"{row['fines']} 元", row["result"])
        await scene.say("附件1", f"{row['number']}. {'|'.join(cells)}")
    await scene.refused(
        "DEVICE_ADMIN", f"{path}/submission", {}, "没有公章的填报被拒绝", "ANX_HEADER_INCOMPLETE"
    )
    await _seal_and_submit(scene, path, 0, "加盖公章报送附件1与总体情况报告")
    await scene.act("SUPERVISOR", f"{path}/acceptance", {}, "收讫", "PJ §3(2)")
    annex: dict[str, Any] = drafted["annex"]
    await scene.say(
        "附件1",
        f"总计 {annex['total']['devices']} 台(套),{annex['total']['fines']} 元;{annex['total']['result']}",
    )
    return path, annex


async def _zero_is_declared(scene: Scene) -> None:
    path = await _report_of(scene, 1)
    order = _form(scene, "ZERO_DECLARATION")
    text = "没有使用电子技术监控设备,填报书面反馈"
    await scene.act("DEVICE_ADMIN", f"{path}/draft", order, text, "PJ §3(2)", agency=1, actor=_NAMES[1])
    await _seal_and_submit(scene, path, 1, "加盖公章报送零报告")


async def _seal_and_submit(scene: Scene, path: str, agency: int, text: str) -> None:
    seal = {"seal": {"kind": "SCANNED_COPY", "sha256": sha256(f"stamped {path}".encode()).hexdigest()}}
    await scene.act(
        "DEVICE_ADMIN", f"{path}/submission", seal, text, "PJ §3(2)", agency=agency, actor=_NAMES[agency]
    )


async def _deadline_passes(scene: Scene, campaign: str, late: str) -> int:
    """How many oversight items there are for the agency that is late."""
    await scene.pass_time("过去二十一日,报送期限届满", "", days=21)

    async def opened() -> list[Any] | None:
        page = await scene.read("SUPERVISOR", "/v1/oversight-items?type=OV-8&limit=200")
        return [item for item in page["items"] if item["agency_id"] == late] or None

    items = await scene.until(opened, "an oversight item for the late report")
    state = await scene.read("SUPERVISOR", campaign)
    missing = [each for each in state["reports"] if each["late"]]
    await scene.say("系统", f"逾期未报 {len(missing)} 个机关,已列明,并生成监督事项 OV-8", "PJ §3(2)")
    return len(items)


async def _report_of(scene: Scene, agency: int) -> str:
    """The address of the newest report that is asked of an agency."""
    listed = await scene.read("DEVICE_ADMIN", "/v1/cleanup-reports?limit=200", agency=agency)
    return f"/v1/cleanup-reports/{listed['items'][-1]['report_id']}"


def _form(scene: Scene, kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "filler": "示范填报员",
        "contact": "示范市热线12345",
        "filled_on": f"{legal_day(scene.stage.now())}",
    }


async def _silent(step: Step) -> None:
    """The prelude and the single decisions are played without a word."""
