"""Proofs that officers upload to a case, sealed under its secret. The act that names the digest puts it on record."""

from __future__ import annotations

from typing import Final

from case.domain.erasure import gone
from case.store.dossiers import Dossier
from common.door.blobs import BlobMissing
from common.door.sealed import SealedBlobs
from common.door.secrets import Erased
from common.files.sniff import fits
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId
from common.values.law import APL_47

MEDIA: Final = ("application/pdf", "image/jpeg", "image/png", "video/mp4")


def require_acceptable(data: bytes) -> None:
    """Refusal CASE_PROOF_MEDIA for bytes that are no proof which anybody can open."""
    if not any(fits(data, media) for media in MEDIA):
        raise Refusal(Kind.INVALID, "CASE_PROOF_MEDIA", {"media": list(MEDIA)}, article=APL_47)


async def put(sealed: SealedBlobs, content: bytes, case_id: CaseId) -> str:
    """Keep `content` under the secret of the case; return its SHA-256."""
    return await sealed.put(content, of=[case_id.stream])


async def require_kept(sealed: SealedBlobs, dossier: Dossier, sha256: str) -> None:
    """Refusal CASE_PROOF_ABSENT unless the bytes of this digest were uploaded for the case.

    A document of the case proves nothing of itself: whoever made it has it. What the party handed in is its own word,
    and nobody looked at it before: it is no paper that somebody signed for the agency (APL 46).
    """
    case_id = dossier.case.id
    others = {document.sha256 for document in dossier.documents} | dossier.handed_in
    try:
        if sha256 not in others:
            await sealed.get(sha256, of=case_id.stream)
            return
    except Erased:
        raise gone(case_id) from None
    except BlobMissing:
        pass
    raise Refusal(Kind.CONFLICT, "CASE_PROOF_ABSENT", {"case": case_id, "sha256": sha256}, article=APL_47)
