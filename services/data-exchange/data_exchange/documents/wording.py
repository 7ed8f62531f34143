"""The sentences and numbers that the letters print beside their templates."""

from __future__ import annotations

from typing import Final

from common.documents.figures import day
from common.values.calendar import Deadline
from common.values.profile import Office
from data_exchange.domain.answering import RefusalCode
from data_exchange.domain.clocks import ACKNOWLEDGE, ANSWER, DELIVER, SECOND_URGE_REPLY, URGE_REPLY
from data_exchange.domain.exchange import Kind, Purpose
from data_exchange.domain.letters import LetterKind

_PREFIX: Final = {LetterKind.REQUEST: "协", LetterKind.REPLY: "复", LetterKind.URGING: "催"}

PURPOSE: Final = {
    Purpose.IDENTIFY_PARTY: "查明当事人",
    Purpose.CONTACT_PARTY: "联系当事人",
    Purpose.CHECK_PERMIT: "核查许可",
    Purpose.CHECK_PRIOR_PENALTY: "核查既往处罚",
    Purpose.VERIFY_FACT: "核实案件事实",
    Purpose.SERVE_DOCUMENT: "送达文书",
    Purpose.ENFORCE: "执行",
    Purpose.SUPERVISE: "监督",
    Purpose.STATISTICS: "统计",
}
GROUNDS: Final = {
    RefusalCode.R1: "不属于本机关职权范围",
    RefusalCode.R2: "法律、行政法规规定不得提供",
    RefusalCode.R3: "没有所请求的数据",
    RefusalCode.R4: "请求的用途或者范围超出必要限度",
    RefusalCode.R5: "涉及国家秘密",
    RefusalCode.R6: "材料不全,经一次性告知后仍未补正",
    RefusalCode.R7: "依法列为不予共享",
}
_PERIOD: Final = {
    ACKNOWLEDGE: "签收期限",
    ANSWER: "答复期限",
    DELIVER: "提供期限",
    URGE_REPLY: "第一次催促的答复期限",
    SECOND_URGE_REPLY: "第二次催促的答复期限",
}
_SECOND: Final = "逾期仍未答复的,本机关将再次催促"
_ESCALATION: Final = "逾期仍未答复的,将报请监督机关依法处理"
_CONSEQUENCE: Final = "逾期仍未移送并造成严重后果的,本机关将报请监督机关依法处理"


def prefix_of(office: Office, kind: LetterKind) -> str:
    """The prefix of the numbers of this kind: the agency's own, and the kind's."""
    return office.document_prefix + _PREFIX[kind]


def passed_line(deadline: Deadline) -> str:
    """One period that ended in silence."""
    name = _PERIOD.get(deadline.rule, "期限")
    return f"{name}自{day(deadline.trigger_on)}起算,于{day(deadline.due_on)}届满"


def follows(kind: Kind, nth: int) -> str:
    """What the law has follow if this urging stays without an answer (NJ 22(2), (3))."""
    if nth == 1:
        return _SECOND
    return _CONSEQUENCE if kind is Kind.TRANSFER_REQUEST else _ESCALATION


def one_line(text: str) -> str:
    """The text as one paragraph: an official letter has no line breaks inside a value."""
    return " ".join(text.split())
