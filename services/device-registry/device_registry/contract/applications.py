"""The application for a device: from the draft to the approval."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from common.values.ids import PlanId, SharingId
from common.web.wire import Code, Day, Digest, In, Name, Text
from device_registry.contract.words import (
    AgencyNumber,
    Amount,
    BasisLevelName,
    DeviceCode,
    ItemName,
    KindName,
    Latitude,
    Longitude,
    MetrologyName,
    Percent,
    PlaceTypeName,
    QuantityName,
    UnitName,
)

_Item = Annotated[str, StringConstraints(pattern=r"^[LT][1-9]$")]


class BasisOrder(In):
    """An article that allows or requires the device, with its first and last day in force.

    A normative document also names its issuing organ and its number (发文机关、文号).
    """

    level: BasisLevelName
    title: Text
    article: Text
    from_on: Day
    until_on: Day | None = None
    organ: str = Field(default="", max_length=100)
    number: str = Field(default="", max_length=60)


class PermissibleErrorOrder(In):
    """最大允许误差 as the certificate states it: `amount` in the unit, or `percent` of the value.

    With both, the amount counts below `percent_from` and the percentage from there on.
    """

    amount: Amount | None = None
    percent: Percent | None = None
    percent_from: Amount | None = None


class MeasurementOrder(In):
    """What a function measures: `limit` is what the law allows at this place, in `unit`; above it is a violation."""

    quantity: QuantityName
    unit: UnitName
    limit: Amount
    permissible_error: PermissibleErrorOrder


class FunctionOrder(In):
    """One violation that the device records, with its own bases and metrology class.

    `measures` where the violation is a measured value: such a function is verified, so its metrology is not NONE.
    """

    code: Code
    name: Text
    metrology: MetrologyName = "NONE"
    measures: MeasurementOrder | None = None
    bases: list[BasisOrder] = Field(min_length=1, max_length=10)


class SourceOrder(In):
    """Where the pictures of a SHARED_CAMERA come from: the agency that stays its owner, and the article (PIPL 26).

    `sharing_id` where the source stands in this register and its owner shares it.
    """

    agency: Name
    basis: BasisOrder
    sharing_id: SharingId | None = None


class SiteOrder(In):
    """Where a device stands. `division` is a GB/T 2260 code or a name that the profile knows."""

    place: Name
    place_type: PlaceTypeName
    division: Text
    longitude: Longitude
    latitude: Latitude
    direction: str = Field(default="", max_length=80)
    secret_unit_consent: str = Field(default="", max_length=200)


class RegistrationOrder(SiteOrder):
    """设置申请: the draft of a device."""

    device_code: DeviceCode
    agency_number: AgencyNumber = ""
    kind: KindName = "FIXED_CAMERA"
    owner_type: Literal["AGENCY", "REGULATED_PARTY", "OTHER_AGENCY"] = "AGENCY"
    installer_type: Literal["AGENCY", "MARKET_ENTITY", "REGULATED_PARTY"] = "AGENCY"
    funding_source: Literal["FISCAL", "MARKET_ENTITY", "PARTY", "SHARED_WITH_PARTY"] = "FISCAL"
    revenue_link: Literal["NONE", "DIRECT", "INDIRECT", "SHARE_BEARING"] = "NONE"
    obligation_basis: str = Field(default="", max_length=500)
    source: SourceOrder | None = None
    installer_contract: str = Field(default="", max_length=200)
    functions: list[FunctionOrder] = Field(min_length=1, max_length=20)


_Corner = Annotated[
    list[Annotated[int, Field(ge=0, le=1000, strict=True)]], Field(min_length=2, max_length=2)
]
_Polygon = Annotated[list[_Corner], Field(min_length=3, max_length=40)]


class ViewOrder(In):
    """视场示意图: the sketch by its digest, the residential windows that it shows, and the masks over them.

    A corner is [x, y] in thousandths of the picture's width and height, from its upper left corner.
    """

    sketch_sha256: Digest
    windows: list[_Polygon] = Field(default_factory=list, max_length=40)
    masks: list[_Polygon] = Field(default_factory=list, max_length=40)


class SubmissionOrder(In):
    """Why the device is needed, what else was considered, why here and so many (NJ 9).

    `plan_id` is the work plan that provides for it; without one the reviewers see the warning PLAN_MISSING (NJ 7).
    `sharing` says why no device nearby is shared (NJ 9(3)); GET /v1/device-coverage lists them.
    """

    necessity: Text
    alternatives: Text
    siting: Text
    plan_id: PlanId | None = None
    sharing: str = Field(default="", max_length=2_000)
    view: ViewOrder


class ReviewOrder(In):
    """法制审核 or 技术审核: every item of the checklist, L1 … L8 or T1 … T9, and the opinion.

    An item that is FAIL or NA has a note. L1, L2, L3 and L5 (basis, power, law in force, place) are never NA. Where
    homes are in the field of view, L5 passes with `mask_sample_sha256`: the digest of an image that shows them masked.
    """

    checklist: dict[_Item, ItemName]
    notes: dict[_Item, Text] = Field(default_factory=dict)
    opinion: Text
    mask_sample_sha256: Digest | None = None


class ApprovalOrder(In):
    """设置批准. Nothing to fill in: the approval is the act."""
