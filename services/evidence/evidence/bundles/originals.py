"""Reading originals and bundles back from the store; what was erased is refused as gone."""

from __future__ import annotations

from common.door.blobs import BlobMissing
from common.door.secrets import Erased
from common.values.ids import EvidenceId
from evidence.domain.erasure import gone
from evidence.runtime import EvidenceRuntime
from evidence.store.bundles import Exported


async def read_original(runtime: EvidenceRuntime, sha256: str, *, of: EvidenceId) -> bytes:
    """An original of the capture `of`, hashed again just now. Refusal GONE if it was erased since its row was read."""
    try:
        return await runtime.sealed.get(sha256, of=of.stream)
    except Erased:
        raise gone(of) from None


async def keep_copy(runtime: EvidenceRuntime, data: bytes, *, of: EvidenceId) -> str:
    """Keep the covered copy `data` of a picture of the capture `of`; its SHA-256. Refusal GONE if it was erased."""
    try:
        return await runtime.sealed.put(data, of=[of.stream])
    except Erased:
        raise gone(of) from None


async def read_bundle(runtime: EvidenceRuntime, bundle: Exported) -> bytes:
    """A bundle that left. Refusal GONE if a capture in it was erased."""
    try:
        return await runtime.sealed.get(bundle.sha256)
    except Erased:
        raise gone(bundle.evidence_id) from None
    except BlobMissing:
        # Every capture in it was erased before it was made: it concerns nobody, so it is not encrypted.
        return await runtime.blobs.get(bundle.sha256)
