"""The amendments of a decision: their rows, and the words that lie sealed in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

import orjson
import sqlalchemy as sa
from pydantic import TypeAdapter

from case.domain.amending import AmendmentReviewed, OfAmendment
from case.domain.amendments import Amendment, AmendmentKind, Cause, Conclusion
from case.domain.contents import Proposal
from case.domain.performance import CaseServed
from case.domain.procedure import Case
from case.domain.reserving import ServiceDateProven
from case.store import tables
from case.store.amendmenttables import amendments
from case.store.amendmenttexts import AmendmentTexts, Corrected, Opinion
from case.store.documents import Document
from common.door.rows import name_of
from common.door.secrets import Erased, Secrets
from common.door.uow import Tx, View
from common.values.ids import CaseId, DocumentId, OfficerId
from common.values.profile import PenaltyKind

_READER: Final = TypeAdapter(AmendmentTexts)


async def write(tx: Tx, case: Case, fact: OfAmendment, texts: object) -> None:
    """Write the row of the amendment that `fact` is about, and the document that it made."""
    if isinstance(texts, (Document, Corrected)):
        made = texts if isinstance(texts, Document) else texts.document
        if made.id == getattr(fact, "document_id", None):
            await tx.add(fact, tables.documents, asdict(made))
    amendment = next(each for each in case.amendments if each.number == fact.number)
    key = {"case_id": case.id, "number": fact.number}
    row = key | _columns(amendment)
    query = sa.select(amendments).filter_by(**key)
    known = (await tx.conn.execute(query)).mappings().one_or_none()
    if known is None:
        words = texts.texts if isinstance(texts, Corrected) else texts
        sealed = await _sealed(tx, row, words if isinstance(words, AmendmentTexts) else AmendmentTexts(""))
        await tx.add(fact, amendments, row | {"sealed": sealed})
        return
    changed: dict[str, Any] = {name: value for name, value in row.items() if known[name] != value}
    if isinstance(fact, AmendmentReviewed) and isinstance(texts, Opinion):
        said = texts_of(tx.secrets, known) or AmendmentTexts("")
        changed["sealed"] = await _sealed(tx, row, replace(said, opinion=texts.opinion))
    await tx.set(fact, amendments, key, changed)


async def write_service(tx: Tx, case: Case, fact: CaseServed | ServiceDateProven) -> None:
    """Write when the document of an amendment reached the party; nothing for the original decision."""
    for each in case.amendments:
        if each.document_id == fact.document_id:
            key = {"case_id": case.id, "number": each.number}
            await tx.set(fact, amendments, key, {"served_at": each.served_at})


def amendment_of(row: Mapping[Any, Any]) -> Amendment:
    """The amendment that `row` holds."""
    proposal = None
    if row["proposed_kind"] is not None:
        kind = PenaltyKind(row["proposed_kind"])
        proposal = Proposal(tuple(row["violations"]), kind, row["proposed_fen"])
    return Amendment(
        row["number"],
        AmendmentKind(row["kind"]),
        Cause(row["cause"]),
        OfficerId(row["proposed_by"]),
        proposal,
        Conclusion(row["conclusion"]) if row["conclusion"] else None,
        OfficerId(row["reviewed_by"]) if row["reviewed_by"] else None,
        DocumentId(row["document_id"]) if row["document_id"] else None,
        row["decided_at"],
        row["refund_fen"],
        row["served_at"],
    )


async def find_texts(v: View | Tx, case_id: CaseId, number: int) -> AmendmentTexts | None:
    """The words of one amendment; None once its case was erased."""
    query = sa.select(amendments).filter_by(case_id=case_id, number=number)
    return texts_of(v.secrets, (await v.conn.execute(query)).mappings().one())


def texts_of(secrets: Secrets, row: Mapping[Any, Any]) -> AmendmentTexts | None:
    """The words that `row` seals; None once its case was erased."""
    if row["sealed"] is None:
        return None
    try:
        plain = secrets.open(CaseId(row["case_id"]).stream, name_of(amendments, row), row["sealed"])
    except Erased:
        return None
    return _READER.validate_json(plain)


def _columns(amendment: Amendment) -> dict[str, Any]:
    proposal = amendment.proposal
    return {
        "kind": amendment.kind,
        "cause": amendment.cause,
        "violations": list(proposal.violations) if proposal else None,
        "proposed_kind": proposal.kind if proposal else None,
        "proposed_fen": proposal.fine_fen if proposal else None,
        "proposed_by": amendment.proposed_by,
        "conclusion": amendment.conclusion,
        "reviewed_by": amendment.reviewed_by,
        "document_id": amendment.document_id,
        "decided_at": amendment.decided_at,
        "refund_fen": amendment.refund_fen,
        "served_at": amendment.served_at,
    }


async def _sealed(tx: Tx, row: Mapping[Any, Any], texts: AmendmentTexts) -> bytes:
    owner = CaseId(row["case_id"]).stream
    return await tx.secrets.sealed(owner, name_of(amendments, row), orjson.dumps(asdict(texts)))
