"""The rows of the collection of evidence: records of two officers, and what is kept where it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any, assert_never

import sqlalchemy as sa

from case.domain.collected import FieldRecord, Handling, Preservation, RecordKind
from case.domain.collecting import MaterialProvided, RecordSigned, RecordTaken, RecordVoided
from case.domain.erasure import gone
from case.domain.preserving import (
    PreservationHandled,
    PreservationLapsed,
    PreservationOrdered,
    PreservationProposed,
    PreservedReturned,
)
from case.domain.procedure import Case, Changing, State
from case.domain.redating import DeadlineRedated
from case.domain.releasing import PartyReleased
from case.store import tables
from case.store.collectiontables import field_records, preservations
from case.store.collectiontexts import Handled, KeptWords, RecordWords, Voided
from case.store.documents import Document
from case.store.texts import Texts, given, seal, unseal
from common.door.uow import Tx, View
from common.values.ids import CaseId, DocumentId, OfficerId

Collected = RecordTaken | RecordSigned | RecordVoided | MaterialProvided
Kept = (
    PreservationProposed | PreservationOrdered | PreservationHandled | PreservationLapsed | PreservedReturned
)


async def write_record(tx: Tx, case: Case, fact: Collected, texts: Texts | None) -> None:
    """The row of the record that `fact` is about, as `case` holds it after the fact."""
    record = next(each for each in case.records if each.number == fact.number)
    key, row = {"case_id": case.id, "number": fact.number}, asdict(record) | {"case_id": case.id}
    match fact:
        case RecordTaken():
            sealed = await seal(tx.secrets, field_records, row, given(texts, RecordWords))
            await tx.add(fact, field_records, row | {"sealed": sealed})
        case RecordSigned():
            await tx.add(fact, tables.documents, asdict(given(texts, Document)))
            await tx.set(fact, field_records, key, {"document_id": record.document_id})
        case RecordVoided():
            words = replace(await words_of(tx, case.id, fact.number), void_reason=given(texts, Voided).reason)
            sealed = await seal(tx.secrets, field_records, row, words)
            await tx.set(fact, field_records, key, {"voided": True, "sealed": sealed})
        case MaterialProvided():
            came = {"provided_at": record.provided_at, "is_whole": record.is_whole}
            await tx.set(fact, field_records, key, came)
        case _:
            assert_never(fact)


async def write_fallen(tx: Tx, case: Case, fact: Changing) -> None:
    """Mark the records that fell with an officer or a party, as `case` holds them after `fact`."""
    fallen = [each.number for each in case.records if each.voided]
    query = sa.select(field_records.c.number).where(
        field_records.c.case_id == case.id, field_records.c.number.in_(fallen), ~field_records.c.voided
    )
    for number in (await tx.conn.execute(query)).scalars().all():
        await tx.set(fact, field_records, {"case_id": case.id, "number": number}, {"voided": True})


async def drop_proposals(tx: Tx, case: Case, fact: PartyReleased) -> None:
    """Mark what was proposed and not approved before the party was released: the next proposal takes its row."""
    query = sa.select(preservations.c.number).where(
        preservations.c.case_id == case.id, preservations.c.ordered_at.is_(None)
    )
    for number in (await tx.conn.execute(query)).scalars().all():
        key = {"case_id": case.id, "number": number}
        await tx.set(fact, preservations, key, {"released_at": fact.released_at})


async def write_preservation(tx: Tx, case: Case, fact: Kept, texts: Texts | None) -> None:
    """The row of the preservation that `fact` is about, as `case` holds it after the fact."""
    kept = next(each for each in case.preservations if each.number == fact.number)
    key, row = {"case_id": case.id, "number": fact.number}, asdict(kept) | {"case_id": case.id}
    match fact:
        case PreservationProposed():
            row |= {"sealed": await seal(tx.secrets, preservations, row, given(texts, KeptWords))}
            if await _is_there(tx, case.id, fact.number):
                await tx.set(fact, preservations, key, row | {"released_at": None})
            else:
                await tx.add(fact, preservations, row)
        case PreservationOrdered():
            await tx.add(fact, tables.documents, asdict(given(texts, Document)))
            ordered = {name: row[name] for name in ("ordered_at", "settle_by", "document_id")}
            await tx.set(fact, preservations, key, ordered)
        case PreservationHandled():
            made = given(texts, Handled)
            await tx.add(fact, tables.documents, asdict(made.document))
            words = replace(await kept_words_of(tx, case.id, fact.number), handling_reason=made.reason)
            handled = {name: row[name] for name in ("handling", "handled_at", "handling_document_id")}
            sealed = await seal(tx.secrets, preservations, row, words)
            await tx.set(fact, preservations, key, handled | {"sealed": sealed})
        case PreservationLapsed():
            await tx.set(fact, preservations, key, {"lapsed": True})
        case PreservedReturned():
            went = {"returned_at": kept.returned_at, "proof_sha256": fact.proof_sha256}
            await tx.set(fact, preservations, key, went)
        case _:
            assert_never(fact)


async def write_day(tx: Tx, case: Case, fact: DeadlineRedated, number: int) -> None:
    """Write the last day of a preservation, as `case` holds it after its deadline was dated again."""
    kept = next(each for each in case.preservations if each.number == number)
    key = {"case_id": case.id, "number": number}
    await tx.set(fact, preservations, key, {"settle_by": kept.settle_by})


async def words_of(v: View | Tx, case_id: CaseId, number: int) -> RecordWords:
    """Every word of a record. Refusal CASE_ERASED once the case was erased."""
    query = sa.select(field_records).where(
        field_records.c.case_id == case_id, field_records.c.number == number
    )
    row = (await v.conn.execute(query)).mappings().one()
    words = unseal(v.secrets, field_records, row, RecordWords)
    if words is None:
        raise gone(case_id)
    return words


async def kept_words_of(v: View | Tx, case_id: CaseId, number: int) -> KeptWords:
    """The list of a preservation and its reasons. Refusal CASE_ERASED once the case was erased."""
    query = sa.select(preservations).where(
        preservations.c.case_id == case_id, preservations.c.number == number
    )
    row = (await v.conn.execute(query)).mappings().one()
    words = unseal(v.secrets, preservations, row, KeptWords)
    if words is None:
        raise gone(case_id)
    return words


async def list_lapsing(v: View, today: date) -> list[CaseId]:
    """Cases that keep evidence beyond its last day, outside the archive."""
    query = (
        sa.select(preservations.c.case_id)
        .distinct()
        .join(tables.cases, tables.cases.c.id == preservations.c.case_id)
        .where(
            preservations.c.settle_by < today,
            preservations.c.handling.is_(None),
            ~preservations.c.lapsed,
            tables.cases.c.state != State.ARCHIVED,
        )
        .order_by(preservations.c.case_id)
    )
    return [CaseId(case_id) for case_id in (await v.conn.execute(query)).scalars()]


def record_of(row: Mapping[Any, Any]) -> FieldRecord:
    """The record that `row` holds."""
    return FieldRecord(
        row["number"],
        RecordKind(row["kind"]),
        OfficerId(row["first"]),
        row["began_at"],
        row["ended_at"],
        row["due_on"],
        OfficerId(row["second"]),
        row["with_party"],
        DocumentId(row["document_id"]) if row["document_id"] else None,
        row["voided"],
        row["provided_at"],
        row["is_whole"],
    )


def preservation_of(row: Mapping[Any, Any]) -> Preservation:
    """The preservation that `row` holds."""
    return Preservation(
        row["number"],
        OfficerId(row["proposed_by"]),
        row["ordered_at"],
        row["settle_by"],
        DocumentId(row["document_id"]) if row["document_id"] else None,
        Handling(row["handling"]) if row["handling"] else None,
        row["handled_at"],
        DocumentId(row["handling_document_id"]) if row["handling_document_id"] else None,
        row["lapsed"],
        row["returned_at"],
    )


async def _is_there(tx: Tx, case_id: CaseId, number: int) -> bool:
    query = sa.select(preservations.c.number).where(
        preservations.c.case_id == case_id, preservations.c.number == number
    )
    return await tx.conn.scalar(query) is not None
