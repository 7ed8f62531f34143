"""The document of a message or a service: fetched from case, compared with its record, and kept sealed."""

from __future__ import annotations

from case.contract import Case
from common.door.blobs import sha256_hex
from common.values.ids import CaseId, DocumentId
from notification.runtime import NotificationRuntime
from notification.store import documents


async def keep_document(
    runtime: NotificationRuntime, document_id: DocumentId, *, sha256: str, case_id: CaseId
) -> bool:
    """Keep the document's bytes; False if they are not those that the record names (Inv. 4)."""
    content = await Case(runtime.peers).document(document_id)
    if sha256_hex(content) != sha256:
        return False
    await documents.put(runtime.sealed, content, case_id)
    return True
