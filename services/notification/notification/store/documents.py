"""The documents that came with the messages: sealed copies, each under the secret of its case."""

from __future__ import annotations

from common.door.secrets import Erased, SealedBlobs
from common.values.ids import CaseId
from notification.domain.delivery import Message, gone


async def get(sealed: SealedBlobs, message: Message) -> bytes:
    """The document of `message`. Refusal NOTI_ERASED once its case was erased."""
    try:
        return await sealed.get(message.document_sha256, of=message.case_id.stream)
    except Erased:
        raise gone(message) from None


async def put(sealed: SealedBlobs, content: bytes, case_id: CaseId) -> None:
    """Keep `content` under the secret of the case.

    A message has a secret of its own, but no id yet when its document comes: a copy that a crash leaves without a
    message must go with the case.
    """
    await sealed.put(content, of=[case_id.stream])


async def remove(sealed: SealedBlobs, sha256: str, case_id: CaseId) -> None:
    """Remove the case's copy of the document."""
    await sealed.remove([sha256], of=case_id.stream)
    await sealed.remove_clear([sha256])
