"""The legal documents of cases. Their bytes lie in the blob store, sealed for their case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from case.domain.disclosure import DocumentDisclosed, RemedyBundleDisclosed
from case.domain.exporting import CaseExported
from case.domain.showing import DeviceDossierShown, PictureShown
from case.store import tables
from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import AgencyId, CaseId, DocumentId, PartyId


@dataclass(frozen=True)
class Document:
    """A legal document: its number, the template and its version, the SHA-256 of its bytes in hex.

    `party_id` is None for a document about a lead whose party nobody found. `verify_code` is printed on it for whoever
    verifies it, None on a sheet of the agency's own. `fonts_sha256` names the fonts that drew it. The seal is a
    certificate (X.509, DER) and its signature over the digest; None without one.
    """

    id: DocumentId
    case_id: CaseId
    agency_id: AgencyId
    party_id: PartyId | None
    kind: str
    number: str
    template: str
    sha256: str
    made_at: datetime
    pages: int
    fonts_sha256: str
    verify_code: str | None
    seal_certificate: bytes | None
    seal_signature: bytes | None

    @property
    def is_sealed(self) -> bool:
        return self.seal_signature is not None


async def get(v: View | Tx, document_id: DocumentId) -> Document:
    """The document. Refusal NOT_FOUND where there is none, or its case is not visible."""
    query = sa.select(tables.documents).where(tables.documents.c.id == document_id)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(document_id)
    return document_of(row)


async def get_by_digest(v: View, sha256: str) -> Document:
    """The document for a party that has these bytes. Refusal NOT_FOUND; what the agency says to itself is none."""
    table = tables.documents
    query = sa.select(table).where(table.c.sha256 == sha256, table.c.verify_code.is_not(None)).limit(1)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(sha256)
    return document_of(row)


def record_reading(
    tx: Tx,
    permit: Permit,
    fact: DocumentDisclosed | CaseExported | RemedyBundleDisclosed | PictureShown | DeviceDossierShown,
) -> None:
    """Record that a document was read, or the whole file, or what else a case shows. No row changes."""
    tx.record(permit, fact)


def document_of(row: Mapping[Any, Any]) -> Document:
    """The document that `row` holds."""
    return Document(
        DocumentId(row["id"]),
        CaseId(row["case_id"]),
        AgencyId(row["agency_id"]),
        PartyId(row["party_id"]) if row["party_id"] else None,
        row["kind"],
        row["number"],
        row["template"],
        row["sha256"],
        row["made_at"],
        row["pages"],
        row["fonts_sha256"],
        row["verify_code"],
        row["seal_certificate"],
        row["seal_signature"],
    )
