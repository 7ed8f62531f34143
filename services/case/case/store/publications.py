"""The publications of decisions: their rows, what the public sees of them, and those that are late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from case.domain.procedure import Case
from case.domain.publications import Fallen, Publication
from case.domain.publishing import OfPublication
from case.store.amendmenttexts import PublicWords
from case.store.publicationtables import publications
from case.store.texts import seal, unseal
from common.door.uow import Tx, View
from common.policy import not_found
from common.values.ids import CaseId, DocumentId, OfficerId, PublicationId


@dataclass(frozen=True)
class PublicDecision:
    """A published decision as the public sees it: `content` is None from the moment when the decision fell."""

    id: PublicationId
    published_at: datetime
    sha256: str
    content: str | None
    fallen: Fallen | None
    withdrawn_at: datetime | None
    withdrawn_for: str | None


async def write(tx: Tx, case: Case, fact: OfPublication, texts: object) -> None:
    """Write the row of the publication that `fact` is about."""
    made = next(each for each in case.publications if each.number == fact.number)
    key = {"case_id": case.id, "number": fact.number}
    row = _columns(made)
    query = sa.select(publications).filter_by(**key)
    known = (await tx.conn.execute(query)).mappings().one_or_none()
    if known is None:
        await tx.add(fact, publications, key | row)
        return
    changed: dict[str, Any] = {name: value for name, value in row.items() if known[name] != value}
    if isinstance(texts, PublicWords):
        words = texts.joined(unseal(tx.secrets, publications, known, PublicWords))
        changed["sealed"] = await seal(tx.secrets, publications, key, words)
    await tx.set(fact, publications, key, changed)


async def list_public(v: View, *, after: str, limit: int) -> list[PublicDecision]:
    """Published decisions after this id, in the order of their publication; those that fell without their content.

    Those of erased cases are left out: nothing of them is left to read.
    """
    query = (
        sa.select(publications)
        .where(publications.c.publication_id > after, publications.c.sealed.is_not(None))
        .order_by(publications.c.publication_id)
        .limit(limit)
    )
    found = (_public(v, row) for row in (await v.conn.execute(query)).mappings())
    return [each for each in found if each is not None]


async def get_public(v: View, publication_id: PublicationId) -> PublicDecision:
    """One published decision. Refusal NOT_FOUND for one that was never published, and once its case was erased."""
    query = sa.select(publications).where(publications.c.publication_id == publication_id)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    shown = _public(v, row) if row is not None else None
    if shown is None:
        raise not_found(publication_id)
    return shown


async def list_late(v: View, today: date) -> list[CaseId]:
    """Cases with a publication or a withdrawal that was due before `today`, and that no record reports yet."""
    table = publications
    is_unpublished = sa.and_(
        table.c.publish_by < today, table.c.published_at.is_(None), table.c.fallen.is_(None)
    )
    is_unwithdrawn = sa.and_(table.c.withdraw_by < today, table.c.withdrawn_at.is_(None))
    query = (
        sa.select(table.c.case_id)
        .distinct()
        .where(table.c.overdue_at.is_(None), sa.or_(is_unpublished, is_unwithdrawn))
    )
    return [CaseId(case_id) for case_id in (await v.conn.execute(query)).scalars()]


def publication_of(row: Mapping[Any, Any]) -> Publication:
    """The publication that `row` holds."""
    return Publication(
        row["number"],
        DocumentId(row["document_id"]),
        row["has_impact"],
        tuple(row["criteria"]),
        OfficerId(row["judged_by"]),
        row["judged_at"],
        row["publish_by"],
        PublicationId(row["publication_id"]) if row["publication_id"] else None,
        row["published_at"],
        row["sha256"],
        Fallen(row["fallen"]) if row["fallen"] else None,
        row["withdraw_by"],
        row["withdrawn_at"],
        row["overdue_at"],
    )


def _public(v: View, row: Mapping[Any, Any]) -> PublicDecision | None:
    """What the public reads; None once the case was erased."""
    words = unseal(v.secrets, publications, row, PublicWords)
    if words is None:
        return None
    fallen = Fallen(row["fallen"]) if row["fallen"] else None
    return PublicDecision(
        PublicationId(row["publication_id"]),
        row["published_at"],
        row["sha256"],
        None if fallen else words.content,
        fallen,
        row["withdrawn_at"],
        words.withdrawn_for,
    )


def _columns(made: Publication) -> dict[str, Any]:
    return {
        "document_id": made.document_id,
        "has_impact": made.has_impact,
        "criteria": list(made.criteria),
        "judged_by": made.judged_by,
        "judged_at": made.judged_at,
        "publish_by": made.publish_by,
        "publication_id": made.publication_id,
        "published_at": made.published_at,
        "sha256": made.sha256,
        "fallen": made.fallen,
        "withdraw_by": made.withdraw_by,
        "withdrawn_at": made.withdrawn_at,
        "overdue_at": made.overdue_at,
    }
