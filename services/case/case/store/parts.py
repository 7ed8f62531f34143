"""The rows beside a case's own that each fact adds or changes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, assert_never

import sqlalchemy as sa

from case.domain.amending import CaseReopened, OfAmendment
from case.domain.closing import CaseArchived, CaseClosed, ClosureProposed
from case.domain.collecting import OfCollecting
from case.domain.correcting import CaseCorrected, FirstOffenceChecked, WaiverChosen
from case.domain.counterdesk import StatementWritten
from case.domain.crimes import OfCrime
from case.domain.decision import CaseDecided
from case.domain.defence import DefenceReviewed, DefenceSubmitted
from case.domain.demanding import OfExecution
from case.domain.doubting import ServiceDoubted, ServiceDoubtSettled
from case.domain.education import CaseEducated
from case.domain.erasure import CaseErased, CaseErasureProposed
from case.domain.facts import CaseFact
from case.domain.filing import (
    CaseFiled,
    CasePrompted,
    FilingApplied,
    PartyIdentified,
    PromptArrivalDenied,
    PromptDelivered,
    PromptFailed,
)
from case.domain.handingin import FileHandedIn, FileScanned
from case.domain.invalidating import OfInvalidation
from case.domain.investigation import (
    InvestigationConcluded,
    InvestigationSigned,
    PriorNoticeIssued,
    PriorNoticeServed,
)
from case.domain.lawoftime import LawWeighed
from case.domain.merging import CaptureJoined, CaseMerged, OfAct
from case.domain.nonfiling import CaseNotFiled, NonFilingProposed
from case.domain.nopenalty import NoPenaltyDecided
from case.domain.obligation import PerformanceDue
from case.domain.opening import BackupNoted, CaseOpened
from case.domain.ordering import CorrectionChecked, CorrectionOrdered, CorrectionOrderServed
from case.domain.others import OtherAgenciesAsked
from case.domain.paying import (
    CasePaid,
    CasePerformed,
    PaymentDiffered,
    PaymentDifferenceSettled,
    PaymentReconciled,
    ReceiptEntered,
)
from case.domain.performance import CaseServed
from case.domain.preserving import OfPreservation
from case.domain.procedure import Case
from case.domain.prompting import Missed, PromptDrafted, PromptOverdue
from case.domain.publishing import OfPublication
from case.domain.reconsidering import OfRemedy
from case.domain.recusing import RecusalDecided, RecusalDecidedAbove
from case.domain.redating import DeadlineRedated
from case.domain.refunding import OfRefund
from case.domain.releasing import PartyReleased
from case.domain.relief import OfRelief
from case.domain.remedyresults import DecisionOrderedAnew
from case.domain.reserving import ServiceDateProven
from case.domain.returning import OfDeliberation
from case.domain.sealing import DocumentSealed
from case.domain.serving import ServiceFailed, ServiceOrdered
from case.domain.sheets import SheetMade
from case.domain.suspending import OfSuspension
from case.domain.transferring import OfTransfer, TransferLetterWritten
from case.store import (
    amendments,
    collecting,
    corrections,
    crimes,
    deliberation,
    erasures,
    executions,
    files,
    identities,
    invalidations,
    payments,
    publications,
    querycodes,
    refunds,
    releases,
    remedies,
    tables,
    weighings,
)
from case.store.documents import Document
from case.store.rows import measurement_columns, notice_columns
from case.store.texts import (
    AnswerReasons,
    DefenceTexts,
    Educated,
    NonFilingTexts,
    PartyTexts,
    SentPrompt,
    Shown,
    SignedReport,
    Texts,
    given,
    seal,
    unseal,
)
from common.documents.seal import SealStatement
from common.door.uow import Tx


async def write_parts(tx: Tx, case: Case, fact: CaseFact, texts: Texts | None) -> None:
    """Write what `fact` adds to or changes in the tables beside `cases`. `case` is the case after `fact`."""
    match fact:
        case PartyIdentified():
            row: dict[str, Any] = {"case_id": case.id, "party_id": fact.party_id}
            row |= {"kind": fact.kind, "age_group": fact.age_group}
            known = given(texts, PartyTexts)
            sealed = await seal(tx.secrets, tables.parties, row, known)
            digest = await identities.identity_digest(tx.secrets, known.identity_number)
            found = row | {"identity_digest": digest, "sealed": sealed}
            await releases.put(tx, case, fact, tables.parties, found)
            if case.released is not None:
                await releases.end_code(tx, fact, case.id)
        case PartyReleased():
            await releases.write_release(tx, case, fact)
        case PromptDrafted():
            draft = {"case_id": case.id, "ruleset": fact.ruleset, "drafted_at": fact.drafted_at}
            await releases.put(tx, case, fact, tables.prompt_drafts, draft)
        case PromptOverdue():
            column = "sla_missed_at" if fact.missed is Missed.SLA else "limit_missed_at"
            await tx.set(fact, tables.prompt_drafts, {"case_id": case.id}, {column: tx.now})
        case CasePrompted():
            sent = given(texts, SentPrompt)
            await tx.add(fact, tables.documents, asdict(sent.document))
            row = {"document_id": fact.document_id, "case_id": case.id}
            sealed = await seal(tx.secrets, tables.prompts, row, sent.texts)
            await tx.add(fact, tables.prompts, row | {"sealed": sealed})
            if sent.new_code is not None:
                await querycodes.write_code(tx, case, fact, sent.new_code)
        case CaseEducated():
            told = given(texts, Educated)
            await tx.add(fact, tables.documents, asdict(told.document))
            row = {"document_id": fact.document_id, "case_id": case.id}
            sealed = await seal(tx.secrets, tables.educations, row, told.texts)
            await tx.add(fact, tables.educations, row | {"sealed": sealed})
        case CorrectionOrdered() | CorrectionOrderServed() | CorrectionChecked():
            await corrections.write(tx, case, fact, texts)
        case ServiceOrdered() | ServiceFailed():
            await corrections.write(tx, case, fact, texts)
            await executions.write_answer_service(tx, case, fact)
        case DocumentSealed():
            made = given(texts, SealStatement)
            seal_columns = {"seal_certificate": made.certificate, "seal_signature": made.signature}
            await tx.set(fact, tables.documents, {"id": fact.document_id}, seal_columns)
        case NonFilingProposed():
            await _write_non_filing(tx, fact, given(texts, NonFilingTexts))
        case (
            CaseDecided()
            | NoPenaltyDecided()
            | CaseNotFiled()
            | SheetMade()
            | StatementWritten()
            | TransferLetterWritten()
        ):
            await tx.add(fact, tables.documents, asdict(given(texts, Document)))
        case PriorNoticeIssued():
            await tx.add(fact, tables.documents, asdict(given(texts, Document)))
            await tx.add(fact, tables.notices, {"case_id": case.id} | notice_columns(case.notices[-1]))
        case PriorNoticeServed():
            served = next(n for n in case.notices if n.document_id == fact.document_id)
            times = {
                "served_at": served.served_at,
                "defence_until": served.defence_until,
                "hearing_until": served.hearing_until,
            }
            await tx.set(fact, tables.notices, {"document_id": fact.document_id}, times)
        case LawWeighed():
            await weighings.write(tx, case, fact)
        case InvestigationSigned():
            signed = given(texts, SignedReport)
            report = {"case_id": case.id, "round": case.round, "trace": list(fact.trace)}
            sealed = await seal(tx.secrets, tables.reports, report, signed.report)
            await releases.put(tx, case, fact, tables.reports, report | {"sealed": sealed})
            await _add_signature(tx, case, fact, signed.signed_as)
        case InvestigationConcluded():
            await _add_signature(tx, case, fact, given(texts, SignedReport).signed_as)
        case FileHandedIn() | FileScanned():
            await files.write(tx, case, fact, texts)
        case DefenceSubmitted():
            await _add_statement(tx, case, fact, given(texts, DefenceTexts))
            await files.name_statement(tx, fact)
            await executions.write_way_back(tx, case, fact)
        case DefenceReviewed():
            await _answer(tx, fact, given(texts, AnswerReasons))
        case CaptureJoined():
            await add_exhibit(tx, fact, given(texts, Shown))
        case CaseMerged():
            for evidence_id in fact.moved:
                key = {"case_id": case.id, "evidence_id": evidence_id}
                await tx.set(fact, tables.exhibits, key, {"moved_to": fact.into})
        case BackupNoted():
            key = {"case_id": case.id, "evidence_id": fact.evidence_id}
            await tx.set(fact, tables.exhibits, key, {"backed_up": True})
        case DeadlineRedated():
            await _redate(tx, case, fact)
            await executions.write_moved(tx, case, fact)
            await corrections.write_moved(tx, case, fact)
        case ServiceDateProven():
            await executions.write_moved(tx, case, fact)
            await corrections.write_moved(tx, case, fact)
            if any(notice.document_id == fact.document_id for notice in case.notices):
                key = {"document_id": fact.document_id}
                await tx.set(fact, tables.notices, key, {"served_at": fact.served_at})
            await deliberation.redate(tx, case, fact)
            await amendments.write_service(tx, case, fact)
        case CaseServed():
            await amendments.write_service(tx, case, fact)
        case CasePaid():
            await payments.write_payment(tx, fact)
        case PaymentReconciled():
            confirmed = {"reconciled_on": fact.day, "file_sha256": fact.file_sha256}
            await tx.set(fact, tables.payments, {"serial": fact.serial}, confirmed)
        case PaymentDiffered():
            await payments.write_difference(tx, case, fact)
        case PaymentDifferenceSettled():
            await payments.write_settlement(tx, case, fact)
        case ReceiptEntered():
            receipt = payments.receipt_columns(fact.receipt)
            await tx.set(fact, tables.payments, {"serial": fact.serial}, receipt)
        case OfCollecting():
            await collecting.write_record(tx, case, fact, texts)
        case OfCrime():
            await crimes.write(tx, case, fact, texts)
        case OfPreservation():
            await collecting.write_preservation(tx, case, fact, texts)
        case OfRelief():
            await executions.write_relief(tx, case, fact, texts)
        case OfSuspension():
            await executions.write_suspension(tx, case, fact, texts)
        case OfExecution():
            await executions.write_execution(tx, case, fact, texts)
        case OfRefund():
            await refunds.write(tx, case, fact)
        case OfRemedy():
            await remedies.write(tx, case, fact, texts)
            if isinstance(fact, DecisionOrderedAnew):
                await deliberation.void_ended(tx, case, fact)
        case OfDeliberation():
            await deliberation.write(tx, case, fact, texts)
            if isinstance(fact, (RecusalDecided, RecusalDecidedAbove)):
                await executions.write_way_back(tx, case, fact)
        case OfPublication():
            await publications.write(tx, case, fact, texts)
        case OfInvalidation():
            await invalidations.write(tx, case, fact, texts)
        case OfAmendment():
            await amendments.write(tx, case, fact, texts)
        case CaseErasureProposed():
            await erasures.write_proposal(tx, fact)
        case CaseErased():
            await erasures.write_approval(tx, fact)
        case (
            OfAct()
            | OfTransfer()
            | PromptArrivalDenied()
            | PromptDelivered()
            | PromptFailed()
            | FilingApplied()
            | CaseCorrected()
            | FirstOffenceChecked()
            | WaiverChosen()
            | CaseFiled()
            | OtherAgenciesAsked()
            | ServiceDoubted()
            | ServiceDoubtSettled()
            | CaseReopened()
            | PerformanceDue()
            | CasePerformed()
            | ClosureProposed()
            | CaseClosed()
            | CaseArchived()
        ):
            pass  # these change the case's own row alone
        case _:
            assert_never(fact)


async def add_exhibit(tx: Tx, fact: CaseOpened | CaptureJoined, shown: Shown) -> None:
    """The row of a capture that opened the case or joined it."""
    plate = shown.exhibit.plate
    row = {
        "case_id": fact.owner,
        "evidence_id": fact.evidence_id,
        "device_id": fact.device_id,
        "device_code": shown.device_code,
        "place": shown.place.name,
        "longitude": shown.place.longitude,
        "latitude": shown.place.latitude,
        "captured_at": fact.captured_at,
        "reviewers": list(fact.reviewers),
        "device_lawful": fact.device_lawful,
        "backed_up": fact.backed_up,
        "media": list(fact.media),
        "plate_digest": await identities.plate_digest(tx.secrets, plate) if plate else None,
        **measurement_columns(fact.measurement),
    }
    sealed = await seal(tx.secrets, tables.exhibits, row, shown.exhibit)
    await tx.add(fact, tables.exhibits, row | {"sealed": sealed})


async def add_deadlines(tx: Tx, fact: CaseOpened | CaseFact) -> None:
    """The rows of the deadlines that `fact` starts. An act that is done again starts its deadline anew."""
    table = tables.deadlines
    due = {deadline.rule: asdict(deadline) for deadline in fact.due}
    query = sa.select(table.c.rule).where(table.c.case_id == fact.owner, table.c.rule.in_(due))
    running = set((await tx.conn.execute(query)).scalars()) if due else set()
    for rule in running:
        await tx.set(fact, table, {"case_id": fact.owner, "rule": rule}, due.pop(rule) | {"missed_on": None})
    await tx.add_all(table, [(fact, {"case_id": fact.owner} | row) for row in due.values()])


async def _redate(tx: Tx, case: Case, fact: DeadlineRedated) -> None:
    settled = asdict(fact.deadline)
    key = {"case_id": case.id, "rule": settled.pop("rule")}
    await tx.set(fact, tables.deadlines, key, settled | {"missed_on": None})
    if fact.deadline.rule.startswith("invalidation_"):
        number = int(fact.deadline.rule.removeprefix("invalidation_"))
        await invalidations.write_day(tx, case, fact, number)
    if fact.deadline.rule.startswith("settle_preservation_"):
        number = int(fact.deadline.rule.removeprefix("settle_preservation_"))
        await collecting.write_day(tx, case, fact, number)
    if fact.deadline.rule in ("defence", "request_hearing") and case.notices:
        notice = case.notices[-1]
        until = {"defence_until": notice.defence_until, "hearing_until": notice.hearing_until}
        await tx.set(fact, tables.notices, {"document_id": notice.document_id}, until)


async def _add_signature(
    tx: Tx, case: Case, fact: InvestigationSigned | InvestigationConcluded, signed_as: str
) -> None:
    hand = fact.signature.hand
    row = {
        "case_id": fact.owner,
        "round": case.round,
        "officer_id": hand.officer_id,
        "signed_as": signed_as,
        "certificate": hand.certificate,
        "certificate_until": hand.certificate_until,
        "signed_at": fact.signature.signed_at,
        "no_conflict": fact.signature.no_conflict,
    }
    await releases.put(tx, case, fact, tables.signatures, row)


async def _write_non_filing(tx: Tx, fact: NonFilingProposed, texts: NonFilingTexts) -> None:
    """The row of a proposal. It takes the place of a proposal that nobody approved."""
    row = {"case_id": fact.owner, "proposed_at": tx.now}
    written = row | {"sealed": await seal(tx.secrets, tables.non_filings, row, texts)}
    query = sa.select(tables.non_filings.c.case_id).where(tables.non_filings.c.case_id == fact.owner)
    if await tx.conn.scalar(query) is None:
        await tx.add(fact, tables.non_filings, written)
    else:
        await tx.set(fact, tables.non_filings, {"case_id": fact.owner}, written)


async def _add_statement(tx: Tx, case: Case, fact: DefenceSubmitted, texts: DefenceTexts) -> None:
    row = {
        "case_id": fact.owner,
        "number": fact.number,
        "final": fact.final,
        "submitted_at": fact.submitted_at,
        "answered": False,
    }
    sealed = await seal(tx.secrets, tables.defences, row, texts)
    await releases.put(tx, case, fact, tables.defences, row | {"sealed": sealed})


async def _answer(tx: Tx, fact: DefenceReviewed, texts: AnswerReasons) -> None:
    """Each answer joins its statement: both are sealed together, because one column holds them."""
    query = sa.select(tables.defences).where(tables.defences.c.case_id == fact.owner)
    rows = {row["number"]: row for row in (await tx.conn.execute(query)).mappings()}
    for answer, reason in zip(fact.answers, texts.reasons, strict=True):
        row = rows[answer.number]
        stated = unseal(tx.secrets, tables.defences, row, DefenceTexts)
        if stated is None:
            raise ValueError(f"statement {answer.number} of case {fact.owner} cannot be read")
        both = DefenceTexts(stated.statement, reason)
        sealed = await seal(tx.secrets, tables.defences, row, both)
        key = {"case_id": fact.owner, "number": answer.number}
        effect = answer.effect
        changed = {"answered": True, "adopted": answer.adopted, "effect": effect, "sealed": sealed}
        await tx.set(fact, tables.defences, key, changed)
