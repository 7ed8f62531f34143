"""A party's requests about its own data on the wire (PIPL 44–50)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from case.contract.filing import Line
from common.values.ids import CaseId
from common.web.wire import In, Out

RightCode = Literal["ACCESS", "COPY", "CORRECTION", "ERASURE"]
GroundCode = Literal["SECRECY", "IMPEDES_DUTY", "IS_CORRECT", "KEPT_BY_LAW"]


class DataRequestOrder(In):
    """What the party asks for, in its words: which data, and what is wrong with them."""

    right: RightCode
    words: Line


class CorrectedData(In):
    """Where the party is reached. Who the party is, is corrected by releasing a wrong party, or in the document."""

    address: Line | None = None
    phone: Annotated[str | None, Field(pattern=r"^\+?[0-9]{6,20}$")] = None
    email: Annotated[str | None, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$")] = None


class DataRequestDecisionOrder(In):
    """The agency's decision. A refusal names its ground; a granted correction says what is right."""

    granted: bool
    ground: GroundCode | None = None
    reasons: Line
    corrected: CorrectedData | None = None


class DataRequestView(Out):
    """A request and its answer. `law` cites the right where it was granted, the ground where it was refused.

    `copy_href` is where the party fetches its data once that was granted. `words` and `reasons` are null once the case
    was erased.
    """

    case_id: CaseId
    number: int
    right: str
    words: str | None
    asked_at: datetime
    granted: bool | None
    ground: str | None
    law: str | None
    reasons: str | None
    decided_at: datetime | None
    copy_href: str | None


class DataRequestList(Out):
    """The requests in a case, the oldest first."""

    items: list[DataRequestView]


class StatementCopy(Out):
    """What the party stated in its defence, and what it was answered."""

    statement: str
    answer: str | None


class PersonalDataView(Out):
    """What the case holds about the party, for the party: each value in clear, and what the data are used for.

    `read_for` are the purposes for which officers looked at the case; the list with the days is at `/readings`.
    """

    case_id: CaseId
    name: str
    identity_kind: str
    identity_number: str
    address: str
    phone: str | None
    email: str | None
    representative: str | None
    plates: list[str]
    statements: list[StatementCopy]
    read_for: list[str]
