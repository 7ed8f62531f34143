"""The ends of a case without a penalty of its own, as `./mz demo cases` plays them."""

from __future__ import annotations

from typing import Final

from common.values.ids import PartyId
from mz.demo import orders
from mz.demo.cast import Cast
from mz.demo.elsewhere import Elsewhere
from mz.demo.stage import Scene
from mz.demo.story import (
    capture_is_pushed,
    capture_is_reviewed,
    case_is_decided,
    case_is_filed,
    case_is_prompted,
    party_is_heard,
)

_CHILD: Final = {"age_group": "UNDER_14", "identity_number": "310101201609010015"}

_BUYER: Final = {
    "kind": "ORGANISATION",
    "age_group": "NOT_A_PERSON",
    "name": "示范运输有限公司",
    "identity_kind": "统一社会信用代码",
    "identity_number": "91310000MA1FL0000X",
    "representative": "钱示乙",
}


async def first_offence(cast: Cast) -> str:
    """Prompted, corrected, nothing found in the look-back: the officer waives, with a reason."""
    case_id = await cast.prompted()
    await cast.corrected(case_id)
    order = {"harm": "SLIGHT"}
    await cast.act("CASE_OFFICER", case_id, "first-offence-checks", order, "核查是否初次违法", "APL 33(1)")
    waived = {"choice": "WAIVE", "reason": "初次违法,影响较小,已及时改正。"}
    await cast.act("CASE_OFFICER", case_id, "waiver-choice", waived, "选择不予处罚并说明理由", "NJ 4")
    await cast.educated(case_id, "初次违法,危害后果轻微并已改正")
    await cast.ends_unfiled(case_id, "FIRST_OFFENCE_CORRECTED", "提示后立即驶离", promptly_corrected=True)
    return case_id


async def minor(cast: Cast) -> str:
    """The three findings of NJ 4: no penalty may follow."""
    case_id = await cast.prompted()
    await cast.corrected(case_id)
    await cast.educated(case_id, "违法行为轻微并及时改正,没有造成危害后果")
    three = {"minor": True, "promptly_corrected": True, "harmless": True}
    await cast.ends_unfiled(case_id, "MINOR_CORRECTED", "现场核实属实", **three)
    return case_id


async def no_fact(cast: Cast) -> str:
    """The party's statement is adopted and removes the facts: a fine is refused, the decision says why."""
    case_id = await cast.prompted()
    await cast.filed(case_id)
    await cast.signed(case_id, "在调查终结报告上签名")
    path = f"/v1/cases/{case_id}"
    await cast.notified(case_id)
    statement = {"statement": "当时车上有病人,经交警指挥临时停靠。", "final": True}
    await cast.act("PARTY", case_id, "defences", statement, "陈述申辩:经交警指挥停靠", "APL 45")
    await cast.quiet.pass_time("陈述申辩期限届满", "APL 45, 85", working_days=6)
    adopted = {"number": 1, "adopted": True, "reason": "经核实,确系交警指挥。", "effect": "FACTS"}
    await cast.act("TEAM_LEAD", case_id, "defence-review", {"answers": [adopted]}, "复核:予以采纳", "APL 45")
    await cast.scene.refused(
        "AGENCY_HEAD", f"{path}/decision", orders.DECISION, "此后作出罚款被拒绝", "CASE_PENALTY_EXCLUDED"
    )
    await cast.ends_unpunished(case_id, "NO_VIOLATION", "经复核,违法事实不能成立。", "APL 57(1)(3)")
    return case_id


async def under_14(cast: Cast) -> str:
    """A child: nobody is prompted or punished, the guardian is told."""
    case_id = await cast.opens()
    party = orders.party(cast.scene.stage.sub("PARTY").partition(":")[2]) | _CHILD
    await cast.act("CASE_OFFICER", case_id, "party", party, "确认当事人:不满十四周岁", "APL 30, 40")
    await cast.scene.refused(
        "CASE_OFFICER", f"/v1/cases/{case_id}/prompt", orders.PROMPT, "对其发出告知提示被拒绝", "CASE_MINOR_UNDER_14"
    )  # fmt: skip
    await cast.educated(case_id, "不满十四周岁的未成年人,责令监护人加以管教")
    await cast.ends_unfiled(case_id, "MINOR_UNDER_14", "经户籍信息核实年龄")
    return case_id


async def time_barred(cast: Cast) -> str:
    """Both officers find that the act had ended more than two years before anybody knew of it."""
    case_id = await cast.prompted()
    await cast.filed(case_id)
    await cast.signed(case_id, "在调查终结报告上签名:已过追究时效", outcome="TIME_BARRED", fine_fen=0)
    await cast.educated(case_id, "违法行为已过追究时效,不再给予处罚")
    await cast.consented()
    await cast.ends_unpunished(case_id, "TIME_BARRED", "违法行为终了已满二年后才被发现。", "APL 36")
    return case_id


async def wrong_party(cast: Cast) -> str:
    """The car was sold: its former owner is released and told, the buyer takes its place and puts the act right."""
    case_id = await cast.prompted()
    sold = {"cause": "VEHICLE_SOLD", "note": "登记记载车辆已于上月过户。"}
    await cast.act("TEAM_LEAD", case_id, "party-release", sold, "车辆已过户:释放原认定的当事人", "APL 40")

    async def told() -> bool | None:
        page = await cast.quiet.read("PARTY", f"/v1/inbox?limit=200&case_id={case_id}")
        codes = [entry["message"]["code"] for entry in page["items"] if entry["message"]]
        return True if "N-04" in codes else None

    await cast.scene.until(told, "the message that the party is released")
    await cast.scene.say("系统", "已告知原当事人其不再是本案当事人", "APL 40")
    buyer = orders.party(PartyId.new(cast.scene.stage.now())) | _BUYER
    await cast.act("CASE_OFFICER", case_id, "party", buyer, "改认受让单位为当事人", "APL 40")
    await cast.act("CASE_OFFICER", case_id, "prompt", orders.PROMPT, "重新发出告知提示", "NJ 4, 15")
    await cast.corrected(case_id)
    await cast.educated(case_id, "违法行为轻微并及时改正,没有造成危害后果")
    three = {"minor": True, "promptly_corrected": True, "harmless": True}
    await cast.ends_unfiled(case_id, "MINOR_CORRECTED", "现场核实属实", **three)
    return case_id


async def fined_elsewhere(cast: Cast) -> str:
    """The cameras of two agencies see one act. The other agency fines it first, so this one may not (APL 29)."""
    quiet, elsewhere = cast.quiet, Elsewhere(cast.scene.stage, agency=1)
    there = Scene(elsewhere, quiet.tell, quiet.calendar)
    await quiet.pass_time("另一次违法行为", "APL 29", minutes=240)
    ours = await capture_is_pushed(quiet, cast.watching)
    elsewhere.stands = True
    theirs = await capture_is_pushed(there, cast.watching_there)
    elsewhere.stands = False
    await capture_is_reviewed(quiet, ours)
    await capture_is_reviewed(there, theirs)
    other = await case_is_prompted(there, theirs)
    await case_is_filed(there, other)
    await party_is_heard(there, other)
    await case_is_decided(there, other)
    await cast.scene.say("另一机关", "对同一行为作出罚款决定并送达", "APL 57, 61")
    case_id = await case_is_prompted(quiet, ours)
    await case_is_filed(quiet, case_id)
    await party_is_heard(quiet, case_id)
    await cast.scene.refused(
        "AGENCY_HEAD", f"/v1/cases/{case_id}/decision", orders.DECISION,
        "决定前询问其他机关:同一行为已被罚款,再次罚款被拒绝", "CASE_DUPLICATE_PENALTY",
    )  # fmt: skip
    await cast.ends_unpunished(case_id, "NO_PENALTY_DUPLICATE", "同一违法行为已由其他机关罚款。", "APL 29")
    return case_id
