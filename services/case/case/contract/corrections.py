"""The order to correct on the wire (责令改正, APL 28(1))."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from case.contract.filing import Line
from common.values.ids import DocumentId
from common.web.wire import Digest, In, Instant, Out


class CorrectionPart(In):
    """What the party is to do, and within how many days of the service; 0 means at once."""

    content: Line
    days: Annotated[int, Field(ge=0, le=365, strict=True)]


class CorrectionOrderOrder(CorrectionPart):
    """An order to correct in a document of its own (D-03)."""


class CorrectionCheckOrder(In):
    """Whether the order was complied with when the officer looked; the proof was uploaded to the case before."""

    complied: bool
    checked_at: Instant
    proof_sha256: Digest


class CorrectionOrderView(Out):
    """An order to correct. `alone`: in a D-03, else in the decision. `complied` is null until an officer looked."""

    document_id: DocumentId
    alone: bool
    ordered_at: datetime
    days: int
    served_at: datetime | None
    correct_by: date | None
    complied: bool | None
    checked_at: datetime | None
