"""Off-site inspections of enterprises on the wire, and the visits that are ordered (EMR 16, 35)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from common.values.ids import AgencyId, OffsiteInspectionId, OnsiteTaskId
from common.web.wire import Code, In, LongText, Out, Page

CreditCode = Annotated[
    str, StringConstraints(pattern=r"^[0-9A-HJ-NP-RTUWXY]{18}$"), Field(examples=["91320100MA1ABCDE0X"])
]
"""统一社会信用代码 of an enterprise: 18 characters (GB 32100)."""

GroundName = Literal["COMPLAINT", "ASSIGNED", "MONITORING_LEAD", "EMERGENCY"]
ResultName = Literal["NO_FINDING", "FINDING"]


class OffsiteInspectionOrder(In):
    """Whom, and on which matter. Above the yearly cap it names its ground, with a note of what called for it."""

    enterprise_code: CreditCode
    matter: Code
    ground: GroundName | None = None
    ground_note: LongText | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.ground is None) != (self.ground_note is None):
            raise PydanticCustomError("ground", "ground and ground_note come together")
        return self


class OnsiteTaskOrder(OffsiteInspectionOrder):
    """As `OffsiteInspectionOrder`. After an inspection without a finding on the matter, `reason` says why yet."""

    reason: LongText | None = None


class OffsiteClosureOrder(In):
    """What was found, and the conclusion in words."""

    result: ResultName
    conclusion: LongText


class OffsiteInspectionView(Out):
    """An off-site inspection, the `nth` of the agency at the enterprise in its year, visits counted."""

    inspection_id: OffsiteInspectionId
    agency_id: AgencyId
    enterprise_code: str
    matter: str
    nth: int
    ground: GroundName | None
    opened_at: datetime
    result: ResultName | None
    conclusion: str | None
    closed_at: datetime | None


class OffsiteInspectionPage(Page[OffsiteInspectionView]):
    """Inspections in the order of their opening."""


class OnsiteTaskView(Out):
    """A visit that was ordered. `despite` is the inspection without a finding on the same matter, if there is one."""

    task_id: OnsiteTaskId
    agency_id: AgencyId
    matter: str
    nth: int
    ground: GroundName | None
    despite: OffsiteInspectionId | None
    ordered_at: datetime
