"""Documents on their way: read, rendered and stored before the change that makes them valid.

    look (the rule is tried, nothing is written) ─▶ render ─▶ blob ─▶ change: is the case unchanged? ─▶ the act

Rendering and the blob store stay outside the transaction. If the case moved on or midnight passed in
between, the act is refused and the blob is an orphan that no record names.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from case.documents import DocumentKind, render
from case.documents.filling import number_of
from case.domain.erasure import gone
from case.domain.procedure import Case
from case.runtime import CaseRuntime
from case.store import cases, dossiers
from case.store.documents import Document
from case.store.dossiers import Dossier
from common.documents.content import Content
from common.door.secrets import Erased
from common.door.uow import Database, change
from common.policy import Mandate
from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId, DocumentId
from common.values.profile import Office

_TEMPLATE_VERSION: Final = 1


@dataclass(frozen=True)
class Draft:
    """A document that exists as bytes and not yet in law. `revision` is that of the case it was made from."""

    document: Document
    revision: int

    def require_current(self, case: Case, at: datetime) -> None:
        """Raises Refusal CASE_CHANGED_MEANWHILE if the case changed, or the day, since the document was made."""
        if case.revision != self.revision or legal_day(at) != legal_day(self.document.made_at):
            raise Refusal(Kind.CONFLICT, "CASE_CHANGED_MEANWHILE", {"case": case.id})


async def look(db: Database, mandate: Mandate, case_id: CaseId) -> tuple[Dossier, datetime]:
    """The case before its document is made, and the hour. A repeated request is answered here already."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, case_id)
        tx.permit(cases.resource(dossier.case))
        return dossier, tx.now


async def make(
    runtime: CaseRuntime, dossier: Dossier, office: Office, kind: DocumentKind, content: Content, at: datetime
) -> Draft:
    """Render `content` and store the bytes under their hash, sealed for the case."""
    case = dossier.case
    # The salt hides the content from a person who knows only the digest and guesses.
    pdf = await asyncio.to_thread(render, kind, content, at, salt=secrets.token_hex(16))
    document = Document(
        DocumentId.new(at),
        case.id,
        case.agency_id,
        case.party.id if case.party else None,
        kind=kind,
        number=number_of(dossier, office, kind),
        template=f"{kind}@{_TEMPLATE_VERSION}",
        sha256=await runtime.sealed.put(pdf, of=[case.id.stream]),
        made_at=at,
    )
    return Draft(document, case.revision)


async def stored(runtime: CaseRuntime, document: Document) -> bytes:
    """The bytes of `document` as they were made. Refusal CASE_ERASED once its case was erased."""
    try:
        return await runtime.sealed.get(document.sha256, of=document.case_id.stream)
    except Erased:
        raise gone(document.case_id) from None
