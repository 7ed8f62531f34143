"""Content-Digest: the digest of the bytes of one message (RFC 9530 §2)."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final

from common.values.errors import InputError, Kind, Refusal

HEADER: Final = "Content-Digest"
_SHA256: Final = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*(?:$|,)")


def digest_field(data: bytes) -> str:
    """`data` as the value of Content-Digest or Repr-Digest."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def require_digest(field: str, data: bytes) -> None:
    """Refusal MALFORMED without a SHA-256 in `field`, INVALID for one of other bytes.

    The field may name more algorithms; SHA-256 is the one that we compare.
    """
    stated = _SHA256.search(field)
    if stated is None:
        raise Refusal(Kind.MALFORMED, "FILE_DIGEST_REQUIRED", {"header": HEADER})
    computed = hashlib.sha256(data)
    if base64.b64decode(stated[1]) != computed.digest():
        error = InputError(f"/headers/{HEADER}", "FILE_DIGEST_WRONG", {"computed": computed.hexdigest()})
        raise Refusal(Kind.INVALID, "FILE_NOT_ACCEPTED", errors=(error,))
