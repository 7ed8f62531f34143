"""The end of a case whose camera turns out, after the archive, not to have been lawful: `./mz demo cases` ends with it.

From here on the captures of the camera since that day are no evidence, so no other case may follow.
"""

from __future__ import annotations

from typing import Final

from common.values.calendar import legal_day
from mz.demo.cast import Cast
from mz.demo.fakebank import REFUND_PATH, refund_notice
from mz.demo.stage import Refused, records_of
from mz.demo.story import capture_is_pushed, capture_is_reviewed, case_runs_to_the_archive, serve

_CERTIFICATE: Final = "JL-0001-02"
_WRONG: Final = {
    "kind": "REVOKE",
    "cause": "RETRO_INVALIDATION",
    "reason": "设备检定证书自抓拍之日前已经无效,其记录不得作为证据",
}


async def retro_invalidated(cast: Cast) -> str:
    """Paid and archived; then the certificate falls, the decision is revoked, and the money goes back."""
    evidence_id = await capture_is_pushed(cast.quiet, cast.watching)
    await capture_is_reviewed(cast.quiet, evidence_id)
    since = legal_day(cast.scene.stage.now())
    case_id = await case_runs_to_the_archive(cast.quiet, evidence_id, cast.bank)
    await cast.scene.say("系统", "罚款已缴,案卷已归档", "APL 67; NJ 17")
    found = {
        "paper": "CERTIFICATE",
        "number": _CERTIFICATE,
        "invalid_from": f"{since}",
        "reason": "检定机构撤销该证书。",
    }
    path = f"/v1/devices/{cast.watching.id}/corrections"
    await cast.scene.act("DEVICE_ADMIN", path, found, "登记系统认定检定证书自抓拍之日无效", "APL 41(1)")

    async def noted() -> bool | None:
        case = await cast.quiet.read("CASE_OFFICER", f"/v1/cases/{case_id}")
        return True if case["invalidations"] else None

    await cast.scene.until(noted, "the task of the archived case")
    await cast.scene.say("系统", "已归档案件出现待办:记录失效,依法处理前不得继续", "APL 41(1)")
    await cast.act("CASE_OFFICER", case_id, "amendment-proposal", _WRONG, "提出撤销处罚决定", "APL 75(2)")
    passed = {"conclusion": "PASS", "opinion": "证据失效,同意撤销。"}
    await cast.act("CASE_LEGAL_REVIEWER", case_id, "amendment-review", passed, "法制审核通过", "APL 58")
    await cast.act("AGENCY_HEAD", case_id, "revocation", {}, "撤销处罚决定,案件重新启动", "APL 75(2)")
    await serve(cast.scene, case_id, "revocation", "D-36")

    async def told() -> bool | None:
        case = await cast.quiet.read("CASE_OFFICER", f"/v1/cases/{case_id}")
        return True if case["amendments"][-1]["served_at"] else None

    await cast.scene.until(told, "the service of the D-36 noted by the case")
    await refunded(cast, case_id)
    await cast.closed(case_id)
    return case_id


async def refunded(cast: Cast, case_id: str) -> None:
    """The one refund of the case: asked for, approved by finance, returned by the bank."""
    await cast.act("CASE_OFFICER", case_id, "refunds", {"number": 1}, "提请退款", "SCL 36(1)")
    await cast.act("FINANCE_CLERK", case_id, "refunds/1/approval", {}, "财务批准退款", "SCL 36(1)")
    await cast.quiet.pass_time("银行退款", "APL 67", minutes=60)
    (task,) = (await cast.quiet.read("CASE_OFFICER", f"/v1/cases/{case_id}"))["refunds"]
    back = task["fine_fen"] + task["surcharge_fen"] + task["surplus_fen"]
    body = refund_notice(
        reference=task["reference"],
        amount_fen=back,
        refunded_at=cast.scene.stage.now(),
        serial=f"R{task['reference']}",
    )
    told = await cast.bank.tell(cast.scene.stage.http, body, REFUND_PATH)
    if not told.is_success:
        raise Refused(f"refund: {told.status_code} {told.text[:500]}")
    await cast.scene.say(
        "示范银行", f"签名回执:已退还 {back / 100:.2f} 元", "APL 67; SCL 36(1)", records_of(told)
    )
