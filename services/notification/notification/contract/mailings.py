"""A batch of notices, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from common.values.ids import CaseId, MailingId, MessageId
from common.web.wire import Code, In, Out, Text
from notification.contract.templates import Variable

Value = Annotated[Text, StringConstraints(max_length=150)]


class NotificationItem(In):
    """One notice: to the party of the case. `values` fill the variables of the class that its sender brings.

    `values_en` are the same in English, for a party that wishes it; without them the Chinese ones stand there too.
    """

    case_id: CaseId
    values: dict[Variable, Value] = Field(default_factory=dict, max_length=8)
    values_en: dict[Variable, Value] = Field(default_factory=dict, max_length=8)


class NotificationBatchOrder(In):
    """Up to 1,000 notices of one class (`GET /v1/message-classes`), under the agency's approved words."""

    code: Annotated[Code, Field(examples=["N-18"])]
    items: list[NotificationItem] = Field(min_length=1, max_length=1_000)


class NotificationResult(Out):
    """What became of item `n`, counted from 0: null while it waits, `MADE` with its message, or why it was not made.

    How a message went from there on says `GET /v1/messages`.
    """

    n: int
    result: str | None
    message_id: MessageId | None


class NotificationBatchView(Out):
    """A batch: `made` and `finished_at` are null until each item has its result."""

    batch_id: MailingId
    code: str
    count: int
    ordered_at: datetime
    made: int | None
    finished_at: datetime | None
    items: list[NotificationResult]
