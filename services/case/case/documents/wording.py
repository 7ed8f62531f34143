"""The numbers and sentences that the documents of a case print beside their templates."""

from __future__ import annotations

from typing import Final

from case.documents import DocumentKind
from case.documents.content import MeasurementLine
from case.domain.contents import Exhibit, Measurement
from case.domain.twolaws import Law, Side, Weighed
from common.documents.figures import day
from common.values.law import APL_29, APL_37, ECO_1053_1057
from common.values.notificationrules import QueryFactor
from common.values.profile import CatalogueItem, Office, PenaltyKind

PENALTY: Final = {PenaltyKind.FINE: "罚款", PenaltyKind.WARNING: "警告"}
QUANTITY: Final = {"SPEED": "车速", "WEIGHT": "质量"}
SURCHARGE: Final = "到期不缴纳罚款的，每日按罚款数额的百分之三加处罚款，加处罚款的数额不超过罚款数额"
NO_SURCHARGE: Final = "本决定不加处罚款"

FACTOR: Final = {
    QueryFactor.IDENTITY_TAIL: "身份证件号码或者统一社会信用代码的后六位",
    QueryFactor.PHONE_TAIL: "办案机关登记的手机号码后六位",
}
"""What a party types besides its query code."""

_PREFIX: Final = {
    DocumentKind.LEAD: "线",
    DocumentKind.PROMPT: "提",
    DocumentKind.CORRECTION: "责改",
    DocumentKind.NON_FILING: "不立",
    DocumentKind.EDUCATION: "教",
    DocumentKind.FILING: "立",
    DocumentKind.REPORT: "终",
    DocumentKind.PRIOR_NOTICE: "告",
    DocumentKind.REVIEW: "复",
    DocumentKind.RECUSAL: "避",
    DocumentKind.INQUIRY: "询",
    DocumentKind.MATERIAL: "调",
    DocumentKind.INSPECTION: "勘",
    DocumentKind.PRESERVATION: "登",
    DocumentKind.PRESERVATION_END: "登处",
    DocumentKind.STATEMENT: "述",
    DocumentKind.HEARING_NOTICE: "听通",
    DocumentKind.HEARING_RECORD: "听录",
    DocumentKind.HEARING_REPORT: "听报",
    DocumentKind.LEGAL_REVIEW: "法审",
    DocumentKind.DISCUSSION: "议",
    DocumentKind.NO_PENALTY: "不罚",
    DocumentKind.DECISION: "罚",
    DocumentKind.ON_THE_SPOT: "当罚",
    DocumentKind.RECONSIDERATION_ANSWER: "复答",
    DocumentKind.SUIT_ANSWER: "诉答",
    DocumentKind.PAYMENT: "缴",
    DocumentKind.CLOSURE: "结",
    DocumentKind.COVER: "卷",
    DocumentKind.SUSPENSION: "中",
    DocumentKind.RELIEF: "延",
    DocumentKind.DEMAND: "催",
    DocumentKind.COURT: "申执",
    DocumentKind.ENFORCEMENT_END: "终执",
    DocumentKind.TRANSFER: "移",
    DocumentKind.CRIME: "罪移",
    DocumentKind.AMENDMENT: "改",
    DocumentKind.CLERICAL: "更",
}


def document_number(prefix: str, *, year: int, serial: int, nth: int = 1) -> str:
    """`{prefix}〔{year}〕第{serial}号`, from the second of a kind in one case on `第{serial}-{nth}号`.

    A series never gives a number twice.
    """
    return f"{prefix}〔{year}〕第{serial}{f'-{nth}' if nth > 1 else ''}号"


def prefix_of(office: Office, kind: DocumentKind) -> str:
    """The prefix of the numbers of this kind: the agency's own, and the kind's."""
    return office.document_prefix + _PREFIX[kind]


def stating_channel(office: Office) -> str:
    """How the party explains itself after a prompt."""
    return f"登录{office.portal_url}提交说明，或者到{office.address}当面说明"


def defence_channel(office: Office) -> str:
    """How the party defends itself after a prior notice."""
    return f"登录{office.portal_url}提交，或者到{office.address}当面、书面提出"


_COUNTED: Final = {1: "一名", 2: "两名", 3: "三名"}


def evidence_line(exhibit: Exhibit) -> str:
    """A capture as a document names it among the evidence: with as many reviewers as its record names."""
    reviewed = len(set(exhibit.reviewers))
    by = f"，经{_COUNTED.get(reviewed, f'{reviewed}名')}审核人员审核" if reviewed else ""
    found = "真实、清晰、完整、准确" if reviewed and exhibit.accepted else ""
    return f"电子技术监控设备记录（编号{exhibit.evidence_id}）{by}{f'，{found}' if found else ''}"


def measurement_line(measurement: Measurement) -> MeasurementLine:
    """The figures of a measured offence as they are printed: `92 km/h`, without zeros that say nothing."""
    value, limit, error, deducted = (
        f"{figure.normalize():f} {measurement.unit}"
        for figure in (measurement.value, measurement.limit, measurement.error, measurement.deducted)
    )
    return MeasurementLine(QUANTITY[measurement.quantity], value, limit, error, deducted)


def law_lines(weighed: Weighed) -> tuple[str, ...]:
    """Both laws and the one that is applied, where the law changed after the act (APL 37); nothing where it did not."""
    if not weighed.has_changed:
        return ()
    then = f"行为发生之日（{day(weighed.acted_on)}）的规定：{_side_line(weighed.of_the_act)}"
    if weighed.of_today is None:
        now = f"{day(weighed.weighed_on)}的规定：不再认为该行为违法"
    else:
        now = f"{day(weighed.weighed_on)}的规定：{_side_line(weighed.of_today)}"
    return (then, now, f"依照{APL_37.zh}，{_CHOICE[weighed.law]}")


def norm_lines(item: CatalogueItem) -> tuple[str, ...]:
    """The norms that one act violates, each with its fine, and the one that is applied (APL 29); nothing for a single
    norm.
    """
    if not item.beside:
        return ()
    others = "；".join(f"{norm.clause.zh}（{_range(norm.min_fen, norm.max_fen)}）" for norm in item.beside)
    own = f"{item.penalty.zh}（{_range(item.min_fen, item.max_fen)}）"
    return (
        f"同一违法行为同时违反下列规定：{own}；{others}。依照{APL_29.zh}，按照罚款数额高的规定处罚，"
        f"适用{item.penalty.zh}",
    )


def _range(min_fen: int, max_fen: int) -> str:
    return f"罚款{min_fen // 100}元至{max_fen // 100}元"


def overlay_lines(weighed: Weighed) -> tuple[str, ...]:
    """What the ecological code changes, where it governs the matter (ECO 1053–1057)."""
    if not any(line.startswith(ECO_1053_1057.cite) for line in weighed.applied.trace):
        return ()
    return (
        f"依照{ECO_1053_1057.zh}，推定当事人有过错，由当事人证明没有主观过错；违法行为造成危害后果的，处罚时效为五年；"
        "同一违法行为违反多个规定的，适用罚款数额较高的规定",
    )


_CHOICE: Final = {
    Law.OF_THE_ACT: "新的规定并不处罚较轻，适用违法行为发生时的规定",
    Law.OF_TODAY: "新的规定处罚较轻，适用新的规定",
    Law.NONE: "新的规定不认为是违法的，适用新的规定，不予行政处罚",
}


def _side_line(side: Side) -> str:
    fine = f"{side.min_fen // 100}元至{side.max_fen // 100}元"
    return f"第{side.version}版，自{day(side.valid_from)}起施行，{PENALTY.get(side.kind, side.kind)}，幅度为{fine}"


def tier_line(item: CatalogueItem, code: str) -> str:
    """The tier of the published benchmark, and the range that it allows."""
    tier = next(tier for tier in item.tiers if tier.code == code)
    published = day(item.benchmark_published_on) if item.benchmark_published_on else "未公布"
    return (
        f"按照{published}公布的裁量基准，属于“{tier.name}”等次，"
        f"罚款幅度为{tier.min_fen // 100}元至{tier.max_fen // 100}元"
    )
