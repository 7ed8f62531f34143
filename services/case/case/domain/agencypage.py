"""What the page of an agency says of its procedure, in the figures that its cases are held to (APL 39)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from case.domain.deadlines import DEFENCE_FLOOR_WD
from common.values.law import (
    ALL_46,
    APL_41_2,
    APL_44,
    APL_45,
    APL_54,
    APL_60,
    APL_61,
    APL_64_1,
    APL_67,
    ARL_20,
    ARL_32,
    NJ_15,
    Article,
)
from common.values.profile import Limits


@dataclass(frozen=True)
class Step:
    """One step in both languages, with the article that demands it."""

    code: str
    zh: str
    en: str
    law: Article


def procedure(limits: Limits) -> Iterator[Step]:
    """The steps of a case in their order, with the days that this city gives."""
    defence = max(limits.defence_wd, DEFENCE_FLOOR_WD)
    yield Step(
        "REVIEW",
        "设备记录须经两名执法人员审核，未经审核或者审核不合格的，不作为证据。",
        "Two officers review each record of a device; what was not reviewed or failed is no evidence.",
        APL_41_2,
    )
    yield Step(
        "PROMPT",
        "先告知提示，当事人及时改正的，依法从宽或者不予处罚。提示不收取任何费用。",
        "A prompt comes first: who corrects the matter in time is treated with leniency or not punished. It is free.",
        NJ_15,
    )
    yield Step(
        "FILING",
        "符合立案标准的，经负责人批准立案。",
        "A case that meets the standard is filed, with the approval of the head.",
        APL_54,
    )
    yield Step(
        "NOTICE",
        "作出决定之前，告知拟作出的处罚内容及事实、理由、依据，以及当事人的权利。",
        "Before a decision the party is told the intended penalty, its facts, reasons and basis, and its rights.",
        APL_44,
    )
    yield Step(
        "DEFENCE",
        f"当事人可以在 {defence} 个工作日内陈述、申辩，不收费；不因申辩而加重处罚。",
        f"The party may state and defend itself within {defence} working days, free of charge. It is never punished"
        " more heavily for it.",
        APL_45,
    )
    yield Step(
        "HEARING",
        f"符合听证条件的，可以在 {limits.hearing_request_wd} 个工作日内要求听证，不承担费用。",
        f"Where a hearing is offered it can be asked for within {limits.hearing_request_wd} working days, free of"
        " charge.",
        APL_64_1,
    )
    yield Step(
        "DECISION",
        f"自立案之日起 {limits.decide_cd} 日内作出处理决定。",
        f"The decision is made within {limits.decide_cd} days of the filing.",
        APL_60,
    )
    yield Step(
        "SERVICE",
        f"决定书在 {limits.service_wd} 个工作日内送达当事人；电子送达须经当事人同意。",
        f"The decision is served within {limits.service_wd} working days; electronically only with consent.",
        APL_61,
    )
    yield Step(
        "PAYMENT",
        f"收到决定书之日起 {limits.pay_cd} 日内到指定银行或者通过电子支付系统缴纳罚款；可以申请暂缓或者分期。",
        f"The fine is paid at the bank or online within {limits.pay_cd} days of receipt; paying later or by"
        " instalments can be asked for.",
        APL_67,
    )


def remedies(limits: Limits) -> tuple[Step, Step, Step]:
    """Reconsideration through the agency and at the organ, and the suit, each with its time."""
    return (
        Step(
            "THROUGH_AGENCY",
            "对非现场执法作出的决定，可以通过作出决定的机关提出复议申请；机关在 5 个工作日内转送。",
            "Against a decision made off-site, reconsideration can be applied for through the agency itself, which"
            " passes the application on within 5 working days.",
            ARL_32,
        ),
        Step(
            "RECONSIDERATION",
            f"自知道决定之日起 {limits.reconsideration_cd} 日内申请行政复议。",
            f"Reconsideration is applied for within {limits.reconsideration_cd} days of learning of the decision.",
            ARL_20,
        ),
        Step(
            "LITIGATION",
            f"自知道决定之日起 {limits.litigation_months} 个月内向人民法院提起行政诉讼。",
            f"A suit is brought within {limits.litigation_months} months of learning of the decision.",
            ALL_46,
        ),
    )
