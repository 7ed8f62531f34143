"""Fills the content of each document from the dossier of its case."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from case.documents import DocumentKind
from case.documents.content import (
    Agency,
    Answer,
    CaptureLine,
    Collection,
    Decision,
    DeviceLine,
    Officer,
    Party,
    PriorNotice,
    Prompt,
    Remedies,
)
from case.documents.evidence import evidence_lines
from case.documents.wording import (
    FACTOR,
    NO_SURCHARGE,
    PENALTY,
    SURCHARGE,
    defence_channel,
    document_number,
    law_lines,
    measurement_line,
    norm_lines,
    overlay_lines,
    prefix_of,
    stating_channel,
    tier_line,
)
from case.domain.contents import Proposal
from case.domain.correcting import began_at
from case.domain.deadlines import DEFENCE_FLOOR_WD, Terms
from case.domain.deliberation import Presence
from case.domain.erasure import gone
from case.domain.filing import require_party
from case.domain.investigation import must_offer_hearing
from case.domain.lawoftime import item_of
from case.domain.obligation import fine_reference
from case.domain.people import PartyKind
from case.domain.procedure import Case
from case.domain.renewals import renewals_of
from case.store.dossiers import Dossier, ExhibitLine
from case.store.texts import PartyTexts, ReportTexts
from common.documents.figures import day, moment
from common.documents.glyphs import as_drawable
from common.documents.qr import qr_rows
from common.values.calendar import legal_day
from common.values.masking import masked_name, masked_number
from common.values.profile import Office


def number_of(dossier: Dossier, office: Office, kind: DocumentKind) -> str:
    """The document's number: the agency's prefix, the kind, the case's year and serial.

    A second document of a kind, where the first reached nobody, bears its own count: `第1-2号`.
    """
    before = sum(document.kind == kind for document in dossier.documents)
    return document_number(prefix_of(office, kind), year=dossier.year, serial=dossier.serial, nth=before + 1)


def prompt_of(
    dossier: Dossier, office: Office, terms: Terms, *, correction: str, until: datetime, query_code: str
) -> Prompt:
    """D-02: the suspicion, how to put it right, and the code with which the party looks its record up."""
    item, capture = item_of(dossier.case, terms), dossier.exhibits[-1]
    return Prompt(
        number=number_of(dossier, office, DocumentKind.PROMPT),
        case_code=dossier.case.number,
        agency=agency_of(office),
        party=party_name(dossier),
        happened_at=capture.captured_at,
        place=capture.place,
        act=item.name,
        correction=correction,
        correct_by=moment(until),
        query_channel=office.portal_url,
        query_code=query_code,
        query_factor=FACTOR[terms.profile.notification.query_factor],
        stating=stating_channel(office),
        plate=capture.plate,
    )


def notice_of(dossier: Dossier, office: Office, terms: Terms) -> PriorNotice:
    """D-14: the report that both officers signed, addressed to the party."""
    case = dossier.case
    item, report, conclusion = item_of(case, terms), report_of(dossier), case.conclusion
    assert conclusion is not None
    tier_code = case.weighings[-1].applied.tier
    return PriorNotice(
        number=number_of(dossier, office, DocumentKind.PRIOR_NOTICE),
        case_code=case.number,
        agency=agency_of(office),
        party=_masked(party_in_full(dossier)),
        facts=report.facts,
        captures=captures_of(dossier),
        reasons=(*report.reasons, *law_lines_of(case, terms), tier_line(item, tier_code)),
        violated=(item.violated.zh,),
        basis=(item.penalty.zh,),
        penalty=PENALTY[conclusion.proposal.kind],
        fine_fen=conclusion.proposal.fine_fen,
        defence_days=max(terms.limits.defence_wd, DEFENCE_FLOOR_WD),
        defence_channel=defence_channel(office),
        query_channel=office.portal_url,
        query_code=dossier.query_code or "",
        query_factor=FACTOR[terms.profile.notification.query_factor],
        officers=officers_of(dossier),
        hearing_days=_hearing_days(dossier, terms),
        began_at=began_at(case),
        ended_at=case.act_ended_at,
    )


def _hearing_days(dossier: Dossier, terms: Terms) -> int | None:
    """The days to ask for a hearing, where the notice offers one."""
    case = dossier.case
    assert case.conclusion is not None
    owed = must_offer_hearing(case.conclusion.proposal, require_party(case), terms.profile)
    return terms.limits.hearing_request_wd if owed else None


def decision_of(
    dossier: Dossier,
    office: Office,
    terms: Terms,
    proposal: Proposal,
    *,
    surcharge_stated: bool,
    deviation_reason: str | None,
    correction: tuple[str, ...],
    devices: tuple[DeviceLine, ...],
    covered: tuple[ExhibitLine, ...],
) -> Decision:
    """D-20a: the items of APL 59, each statement of the party with its answer, and why the benchmark was left."""
    case = dossier.case
    item, report, conclusion = item_of(case, terms), report_of(dossier), case.conclusion
    assert conclusion is not None
    tier_code = case.weighings[-1].applied.tier
    notice = case.notice
    assert notice is not None
    assert notice.served_at is not None
    return Decision(
        number=number_of(dossier, office, DocumentKind.DECISION),
        case_code=case.number,
        agency=agency_of(office),
        party=party_in_full(dossier),
        facts=report.facts,
        evidence=evidence_lines(dossier),
        captures=captures_of(dossier),
        devices=devices,
        notice_number=dossier.document(notice.document_id).number,
        notice_served_on=legal_day(notice.served_at),
        discretion=(
            *report.reasons,
            *law_lines_of(case, terms),
            tier_line(item, tier_code),
            *([as_drawable(deviation_reason)] if deviation_reason else []),
        ),
        violated=(item.violated.zh,),
        basis=(item.penalty.zh,),
        penalty=PENALTY[proposal.kind],
        fine_fen=proposal.fine_fen,
        correction=correction,
        collection=Collection(
            institution=office.bank_name,
            address=office.bank_address,
            reference=fine_reference(case.id, renewals_of(case)),
            qr=qr_rows(fine_reference(case.id, renewals_of(case))),
            days=terms.limits.pay_cd,
            surcharge=SURCHARGE if surcharge_stated else NO_SURCHARGE,
        ),
        remedies=remedies_of(office, terms),
        officers=officers_of(dossier),
        served_online=True,
        began_at=began_at(case),
        ended_at=max((case.act_ended_at, *(each.captured_at for each in covered))),
        covered=capture_lines(covered),
        answers=answers_of(dossier),
        reconsideration_url=office.reconsideration_url,
        hearing=_hearing_line(dossier),
    )


def _hearing_line(dossier: Dossier) -> str | None:
    """That a hearing was held or waived, and the number of its record. None where there was none."""
    hearing = dossier.case.hearing
    if hearing is None or hearing.held_at is None or hearing.record_id is None:
        return None
    number, on = dossier.document(hearing.record_id).number, day(legal_day(hearing.held_at))
    if hearing.presence is Presence.ATTENDED:
        return f"本机关于{on}举行听证，本决定根据听证笔录（{number}）作出"
    return f"本机关组织了听证，你（单位）放弃听证权利，{on}终止听证（听证笔录：{number}）"


def law_lines_of(case: Case, terms: Terms, *, upto: int | None = None) -> tuple[str, ...]:
    """Both laws, where the law changed after the act (APL 37), the norms that the act violates (APL 29), and what the
    ecological code changes. `upto` counts the weighings that had been made by then.
    """
    known = case.weighings[:upto]
    if not known:
        return ()
    item = terms.profile.item_version(case.violation_code, known[-1].applied.version)
    return (*law_lines(known[-1]), *norm_lines(item), *overlay_lines(known[-1]))


def party_name(dossier: Dossier) -> str:
    """The party's name as a document shows it that anybody may find: masked for a person."""
    is_person, name = require_party(dossier.case).kind is PartyKind.PERSON, texts_of(dossier).name
    return masked_name(name) if is_person else name


def remedies_of(office: Office, terms: Terms) -> Remedies:
    """Where and until when the party may go against a decision of this office."""
    limits = terms.limits
    return Remedies(
        office.reconsideration_organ, limits.reconsideration_cd, office.court, limits.litigation_months
    )


def agency_of(office: Office) -> Agency:
    return Agency(name=office.agency_name, address=office.address, phone=office.phone)


def party_in_full(dossier: Dossier) -> Party:
    texts = texts_of(dossier)
    phone = texts.phone if texts.representative else None  # a person's number stands on no document
    return Party(
        texts.name, texts.identity_kind, texts.identity_number, texts.address, texts.representative, phone
    )


def _masked(party: Party) -> Party:
    """Without what opens the case together with the query code, which stands on the same sheet."""
    return replace(party, identity_number=masked_number(party.identity_number))


def texts_of(dossier: Dossier) -> PartyTexts:
    require_party(dossier.case)
    if dossier.party is None or dossier.party.texts is None:
        raise gone(dossier.case.id)
    return dossier.party.texts


def report_of(dossier: Dossier) -> ReportTexts:
    if dossier.report is None:
        raise gone(dossier.case.id)
    return dossier.report


def captures_of(dossier: Dossier) -> tuple[CaptureLine, ...]:
    return capture_lines(dossier.exhibits)


def capture_lines(exhibits: tuple[ExhibitLine, ...]) -> tuple[CaptureLine, ...]:
    return tuple(
        CaptureLine(
            exhibit.evidence_id,
            exhibit.captured_at,
            exhibit.place,
            exhibit.device_code,
            exhibit.media[0],
            measurement_line(exhibit.measurement) if exhibit.measurement else None,
        )
        for exhibit in exhibits
    )


def officers_of(dossier: Dossier) -> tuple[Officer, Officer]:
    first, second = (Officer(line.signed_as, line.certificate) for line in dossier.signatures)
    return first, second


def answers_of(dossier: Dossier) -> tuple[Answer, ...]:
    """Each statement with its answer. A character that the font cannot draw is marked; the case keeps the original."""
    return tuple(
        Answer(as_drawable(line.texts.statement), as_drawable(line.texts.reason or ""), bool(line.adopted))
        for line in dossier.defences
        if line.texts is not None
    )
