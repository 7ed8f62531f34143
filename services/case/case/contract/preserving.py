"""Evidence that is registered and kept where it is, on the wire (先行登记保存, APL 56)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from case.contract.filing import Line
from common.values.ids import DocumentId
from common.web.wire import Digest, In, Instant, Out, Text


class GoodsPart(In):
    """One line of the list: what, how many, in which condition."""

    name: Line
    quantity: Line
    condition: Line


class PreservationOrder(In):
    """Propose to keep evidence: the list, where and by whom it is kept, and why it may be lost otherwise."""

    goods: Annotated[list[GoodsPart], Field(min_length=1, max_length=100)]
    place: Line
    keeper: Line
    reason: Text


class PreservationApprovalOrder(In):
    """The head approves the list that was proposed; the name as the notice prints it."""

    signed_as: Line


class PreservationHandlingOrder(In):
    """What becomes of it, and why. SEIZE and HAND_OVER name in the reason the act or the organ that takes it on."""

    handling: Literal["RETURN", "RETURN_COPIED", "EXAMINE", "HAND_OVER", "SEIZE"]
    reason: Text
    signed_as: Line


class PreservedReturnOrder(In):
    """When it went back, and the digest of the uploaded receipt."""

    returned_at: Instant
    proof_sha256: Digest


class PreservationView(Out):
    """One preservation. `settle_by` is the last day to decide; `lapsed`: nobody did, and it goes back."""

    number: int
    ordered_at: datetime | None
    settle_by: date | None
    document_id: DocumentId | None
    handling: str | None
    handled_at: datetime | None
    handling_document_id: DocumentId | None
    lapsed: bool
    is_to_be_returned: bool
    returned_at: datetime | None
