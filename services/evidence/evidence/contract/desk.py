"""What the review desk shows before a capture is opened: nothing personal stands in it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from common.web.wire import Out

AttributeName = Literal["true", "clear", "complete", "accurate"]


class ViolationChoiceView(Out):
    """A violation of the city's catalogue that the device may record; `name` is null for one that left the list."""

    code: str
    name: str | None


class WaitingView(Out):
    """A capture that waits for the caller. `is_second` says that another officer proposed its acceptance, and `is_mine`
    that the caller took it already. With `needs_late_reason` it came in late: the first officer says why (NJ 12).
    """

    id: str
    device_id: str
    captured_at: datetime
    review_due_on: date
    violation: ViolationChoiceView | None
    violations: list[ViolationChoiceView]
    pictures: int
    is_second: bool
    is_mine: bool
    needs_late_reason: bool


class RejectionReasonView(Out):
    """A code by which a capture is rejected, in words; `against` is the attribute that is then not present."""

    code: str
    words: str
    against: AttributeName | None


class ReviewQueueView(Out):
    """What waits for the caller, the earliest due first, `waiting` in all.

    Each picture is looked at for `view_ms_per_picture` milliseconds before an acceptance, and what one takes stays
    `lease_minutes` out of the others' queue; both are the city's figures. `reasons` begin with the most frequent.
    """

    items: list[WaitingView]
    waiting: int
    view_ms_per_picture: int
    lease_minutes: int
    reasons: list[RejectionReasonView]
