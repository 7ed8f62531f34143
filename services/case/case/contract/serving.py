"""What the return of service of a document has to name, as notification asks for it."""

from __future__ import annotations

from common.values.ids import CaseId, DocumentId
from common.web.wire import Out


class DocumentForServiceView(Out):
    """A document that is served: its number, the agency and the addressee, in full; null once the case was erased."""

    document_id: DocumentId
    case_id: CaseId
    case_number: str
    number: str
    agency_name: str
    agency_address: str
    agency_phone: str
    party_name: str | None
