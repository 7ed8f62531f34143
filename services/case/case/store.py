"""Cases as rows. With `erasures`, the only file in this service that speaks SQL (the tables: `tables.py`)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from case.domain.closing import CaseArchived
from case.domain.decision import CaseDecided
from case.domain.defence import DefenceReviewed, DefenceSubmitted
from case.domain.disclosure import DocumentDisclosed
from case.domain.filing import CasePrompted, PartyIdentified
from case.domain.investigation import (
    InvestigationConcluded,
    InvestigationSigned,
    PriorNoticeIssued,
    PriorNoticeServed,
)
from case.domain.opening import BackupNoted, CaseOpened
from case.domain.performance import CasePaid
from case.domain.procedure import Case, CaseFact, State, after
from case.rows import PERSONAL, Parts, case_of, columns, notice_columns, open_row, seal_row
from case.tables import (
    cases,
    deadlines,
    defences,
    documents,
    exhibits,
    notices,
    parties,
    payments,
    reports,
    signatures,
)
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, CaseId, DocumentId, EvidenceId

_PERSONAL = 3
_PUBLIC = 1

Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Dossier:
    """What documents and views print of a case beside its state: rows with what is sealed in them opened."""

    case: Case
    exhibits: Sequence[Row]
    party: Row | None
    report: Row | None
    signatures: Sequence[Row]
    defences: Sequence[Row]
    documents: Sequence[Row]
    deadlines: Sequence[Row]
    serial: int
    year: int
    agency_name: str | None = None  # whose officer is acting: the organ that its documents name

    def document(self, document_id: DocumentId) -> Row:
        return next(row for row in self.documents if row["id"] == document_id)


def resource(case: Case) -> Resource:
    """What the policy needs to know of a case: level 3, its two officers assigned."""
    return Resource(
        case.id,
        case.agency_id,
        level=_PERSONAL,
        party_id=case.party.id if case.party else None,
        assigned=frozenset(f"officer:{officer}" for officer in case.officers),
    )


def obligation(case: Case) -> Resource:
    """A case as the bank knows it: a reference and an amount, nothing personal."""
    return Resource(case.id, case.agency_id, level=_PUBLIC)


async def lock(tx: Tx, case_id: CaseId) -> Case:
    """The case, held until commit. Refusal NOT_FOUND for another agency's, or none."""
    return await _one(tx, cases.c.id == case_id, case_id, held=True)


async def lock_by_reference(tx: Tx, reference: str) -> Case:
    """The case that this payment reference names, held until commit."""
    return await _one(tx, cases.c.payment_reference == reference, reference, held=True)


async def get(v: View | Tx, case_id: CaseId) -> Case:
    """The case. Refusal NOT_FOUND for another agency's, or none."""
    return await _one(v, cases.c.id == case_id, case_id, held=False)


async def find_by_evidence(v: View | Tx, evidence_id: EvidenceId) -> CaseId | None:
    """The case that holds this capture."""
    query = sa.select(exhibits.c.case_id).where(exhibits.c.evidence_id == evidence_id)
    found = (await v.conn.execute(query)).scalar_one_or_none()
    return CaseId(found) if found else None


async def list_page(v: View, *, after_id: str, state: State | None, limit: int) -> Sequence[Row]:
    """Cases after `after_id` in the order they were opened: the rows that row-level security shows."""
    query = sa.select(cases).where(cases.c.id > after_id).order_by(cases.c.id).limit(limit)
    if state is not None:
        query = query.where(cases.c.state == state)
    return (await v.conn.execute(query)).mappings().all()


async def next_serial(tx: Tx, agency_id: AgencyId, year: int) -> int:
    """The next serial of the agency's cases in `year`. Held to commit, so that none is given twice or left out."""
    await tx.conn.execute(
        sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"serial/{agency_id}/{year}"}
    )
    query = sa.select(sa.func.coalesce(sa.func.max(cases.c.serial), 0) + 1).where(
        cases.c.agency_id == agency_id, cases.c.year == year
    )
    return int((await tx.conn.execute(query)).scalar_one())


async def list_twins(tx: Tx, case: Case, *, within: timedelta) -> tuple[CaseId, ...]:
    """Other decided cases of the same violation whose captures show the same plate within that time (APL 29).

    Decisions on one violation take turns until commit: two at once would each not see the other.
    """
    await tx.conn.execute(
        sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"twins/{case.violation_code}"}
    )
    ours, theirs = exhibits.alias("ours"), exhibits.alias("theirs")
    near = (
        sa.select(theirs)
        .join(cases, cases.c.id == theirs.c.case_id)
        .join(ours, theirs.c.captured_at.between(ours.c.captured_at - within, ours.c.captured_at + within))
        .where(
            ours.c.case_id == case.id,
            theirs.c.case_id != case.id,
            cases.c.violation_code == case.violation_code,
            cases.c.decided_at.is_not(None),
        )
    )
    # Plates are sealed, so they are compared here: few captures of one violation lie so near in time.
    others = await _opened(tx, exhibits, near)
    plates = {
        (row["plate"], row["captured_at"])
        for row in await _opened(tx, exhibits, sa.select(exhibits).where(exhibits.c.case_id == case.id))
    }
    return tuple(
        sorted(
            {
                CaseId(row["case_id"])
                for row in others
                for plate, at in plates
                if plate is not None and row["plate"] == plate and abs(row["captured_at"] - at) <= within
            }
        )
    )


async def get_dossier(v: View | Tx, case: Case) -> Dossier:
    """Everything about `case` that a document or a view may print."""

    async def rows(table: sa.Table, *order: sa.Column[Any]) -> Sequence[Row]:
        query = sa.select(table).where(table.c.case_id == case.id).order_by(*order)
        return await _opened(v, table, query)

    numbered = (
        await v.conn.execute(sa.select(cases.c.serial, cases.c.year).where(cases.c.id == case.id))
    ).one()
    party, report = await rows(parties), await rows(reports)
    return Dossier(
        case,
        exhibits=await rows(exhibits, exhibits.c.captured_at),
        party=party[0] if party else None,
        report=report[0] if report else None,
        signatures=await rows(signatures, signatures.c.signed_at),
        defences=await rows(defences, defences.c.number),
        documents=await rows(documents, documents.c.made_at, documents.c.id),
        deadlines=await rows(deadlines, deadlines.c.due_on, deadlines.c.rule),
        serial=numbered.serial,
        year=numbered.year,
    )


async def get_document(v: View | Tx, document_id: DocumentId) -> Row:
    """The document's row. Refusal NOT_FOUND where there is none, or its case is not visible."""
    query = sa.select(documents).where(documents.c.id == document_id)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(document_id)
    return row


async def find_payment(tx: Tx, serial: str) -> Row | None:
    """The payment with the bank's `serial`, if it was noticed before."""
    query = sa.select(payments).where(payments.c.serial == serial)
    return (await tx.conn.execute(query)).mappings().one_or_none()


async def add_opened(
    tx: Tx, permit: Permit, fact: CaseOpened, *, year: int, serial: int, kept: Mapping[str, Any]
) -> Case:
    """Keep a new case. `kept` holds the capture's place, plate and device code."""
    case = fact.opened()
    tx.record(permit, fact)
    await tx.add(fact, cases, columns(case) | {"year": year, "serial": serial})
    (exhibit,) = case.exhibits
    row = {
        "case_id": case.id,
        "evidence_id": exhibit.evidence_id,
        "device_id": exhibit.device_id,
        "captured_at": exhibit.captured_at,
        "reviewers": list(exhibit.reviewers),
        "device_lawful": exhibit.device_lawful,
        "backed_up": exhibit.backed_up,
        "media": list(exhibit.media),
    }
    await _add_sealed(tx, fact, exhibits, row | dict(kept))
    await _add_deadlines(tx, fact)
    return case


async def save(
    tx: Tx, permit: Permit, case: Case, *facts: CaseFact, kept: Mapping[str, Any] | None = None
) -> Case:
    """Keep `facts` and what they leave behind. `kept` holds the texts that the records only commit to."""
    tx.record(permit, *facts)
    for fact in facts:
        before, case = case, after(case, fact)
        old = columns(before)
        changed = {name: value for name, value in columns(case).items() if value != old[name]}
        await tx.set(fact, cases, {"id": case.id}, changed)
        await _save_parts(tx, case, fact, kept or {})
        await _add_deadlines(tx, fact)
    return case


def record_reading(tx: Tx, permit: Permit, fact: DocumentDisclosed) -> None:
    """Keep that a document was read. No row changes."""
    tx.record(permit, fact)


async def _save_parts(tx: Tx, case: Case, fact: CaseFact, kept: Mapping[str, Any]) -> None:
    """The rows beside the case's own that `fact` makes or changes."""
    of_case = {"case_id": case.id}
    match fact:
        case PartyIdentified():
            named = {"party_id": fact.party_id, "kind": fact.kind, "age_group": fact.age_group}
            await _add_sealed(tx, fact, parties, of_case | named | dict(kept))
        case CasePrompted() | CaseDecided():
            await tx.add(fact, documents, of_case | dict(kept))
        case PriorNoticeIssued():
            await tx.add(fact, documents, of_case | dict(kept))
            await tx.add(fact, notices, of_case | notice_columns(case.notices[-1]))
        case PriorNoticeServed():
            served = next(n for n in case.notices if n.document_id == fact.document_id)
            times = {"served_at": served.served_at, "defence_until": served.defence_until}
            await tx.set(fact, notices, {"document_id": fact.document_id}, times)
        case InvestigationSigned():
            texts = {"facts": kept["facts"], "reasons": kept["reasons"], "trace": list(fact.trace)}
            await _add_sealed(tx, fact, reports, of_case | texts)
            await _add_signature(tx, case, fact, kept)
        case InvestigationConcluded():
            await _add_signature(tx, case, fact, kept)
        case DefenceSubmitted():
            stated = {"number": fact.number, "final": fact.final, "submitted_at": fact.submitted_at}
            row = of_case | stated | {"statement": kept["statement"], "answered": False}
            await _add_sealed(tx, fact, defences, row)
        case DefenceReviewed():
            query = sa.select(defences).where(defences.c.case_id == case.id)
            given = {row["number"]: row["statement"] for row in await _opened(tx, defences, query)}
            for answer in fact.answers:
                key = {"case_id": case.id, "number": answer.number}
                said = {"statement": given[answer.number], "reason": kept[str(answer.number)]}
                sealed = await asyncio.to_thread(seal_row, tx.secrets, defences, key | said)
                await tx.set(fact, defences, key, sealed | {"answered": True, "adopted": answer.adopted})
        case BackupNoted():
            key = of_case | {"evidence_id": fact.evidence_id}
            await tx.set(fact, exhibits, key, {"backed_up": True})
        case CasePaid():
            row = {
                "serial": fact.serial,
                "reference": fact.payment_reference,
                "amount_fen": fact.amount_fen,
                "surcharge_fen": fact.surcharge_fen,
                "paid_at": fact.paid_at,
                "channel": fact.channel,
                "receipt_number": fact.receipt_number,
                "notice_sha256": fact.notice,
            }
            await tx.add(fact, payments, of_case | row)
        case CaseArchived():
            pass  # the record holds the package's digest; the case's own row says that it is archived
        case _:
            pass


async def _add_sealed(tx: Tx, fact: CaseFact, table: sa.Table, row: Mapping[str, Any]) -> None:
    await tx.add(fact, table, await asyncio.to_thread(seal_row, tx.secrets, table, row))


async def _opened(v: View | Tx, table: sa.Table, query: sa.Select[Any]) -> Sequence[Row]:
    """Rows of `table`, with what is sealed in them."""
    rows = (await v.conn.execute(query)).mappings().all()
    return [open_row(v.secrets, table, row) for row in rows] if table.name in PERSONAL else rows


async def _add_signature(
    tx: Tx, case: Case, fact: InvestigationSigned | InvestigationConcluded, kept: Mapping[str, Any]
) -> None:
    hand = fact.signature.hand
    row = {
        "case_id": case.id,
        "officer_id": hand.officer_id,
        "signed_as": kept["signed_as"],
        "certificate": hand.certificate,
        "certificate_until": hand.certificate_until,
        "signed_at": fact.signature.signed_at,
        "no_conflict": fact.signature.no_conflict,
    }
    await tx.add(fact, signatures, row)


async def _add_deadlines(tx: Tx, fact: CaseFact) -> None:
    rows = [{"case_id": fact.owner} | asdict(deadline) for deadline in fact.due]
    await tx.add_all(deadlines, [(fact, row) for row in rows])


async def _one(v: View | Tx, where: sa.ColumnElement[bool], name: str, *, held: bool) -> Case:
    query = sa.select(cases).where(where)
    row = (await v.conn.execute(query.with_for_update() if held else query)).one_or_none()
    if row is None:
        raise not_found(name)

    async def parts(table: sa.Table, *order: sa.Column[Any]) -> Sequence[Any]:
        query = sa.select(table).where(table.c.case_id == row.id).order_by(*order)
        return (await v.conn.execute(query)).all()

    found = Parts(
        exhibits=await parts(exhibits, exhibits.c.captured_at),
        parties=await parts(parties),
        signatures=await parts(signatures, signatures.c.signed_at),
        notices=await parts(notices, notices.c.issued_at),
        defences=await parts(defences, defences.c.number),
    )
    return case_of(row, found)
