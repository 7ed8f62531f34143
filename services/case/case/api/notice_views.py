"""Drafts of prompts and what notices need to know, as wire models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from case.contract.notices import NoticeContextView, NoticePeriodView, PromptDraftLine, PromptDraftView
from case.documents import DocumentKind
from case.domain.amendments import revoked_at
from case.domain.deadlines import Terms
from case.domain.lawoftime import item_of, ruleset_of
from case.domain.people import PartyKind
from case.domain.procedure import Case
from case.domain.prompting import Draft
from case.domain.surcharge import covered_at
from case.store.dossiers import Dossier
from case.store.prompts import DraftLine
from common.values.calendar import Deadline
from common.values.ids import DocumentId
from common.values.masking import masked_name, masked_plate
from common.values.profile import Office

QUERY_CODE_UNMADE: Final = "****-****-****-****"
"""Stands in a draft for the code that is made when the prompt goes out; no officer reads it on a screen."""


def draft_line(line: DraftLine) -> PromptDraftLine:
    draft = line.draft
    return PromptDraftLine(
        case_id=line.case_id,
        agency_id=line.agency_id,
        number=line.number,
        drafted_at=draft.drafted_at,
        due_on=draft.due_on,
        limit_on=draft.limit_on,
        missed=_missed(draft),
    )


def draft_view(
    dossier: Dossier, draft: Draft, office: Office, terms: Terms, *, at: datetime
) -> PromptDraftView:
    """The prompt if it were sent at `at`. What a view shows of a person is masked; the document shows it in full."""
    case, capture = dossier.case, dossier.exhibits[-1]
    return PromptDraftView(
        case_id=case.id,
        number=case.number,
        document_kind=DocumentKind.PROMPT,
        drafted_at=draft.drafted_at,
        due_on=draft.due_on,
        limit_on=draft.limit_on,
        missed=_missed(draft),
        agency=office.agency_name,
        phone=office.phone,
        party=_addressee(dossier) or "",
        plate=masked_plate(capture.plate),
        happened_at=capture.captured_at,
        place=capture.place,
        act=item_of(case, terms).name,
        correction=ruleset_of(case, terms).correction.how,
        correct_until=terms.correction(at, ruleset_of(case, terms)),
        query_code=QUERY_CODE_UNMADE,
    )


def context_view(
    dossier: Dossier, office: Office | None, terms: Terms, *, correction: str | None
) -> NoticeContextView:
    case, capture = dossier.case, dossier.exhibits[-1]
    texts = dossier.party.texts if dossier.party else None
    return NoticeContextView(
        case_id=case.id,
        agency_id=case.agency_id,
        number=case.number,
        state=case.state,
        query_code=dossier.query_code,
        agency_name=office.agency_name if office else None,
        agency_phone=office.phone if office else None,
        agency_address=office.address if office else None,
        portal_url=office.portal_url if office else None,
        party_id=dossier.party.party.id if dossier.party else None,
        party_name=_addressee(dossier),
        phone=texts.phone if texts else None,
        email=texts.email if texts else None,
        plate=capture.plate,
        happened_at=capture.captured_at,
        place=capture.place,
        act=item_of(case, terms).name,
        correction=correction,
        correct_until=case.correction_until,
        prompt_by=next(each.due_on for each in dossier.deadlines if each.rule == "prompt"),
        pay_by=case.payment.due_on if case.payment and _is_owed(case) else None,
        is_paid=covered_at(case) is not None,
        periods=periods_of(case, dossier.deadlines),
    )


def periods_of(case: Case, deadlines: Sequence[Deadline]) -> list[NoticePeriodView]:
    """The periods that the served documents of `case` started, each until the day that stands in `deadlines`.

    Of several prior notices the last counts. A period that no service started yet is not here.
    """
    found: list[NoticePeriodView] = []
    known = {deadline.rule: deadline for deadline in deadlines}
    if case.notices and case.notices[-1].served_at is not None:
        found += _periods(case.notices[-1].document_id, {"defence": "DEFEND"}, known)
    if case.decision is not None and case.served_at is not None:
        acts = {"reconsideration": "RECONSIDERATION", "litigation": "LITIGATION"}
        # Who has paid has nothing to pay, though the case keeps the day.
        is_owed = case.payment is not None and case.payment.fine_fen > 0 and covered_at(case) is None
        acts |= {"pay": "PAY"} if is_owed else {}
        found += _periods(case.decision.document_id, acts, known)
    return found


def _periods(
    document_id: DocumentId, acts: Mapping[str, str], known: Mapping[str, Deadline]
) -> list[NoticePeriodView]:
    return [
        NoticePeriodView(document_id=document_id, act=act, until=known[rule].due_at, law=known[rule].law)
        for rule, act in acts.items()
        if rule in known
    ]


def _addressee(dossier: Dossier) -> str | None:
    """The party's name as a notice may show it; None without a party, and once the case was erased."""
    if dossier.party is None or dossier.party.texts is None:
        return None
    name = dossier.party.texts.name
    return masked_name(name) if dossier.party.party.kind is PartyKind.PERSON else name


def _missed(draft: Draft) -> list[str]:
    return sorted(draft.missed, reverse=True)


def _is_owed(case: Case) -> bool:
    """Nobody is reminded of a fine that was revoked, or whose lighter form is still on its way to the party."""
    return case.served_at is not None and revoked_at(case.amendments) is None
