"""The bytes that a party handed in, or is handing in, as they lie sealed for its case."""

from __future__ import annotations

from case.domain.erasure import gone
from case.runtime import CaseRuntime
from common.door.secrets import Erased
from common.values.ids import CaseId


async def handed_in(runtime: CaseRuntime, sha256: str, case_id: CaseId) -> bytes:
    """The bytes with this digest, hashed again just now. Refusal CASE_ERASED once the case was erased."""
    try:
        return await runtime.sealed.get(sha256, of=case_id.stream)
    except Erased:
        raise gone(case_id) from None
