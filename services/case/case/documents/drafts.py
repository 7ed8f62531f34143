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

from case.documents import INTERNAL, LEAVING, DocumentKind, render
from case.documents.filling import number_of
from case.domain.erasure import gone
from case.domain.procedure import Case
from case.runtime import CaseRuntime
from case.store import cases, dossiers
from case.store.documents import Document
from case.store.dossiers import Dossier
from common.documents.content import Content
from common.documents.glyphs import fonts_sha256
from common.documents.render import Verification, pages_of
from common.door.secrets import Erased
from common.door.uow import Database, change
from common.policy import Mandate
from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId, DocumentId
from common.values.profile import Office

_TEMPLATE_VERSION: Final = 1
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


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
    stays = kind in INTERNAL - LEAVING
    document_id, code = DocumentId.new(at), None if stays else new_code()
    proof = None
    if code is not None:
        address = f"{office.portal_url}/portal/verify?document={document_id}&code={code}"
        proof = Verification(address, code)
    salt = secrets.token_hex(16)
    pdf = await asyncio.to_thread(render, kind, content, at, salt=salt, verification=proof)
    sealed = None if stays else await runtime.seal_of(office.agency_name, pdf)
    document = Document(
        document_id,
        case.id,
        case.agency_id,
        case.party.id if case.party else None,
        kind=kind,
        number=number_of(dossier, office, kind),
        template=f"{kind}@{_TEMPLATE_VERSION}",
        sha256=await runtime.sealed.put(pdf, of=[case.id.stream]),
        made_at=at,
        pages=pages_of(pdf),
        fonts_sha256=fonts_sha256(),
        verify_code=code,
        seal_certificate=sealed.certificate if sealed else None,
        seal_signature=sealed.signature if sealed else None,
    )
    return Draft(document, case.revision)


def new_code() -> str:
    """Ten characters that nobody guesses, without those that are taken for others: fifty bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(10))


async def stored(runtime: CaseRuntime, document: Document) -> bytes:
    """The bytes of `document` as they were made. Refusal CASE_ERASED once its case was erased."""
    try:
        return await runtime.sealed.get(document.sha256, of=document.case_id.stream)
    except Erased:
        raise gone(document.case_id) from None
