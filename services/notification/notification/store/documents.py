"""The documents that came with the messages: sealed copies, each under the secret of its case."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from common.door.blobs import BlobMissing
from common.door.erasure import Due
from common.door.sealed import SealedBlobs
from common.door.secrets import Erased, Secrets
from common.policy import not_found
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId
from common.values.law import NJ_15
from notification.domain.message import Message, gone
from notification.domain.serving.service import Service, erased


async def get(sealed: SealedBlobs, message: Message) -> bytes:
    """The document of `message`. Refusal NOT_FOUND for one without, NOTI_ERASED once its case was erased."""
    if message.document_sha256 is None:
        raise not_found(message.id)
    try:
        return await sealed.get(message.document_sha256, of=message.case_id.stream)
    except Erased:
        raise gone(message) from None


async def get_proof(sealed: SealedBlobs, service: Service, sha256: str) -> bytes:
    """The proof of `service` with this digest. Refusal NOT_FOUND without one, NOTI_SERVICE_ERASED after an erasure."""
    if not any(proof.sha256 == sha256 for proof in service.proofs):
        raise not_found(sha256)
    return await _read(sealed, service, sha256)


async def require_kept(sealed: SealedBlobs, message: Message, sha256: str) -> None:
    """Refusal NOTI_PROOF_ABSENT unless the bytes of this digest were uploaded for the case of `message`.

    The message's own document proves nothing: everybody who tells has it.
    """
    try:
        await sealed.get(sha256, of=message.case_id.stream)
    except Erased:
        raise gone(message) from None
    except BlobMissing:
        raise _no_proof(message, sha256) from None
    if sha256 == message.document_sha256:
        raise _no_proof(message, sha256)


def _no_proof(message: Message, sha256: str) -> Refusal:
    facts = {"message": message.id, "sha256": sha256}
    return Refusal(Kind.CONFLICT, "NOTI_PROOF_ABSENT", facts, article=NJ_15)


@dataclass(frozen=True)
class Held:
    """One file of a service by its digest."""

    sha256: str
    content: bytes


async def list_held(sealed: SealedBlobs, service: Service) -> list[Held]:
    """The document and the proofs of `service`; nothing once its case was erased."""
    digests = sorted({service.document_sha256, *(proof.sha256 for proof in service.proofs)})
    if service.erased_at is not None:
        return []
    return [Held(sha256, await _read(sealed, service, sha256)) for sha256 in digests]


async def _read(sealed: SealedBlobs, service: Service, sha256: str) -> bytes:
    try:
        return await sealed.get(sha256, of=service.case_id.stream)
    except Erased:
        raise erased(service) from None


async def put(sealed: SealedBlobs, content: bytes, case_id: CaseId) -> str:
    """Keep `content` under the secret of the case; return its SHA-256.

    A message has a secret of its own, but no id yet when its document comes: a copy that a crash leaves without a
    message must go with the case.
    """
    return await sealed.put(content, of=[case_id.stream])


@dataclass(frozen=True)
class Copies:
    """What goes with an erased message or service: the secret of its case, its copy of the document, its proofs."""

    secrets: Secrets
    sealed: SealedBlobs

    async def remove(self, erased: Due) -> None:
        case_id = CaseId(erased.data["case_id"])
        await asyncio.to_thread(self.secrets.erase, case_id.stream)
        digests = [erased.data["document_sha256"], *erased.data.get("proofs", ())]
        await self.sealed.remove([digest for digest in digests if digest is not None], of=case_id.stream)
