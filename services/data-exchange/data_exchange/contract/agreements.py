"""Agreements, purposes, and what an application may call, on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from common.values.ids import AgencyId, AgreementId, ApplicationId, PurposeId
from common.web.wire import Code, Day, In, Out, Text
from data_exchange.contract.exchanges import BasisOrder, PurposeCode
from data_exchange.contract.partners import Division

ServiceCode = Literal["ASSISTANCE", "DATA_REQUESTS", "COMPARISONS", "TRANSFERS", "EVENTS", "USES"]
TransformCode = Literal["PASS", "MASK", "HASH", "BUCKET", "DROP"]


class FieldOrder(In):
    """One field by its JSON pointer (RFC 6901), what happens to it, and the clause that says so.

    `step` is the width of a BUCKET, and belongs to it alone.
    """

    pointer: Annotated[
        str,
        StringConstraints(pattern=r"^(/[A-Za-z0-9_.一-鿿-]{1,60}){1,8}$"),
        Field(examples=["/owner/name"]),
    ]
    transform: TransformCode
    clause: Code
    step: int | None = Field(default=None, ge=2, le=1_000_000, strict=True)


class AgreementOrder(In):
    """What an application needs of another agency. A field that stands in no rule is withheld."""

    application_id: ApplicationId
    to_agency_id: AgencyId
    services: list[ServiceCode] = Field(min_length=1, max_length=6)
    fields: list[FieldOrder] = Field(default=[], max_length=200)
    regions: list[Division] = Field(default=[], max_length=100)
    level: int = Field(ge=1, le=3)
    daily_calls: int = Field(ge=1, le=1_000_000)
    monthly_subjects: int = Field(ge=1, le=1_000_000)
    valid_from: Day
    valid_until: Day
    basis: list[BasisOrder] = Field(min_length=1, max_length=10)


class RejectionOrder(In):
    """Why, and the provision that the refusal rests on."""

    reason: Text
    basis: BasisOrder


class PurposeOrder(In):
    """What the data is used for, on which article; `power_item` is the entry of the list of powers (权责事项)."""

    code: PurposeCode
    power_item: Code
    case_type: Code
    daily_calls: int = Field(ge=1, le=1_000_000)
    basis: BasisOrder


class FieldView(Out):
    pointer: str
    transform: str
    clause: str
    step: int | None


class AgreementView(Out):
    """One agreement. `agency_id` is the agency that gets data, `to_agency_id` the one that gives it."""

    agreement_id: AgreementId
    application_id: ApplicationId
    agency_id: AgencyId
    to_agency_id: AgencyId
    state: str
    services: list[str]
    fields: list[FieldView]
    regions: list[str]
    level: int
    daily_calls: int
    monthly_subjects: int
    valid_from: Day
    valid_until: Day


class PurposeView(Out):
    """One purpose under an agreement."""

    purpose_id: PurposeId
    agreement_id: AgreementId
    code: str
    power_item: str
    case_type: str
    daily_calls: int
    state: str


class OperationView(Out):
    """One operation that the application may call, and what its signature must cover."""

    method: str
    path: str
    service: str | None
    components: list[str]


class AllowedGrant(Out):
    """One agreement in force with the purposes under it, and the operations that it opens."""

    agreement: AgreementView
    purposes: list[PurposeView]
    operations: list[OperationView]


class AllowedView(Out):
    """What the calling application may call now."""

    application_id: ApplicationId
    state: str
    grants: list[AllowedGrant]
    always: list[OperationView]
