"""The documents that came with the messages: sealed copies, each under the secret of its case."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from common.door.erasure import Due
from common.door.sealed import SealedBlobs
from common.door.secrets import Erased, Secrets
from common.values.ids import CaseId
from notification.domain.message import Message, gone


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


@dataclass(frozen=True)
class Copies:
    """What goes with an erased message: the secret of its case, and the case's copy of the document."""

    secrets: Secrets
    sealed: SealedBlobs

    async def remove(self, erased: Due) -> None:
        case_id = CaseId(erased.data["case_id"])
        await asyncio.to_thread(self.secrets.erase, case_id.stream)
        await self.sealed.remove([erased.data["document_sha256"]], of=case_id.stream)
