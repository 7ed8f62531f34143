"""Fills the documents between the reviewed defence and the decision from the dossier of a case."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from case.contract.deliberation import LegalReviewOrder, QualificationOrder
from case.documents import DocumentKind
from case.documents.deliberationcontent import LegalReview, ReviewLine
from case.documents.filling import agency_of, number_of
from case.documents.wording import PENALTY
from case.domain.contents import Proposal
from case.domain.deadlines import Terms
from case.domain.deliberation import Point, Verdict
from case.domain.lawoftime import item_of
from case.domain.triggers import Trigger, review_triggers
from case.store.dossiers import Dossier
from common.documents.figures import day
from common.documents.glyphs import as_drawable
from common.values.errors import Kind, Refusal
from common.values.law import APL_58_2
from common.values.profile import Office

POINT: Final = {
    Point.COMPETENCE: "是否具有管辖权",
    Point.FACTS: "事实是否清楚",
    Point.EVIDENCE: "证据是否充分",
    Point.LAW: "适用法律是否正确",
    Point.DISCRETION: "裁量是否适当",
    Point.PROCEDURE: "程序是否合法",
    Point.DOCUMENTS: "文书是否规范",
}
VERDICT: Final = {
    Verdict.PASS: "同意作出行政处罚决定",
    Verdict.RETURN: "退回补正、纠正后再行审核",
    Verdict.FAIL: "不得作出行政处罚决定",
}
TRIGGER: Final = {
    Trigger.PUBLIC_INTEREST: "涉及重大公共利益",
    Trigger.HEARING_HELD: "直接关系当事人重大权益，经过听证程序",
    Trigger.COMPLEX: "案件情况疑难复杂",
    Trigger.SEVERAL_RELATIONS: "涉及多个法律关系",
    Trigger.LARGE_FINE: "罚款数额达到应当审核、讨论的标准",
    Trigger.HEAVY_KIND: "较重的处罚种类",
    Trigger.HEARING_OWED: "当事人有权要求听证的处罚",
    Trigger.REVIEWER_ASKED: "法制审核建议集体讨论",
}
"""Each trigger in words (APL 57(2), 58(1))."""

_NOT_OWED: Final = "办案机构提请审核"


def legal_review_of(
    dossier: Dossier, office: Office, terms: Terms, order: LegalReviewOrder, at: datetime
) -> LegalReview:
    """D-19, from what the reviewer found."""
    conclusion = dossier.case.conclusion
    assert conclusion is not None
    called_for = review_triggers(dossier.case, conclusion.proposal, terms)
    return LegalReview(
        number=number_of(dossier, office, DocumentKind.LEGAL_REVIEW),
        case_code=dossier.case.number,
        agency=agency_of(office),
        act=item_of(dossier.case, terms).name,
        proposal=proposal_line(conclusion.proposal),
        triggers=tuple(TRIGGER[trigger] for trigger in called_for) or (_NOT_OWED,),
        points=tuple(
            ReviewLine(POINT[point], point not in order.faults, as_drawable(remark))
            for point, remark in zip(Point, order.remarks, strict=True)
        ),
        verdict=VERDICT[Verdict(order.verdict)],
        passes=order.verdict == Verdict.PASS,
        reviewer=order.signed_as,
        qualification=qualification_line(order.qualification),
        reviewed_at=at,
        mend=order.mend,
        late_note=order.late_note,
        new_ground=order.new_ground,
        distinct=tuple(order.distinct_acts),
        distinct_reason=order.distinct_reason,
        wants_discussion=order.wants_discussion,
    )


def proposal_line(proposal: Proposal) -> str:
    """A penalty in words: 罚款100元."""
    amount = f"{proposal.fine_fen / 100:g}元" if proposal.fine_fen else ""
    return f"{PENALTY.get(proposal.kind, proposal.kind)}{amount}"


def qualification_line(order: QualificationOrder) -> str:
    """Why the reviewer may review, in words. Refusal CASE_REVIEWER_UNQUALIFIED without the number or the day."""
    if order.kind == "LEGAL_PROFESSION" and order.number:
        return f"法律职业资格证书号：{order.number}"
    if order.kind == "REVIEWED_BEFORE_2018" and order.since:
        return f"自{day(order.since)}起从事行政处罚决定法制审核"
    raise Refusal(Kind.INVALID, "CASE_REVIEWER_UNQUALIFIED", wording="unstated", article=APL_58_2)
