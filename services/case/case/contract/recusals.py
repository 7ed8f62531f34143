"""The orders about the withdrawal of an officer, and what a case shows of it (APL 43)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from case.contract.filing import Line
from common.values.ids import DocumentId, OfficerId
from common.web.wire import Day, Digest, In, Out, Text


class RecusalOrder(In):
    """The officer who is to withdraw, by id and by the name that the decision prints, on which ground and why.

    `new_facts` is what came to light since it was refused on the same ground.
    """

    officer_id: OfficerId
    officer_name: Line
    ground: Literal["INTEREST", "RELATION", "OTHER"]
    reason: Text
    new_facts: Text | None = None


class RecusalDecisionOrder(In):
    """What is decided on the application `number` of the case. Who withdraws: whether the acts stand, and for an
    investigator who takes the place. The head's name as D-07 prints it.
    """

    number: Annotated[int, Field(ge=1, le=1000, strict=True)]
    granted: bool
    acts_stand: bool | None = None
    replaced_by: OfficerId | None = None
    replacement_name: Line | None = None
    reason: Line
    signed_as: Line


class RecusalLetterOrder(In):
    """What the superior organ decided on the application `number` about a head: the organ, the number and the day of
    its letter, and the digest of the letter, uploaded before. The rest as in a decision of the heads.
    """

    number: Annotated[int, Field(ge=1, le=1000, strict=True)]
    granted: bool
    acts_stand: bool | None = None
    replaced_by: OfficerId | None = None
    organ: Line
    letter_number: Line
    decided_on: Day
    letter_sha256: Digest


class RecusalView(Out):
    """An application that an officer withdraw. `granted` is null until it is decided."""

    number: int
    officer_id: OfficerId
    ground: str
    applied_at: datetime
    is_head: bool
    granted: bool | None
    acts_stand: bool | None
    replaced_by: OfficerId | None
    decided_at: datetime | None
    document_id: DocumentId | None
    letter_sha256: Digest | None
