"""The ends of a case that go a longer way, as `./mz demo cases` plays them."""

from __future__ import annotations

from datetime import timedelta

from mz.demo import orders
from mz.demo.cast import Cast
from mz.demo.story import case_is_performed, serve

_POINTS = 7


async def hearing_and_discussion(cast: Cast) -> str:
    """A difficult case: a hearing, a legal review and a discussion of the heads come before the fine."""
    case_id = await cast.prompted()
    await cast.filed(case_id)
    await cast.signed(case_id, "在调查终结报告上签名:案情复杂", complex_case=True)
    await cast.heard(case_id)
    await _is_heard_in_a_sitting(cast, case_id)
    review = {
        "verdict": "PASS",
        "remarks": ["符合规定"] * _POINTS,
        "qualification": {"kind": "LEGAL_PROFESSION", "number": "A20183101010001"},
        "no_conflict": True,
        "signed_as": "陈示甲",
    }
    await cast.act("CASE_LEGAL_REVIEWER", case_id, "legal-reviews", review, "法制审核:通过", "APL 58")
    await _is_discussed(cast, case_id)
    await cast.decided(case_id)
    # What the heads discussed is judged for its social impact before the case closes.
    none = {"criteria": [], "reason": "一般违法停放,没有社会影响。"}
    await cast.act("CASE_OFFICER", case_id, "social-impact", none, "认定处罚决定没有社会影响", "APL 48")
    await case_is_performed(cast.quiet, case_id, cast.bank)
    return case_id


async def _is_heard_in_a_sitting(cast: Cast, case_id: str) -> None:
    stage = cast.scene.stage
    opens_at = stage.now() + timedelta(days=30)
    sitting = {
        "opens_at": opens_at.isoformat(),
        "place": "示范市城市管理行政执法局三楼听证室",
        "chair_officer_id": stage.sub("HEARING_CHAIR").partition(":")[2],
        "chair_name": "何示甲",
    }
    await cast.act("AGENCY_HEAD", case_id, "hearing", sitting, "决定举行听证,指定主持人", "APL 63, 64")
    await serve(cast.quiet, case_id, "hearing", "D-18a")

    async def told() -> bool | None:
        case = await cast.quiet.read("CASE_OFFICER", f"/v1/cases/{case_id}")
        return True if case["hearing"]["served_at"] else None

    await cast.scene.until(told, "the service of the notice of the hearing noted by the case")
    await cast.quiet.pass_time("听证之日", "APL 64", days=30, minutes=10)
    case = await cast.quiet.read("CASE_OFFICER", f"/v1/cases/{case_id}")
    record = {
        "presence": "ATTENDED",
        "began_at": stage.now().isoformat(),
        "attendees": ["调查人员郑示甲", "当事人张示民"],
        "case_made": ["该车于人行道停放,两张图片间隔六十秒车辆未移动。"],
        "party_said": ["当时下车搬运货物,停留时间很短。"],
        "examined": [exhibit["evidence_id"] for exhibit in case["exhibits"]],
        "signing": "SIGNED",
        "proof_sha256": await cast.kept(case_id),
        "no_conflict": True,
        "signed_as": "何示甲",
    }
    await cast.act(
        "HEARING_CHAIR", case_id, "hearing-record", record, "听证:双方举证、质证,笔录签名", "APL 64"
    )
    report = {
        "opinion": "AS_PROPOSED",
        "findings": ["图片显示停放时间已超过允许的临时停留。"],
        "reasons": ["事实清楚,证据充分。"],
        "signed_as": "何示甲",
    }
    await cast.act("HEARING_CHAIR", case_id, "hearing-report", report, "听证报告", "APL 65")


async def _is_discussed(cast: Cast, case_id: str) -> None:
    fine = {"kind": "FINE", "fine_fen": orders.REPORT["fine_fen"]}
    await cast.act("AGENCY_HEAD", case_id, "collective-discussion", fine, "召集负责人集体讨论", "APL 57(2)")
    for nth in range(3):
        opinion = {"agrees": True, "words": "事实清楚,同意。", "signed_as": f"负责人{'甲乙丙'[nth]}"}
        what = "collective-discussion/opinions"
        await cast.act("AGENCY_HEAD", case_id, what, opinion, f"发表意见({nth + 1}/3)", "APL 57(2)", nth=nth)
    conclusion = {
        "agreed": fine,
        "conclusion": "一致同意。",
        "place": "示范市城市管理行政执法局会议室",
        "recorder": "记录员",
        "proof_sha256": await cast.kept(case_id),
        "signed_as": "李示甲",
    }
    what = "collective-discussion/conclusion"
    await cast.act("AGENCY_HEAD", case_id, what, conclusion, "集体讨论形成结论", "APL 57(2)")
