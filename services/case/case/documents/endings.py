"""Fills the documents by which a case ends without a penalty from its dossier."""

from __future__ import annotations

from typing import Final

from case.documents import DocumentKind
from case.documents.endcontent import Education, NonFiling, NoPenalty
from case.documents.filling import (
    agency_of,
    answers_of,
    captures_of,
    law_lines_of,
    number_of,
    officers_of,
    party_in_full,
    party_name,
    remedies_of,
    report_of,
)
from case.domain.contents import Findings
from case.domain.deadlines import Terms
from case.domain.erasure import gone
from case.domain.lawoftime import item_of
from case.domain.nonfiling import proposed
from case.domain.outcomes import UNEDUCATED_OUTCOMES, Outcome, Told, Unfiled
from case.store.dossiers import Dossier
from case.store.texts import EducationTexts, NonFilingTexts
from common.documents.glyphs import as_drawable
from common.values.law import (
    APL_29,
    APL_30,
    APL_31,
    APL_33,
    APL_33_2,
    APL_36,
    APL_54,
    APL_57_1_3,
    Article,
)
from common.values.profile import Office

OUTCOME_LAW: Final[dict[Outcome, Article]] = {
    Outcome.NO_PENALTY_MINOR: APL_33,
    Outcome.NO_PENALTY_FIRST_OFFENCE: APL_33,
    Outcome.NO_PENALTY_NO_FAULT: APL_33_2,
    Outcome.NO_PENALTY_CAPACITY: APL_31,
    Outcome.NO_PENALTY_DUPLICATE: APL_29,
    Outcome.NO_VIOLATION: APL_57_1_3,
    Outcome.TIME_BARRED: APL_36,
}
"""The provision by which no penalty is imposed."""

UNFILED: Final[dict[Unfiled, tuple[str, Article]]] = {
    Unfiled.MINOR_CORRECTED: ("违法行为轻微并及时改正，没有造成危害后果", APL_33),
    Unfiled.FIRST_OFFENCE_CORRECTED: ("初次违法且危害后果轻微并及时改正", APL_33),
    Unfiled.NO_FACT: ("违法事实不能成立", APL_57_1_3),
    Unfiled.EXEMPT: ("属于规定的应当消除的情形", APL_57_1_3),
    Unfiled.DUPLICATE: ("同一违法行为已经处理", APL_29),
    Unfiled.TIME_BARRED: ("违法行为已过追究时效", APL_36),
    Unfiled.MINOR_UNDER_14: ("不满十四周岁的未成年人有违法行为", APL_30),
    Unfiled.INCAPACITY: ("不能辨认或者不能控制自己行为时有违法行为", APL_31),
    Unfiled.NO_FAULT: ("当事人有证据足以证明没有主观过错", APL_33_2),
    Unfiled.PARTY_UNKNOWN: ("经查证无法确定当事人", APL_54),
}
"""Each reason in words, and its provision."""

_HOW: Final = {Told.IN_PERSON: "当面", Told.BY_PHONE: "电话", Told.IN_WRITING: "书面"}


def non_filing_of(dossier: Dossier, office: Office, terms: Terms, *, approver: str) -> NonFiling:
    """D-04, from the proposal on record. Refusal CASE_TRANSITION_NOT_ALLOWED where nobody proposed it."""
    texts, reason = _ground(dossier), proposed(dossier.case).reason
    words, article = UNFILED[reason]
    return NonFiling(
        number=number_of(dossier, office, DocumentKind.NON_FILING),
        case_code=dossier.case.number,
        agency=agency_of(office),
        act=item_of(dossier.case, terms).name,
        reason=words,
        clause=article.zh,
        findings=findings_in_words(texts.findings),
        ground=as_drawable(texts.ground),
        captures=captures_of(dossier),
        proposer=texts.signed_as,
        proposed_at=texts.proposed_at,
        approver=approver,
    )


def education_of(
    dossier: Dossier, office: Office, terms: Terms, texts: EducationTexts, *, told: Told, number: str
) -> Education:
    """D-05, from what the officer told the party."""
    item, capture = item_of(dossier.case, terms), dossier.exhibits[-1]
    return Education(
        number=number,
        case_code=dossier.case.number,
        agency=agency_of(office),
        party=party_name(dossier),
        act=item.name,
        happened_at=capture.captured_at,
        place=capture.place,
        why=texts.why,
        duty=item.violated.zh,
        text=texts.text,
        told_at=texts.told_at,
        how=_HOW[told],
    )


def no_penalty_of(
    dossier: Dossier, office: Office, terms: Terms, *, outcome: Outcome, reasons: list[str]
) -> NoPenalty:
    """D-20: the facts that both officers signed, each statement with its answer, why there is no penalty."""
    return NoPenalty(
        number=number_of(dossier, office, DocumentKind.NO_PENALTY),
        case_code=dossier.case.number,
        agency=agency_of(office),
        party=party_in_full(dossier),
        facts=report_of(dossier).facts,
        captures=captures_of(dossier),
        reasons=(*(as_drawable(reason) for reason in reasons), *law_lines_of(dossier.case, terms)),
        clause=OUTCOME_LAW[outcome].zh,
        is_educated=outcome not in UNEDUCATED_OUTCOMES,
        remedies=remedies_of(office, terms),
        officers=officers_of(dossier),
        answers=answers_of(dossier),
        education=dossier.education.text if dossier.education else None,
        reconsideration_url=office.reconsideration_url,
    )


def _ground(dossier: Dossier) -> NonFilingTexts:
    proposed(dossier.case)
    if dossier.non_filing is None:
        raise gone(dossier.case.id)
    return dossier.non_filing


def findings_in_words(findings: Findings) -> tuple[str, ...]:
    """The three findings of NJ 4, each with its answer."""
    said = {True: "是", False: "否"}
    return (
        f"违法行为是否轻微：{said[findings.minor]}",
        f"是否及时改正：{said[findings.promptly_corrected]}",
        f"是否没有造成危害后果：{said[findings.harmless]}",
    )
