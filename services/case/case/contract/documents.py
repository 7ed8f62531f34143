"""What anybody may learn of a document, and the order to seal one."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from common.web.wire import Digest, In, Out


class VerificationView(Out):
    """A document as its issuer knows it. `sha256` is the digest of its file in hex; `valid` is false once revoked."""

    issuer: str | None
    kind: str
    number: str
    made_at: datetime
    pages: int
    sha256: Digest
    sealed: bool
    valid: bool


class SheetOrder(In):
    """The number of the sheet: what it is made from are the records of the case."""

    kind: Literal["D-01", "D-06", "D-13", "D-16", "D-17", "D-23", "D-30", "D-35"]


class SealOrder(In):
    """To seal needs nothing but the person who orders it."""
