"""The ends of a case that the party contests or cannot pay at once, as `./mz demo cases` plays them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from common.values.calendar import legal_day
from mz.demo import orders
from mz.demo.cast import Cast
from mz.demo.takenback import refunded

_ORGAN: Final = {
    "number": None,
    "forum": "RECONSIDERATION",
    "procedure": "ORDINARY",
    "organ": "示范市人民政府",
}
_COURT: Final = {"number": None, "forum": "LITIGATION", "procedure": None, "organ": "示范市人民法院"}


async def reconsideration_changes(cast: Cast) -> str:
    """Paid, then halved by the reconsideration organ: the difference goes back."""
    case_id = await _decided(cast)
    await cast.paid(case_id, orders.DECISION["fine_fen"])
    number = await _through_the_agency(cast, case_id)
    lighter = {"kind": "FINE", "fine_fen": orders.DECISION["fine_fen"] // 2}
    await _ends(
        cast, case_id, number, "CHANGED", "复议机关变更为罚款 50.00 元", flaw="IMPROPER", penalty=lighter
    )
    await refunded(cast, case_id)
    await cast.closed(case_id)
    return case_id


async def upheld_and_court(cast: Cast) -> str:
    """Upheld by the organ, and again by the court; only the days between the two bear a surcharge."""
    case_id = await _decided(cast)
    await _summoned(
        cast, case_id, _ORGAN | {"reference": "示复〔2025〕2号"}, "收到行政复议受理通知", "ARL 48"
    )
    await _answered(cast, case_id, 1, "ARL 48")
    await _ends(cast, case_id, 1, "UPHELD", "复议机关维持原处罚决定")
    await cast.quiet.pass_time("复议决定送达之后", "ALL 45", days=5)
    await _summoned(
        cast, case_id, _COURT | {"reference": "(2025)示行初2号"}, "收到人民法院应诉通知", "ALL 67"
    )
    await _answered(cast, case_id, 2, "ALL 67")
    await cast.quiet.pass_time("一审审理", "ALL 81", days=40)
    await _ends(cast, case_id, 2, "UPHELD", "人民法院判决驳回诉讼请求")
    await cast.paid(case_id, orders.DECISION["fine_fen"])
    await cast.scene.say("系统", "两次救济之间逾期四日,加处 12.00 元;救济期间不计", "APL 72(1)(1), 73(3)")
    await cast.paid(case_id, orders.DECISION["fine_fen"] * 12 // 100)
    await cast.closed(case_id)
    return case_id


async def instalments_and_late(cast: Cast) -> str:
    """In real difficulty the party pays in two parts; the second comes three days late and bears a surcharge."""
    case_id = await _decided(cast)
    today = legal_day(cast.scene.stage.now())
    plan = [
        {"due_on": f"{today + timedelta(days=days)}", "amount_fen": orders.DECISION["fine_fen"] // 2}
        for days in (30, 60)
    ]
    asked = {"grounds": "本人失业,家中有人住院,暂无力一次缴清。", "parts": plan}
    await cast.act("PARTY", case_id, "instalments", asked, "申请分两期缴纳", "APL 66(2)")
    granted = {"granted": True, "reason": "确有经济困难"}
    await cast.act("AGENCY_HEAD", case_id, "instalments/1/decision", granted, "准予分期缴纳", "APL 66(2)")
    case = await cast.quiet.read("CASE_OFFICER", f"/v1/cases/{case_id}")
    first, second = (part["reference"] for part in case["reliefs"][-1]["parts"])
    half = orders.DECISION["fine_fen"] // 2
    await cast.quiet.pass_time("第一期", "APL 66(2)", days=29)
    await cast.paid(case_id, half, reference=first)
    await cast.quiet.pass_time("第二期届满三日后", "APL 72", days=34)
    await cast.paid(case_id, half, reference=second)
    await cast.scene.say("系统", "逾期三日,按日加处百分之三:还欠 4.50 元", "APL 72(1)(1)")
    await cast.paid(case_id, half * 9 // 100, reference=second)
    await cast.closed(case_id)
    return case_id


async def _decided(cast: Cast) -> str:
    """A case whose fine is decided and served."""
    case_id = await cast.prompted()
    await cast.filed(case_id)
    await cast.signed(case_id, "在调查终结报告上签名")
    await cast.heard(case_id)
    await cast.decided(case_id)
    await cast.until_state(case_id, "PERFORMING")
    return case_id


async def _through_the_agency(cast: Cast, case_id: str) -> int:
    """The party applies through the deciding agency, which forwards; the organ takes the application up."""
    application = {"request": "请求减轻处罚。", "reasons": "当时送病人就医,属于紧急情况。"}
    await cast.act("PARTY", case_id, "remedies", application, "通过原机关申请行政复议", "ARL 32")
    opinion = {"opinion": "事实清楚,证据确凿,维持原处罚决定。"}
    await cast.act(
        "AGENCY_HEAD", case_id, "remedies/1/forwarding", opinion, "五个工作日内转送复议机关", "ARL 32"
    )
    summons = _ORGAN | {"number": 1, "reference": "示复〔2025〕1号"}
    await _summoned(cast, case_id, summons, "收到行政复议受理通知", "ARL 48")
    await _answered(cast, case_id, 1, "ARL 48")
    return 1


async def _summoned(cast: Cast, case_id: str, summons: dict[str, Any], text: str, law: str) -> None:
    day = f"{legal_day(cast.scene.stage.now())}"
    order = summons | {"filed_on": day, "accepted_on": day, "copy_on": day}
    await cast.act("CASE_OFFICER", case_id, "remedy-summons", order, text, law)


async def _answered(cast: Cast, case_id: str, number: int, law: str) -> None:
    order = {"reasons": ["图片证明该车停放于人行道。"], "signed_as": "李示甲"}
    await cast.act("AGENCY_HEAD", case_id, f"remedies/{number}/answer", order, "提交答复与证据目录", law)


async def _ends(cast: Cast, case_id: str, number: int, result: str, text: str, **more: Any) -> None:
    await cast.quiet.pass_time("审理期间", "ARL 62", days=20)
    day = f"{legal_day(cast.scene.stage.now())}"
    order = {"result": result, "decided_on": day, "effective_on": day, **more}
    order["document_sha256"] = await cast.kept(case_id)
    await cast.act("CASE_OFFICER", case_id, f"remedies/{number}/result", order, text, "APL 73")
