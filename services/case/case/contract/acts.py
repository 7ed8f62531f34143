"""What is said about the act of a case on the wire: when it ended, and which other cases are about it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from common.values.ids import CaseId
from common.web.wire import In, Instant, Out, Text


class ActEndOrder(In):
    """When the state ended, and how the officer knows."""

    ended_at: Instant
    shown_by: Literal["EVIDENCE", "OFFICER"]
    note: Text


class MergerOrder(In):
    """The case that goes on with the act, and why both are about one act."""

    into_case_id: CaseId
    reason: Text


class ActView(Out):
    """The act of a case. `same_as` is the case with which this one is about one act; after `merged_at` only that one
    goes on.
    """

    same_as: CaseId | None
    merged_at: datetime | None
    ended_at: datetime | None
