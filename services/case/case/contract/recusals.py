"""The orders about the withdrawal of an officer, and what a case shows of it (APL 43)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from case.contract.filing import Line
from common.values.ids import DocumentId, OfficerId
from common.web.wire import In, Out, Text


class RecusalOrder(In):
    """The officer who is to withdraw, by id and by the name that the decision prints, on which ground and why."""

    officer_id: OfficerId
    officer_name: Line
    ground: Literal["INTEREST", "RELATION", "OTHER"]
    reason: Text


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
