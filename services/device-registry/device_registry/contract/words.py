"""The registry's words and numbers on the wire.

The words of the domain stand here as literals, because a contract imports no domain; a test compares the two lists.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from common.web.wire import EVERYDAY

StateName = Literal[
    "LEGACY", "DRAFT", "UNDER_REVIEW", "REJECTED", "APPROVED", "INSTALLED", "TRIAL", "PUBLISHED", "ACTIVE",
    "MAINTENANCE", "SUSPENDED", "STOPPED", "RECTIFYING", "RETIRED",
]  # fmt: skip
KindName = Literal[
    "FIXED_CAMERA", "MOBILE_VEHICLE", "UAV", "SENSOR", "REGULATED_PARTY_DEVICE", "SHARED_CAMERA"
]
KindShown = Literal[KindName, "UNKNOWN"]
"""UNKNOWN is said by inventories alone: whoever applies for a device says what it is."""

PlaceTypeName = Literal[
    "ROAD", "PUBLIC_SPACE", "CONSTRUCTION_SITE", "BUSINESS_PREMISES", "WATERWAY", "SCHOOL",
    "MEDICAL_INSTITUTION", "MILITARY_OR_SECRET_VICINITY",
    "UNKNOWN", "HOTEL_GUEST_ROOM", "PRIVATE_DINING_ROOM", "PUBLIC_DORMITORY", "PUBLIC_BATHROOM", "CHANGING_ROOM",
    "FITTING_ROOM", "TOILET", "MOTHER_BABY_ROOM", "PRIVATE_RESIDENCE_INTERIOR", "OTHER_PRIVACY_PLACE",
]  # fmt: skip
BasisLevelName = Literal[
    "LAW",
    "ADMIN_REGULATION",
    "LOCAL_REGULATION",
    "DEPARTMENT_RULE",
    "LOCAL_GOV_RULE",
    "NORMATIVE_DOCUMENT",
    "NONE",
]
MetrologyName = Literal["MANDATORY", "NO_REGULATION", "NONE"]
MetrologyShown = Literal[MetrologyName, "UNKNOWN"]
QuantityName = Literal["SPEED", "WEIGHT"]
UnitName = Literal["km/h", "kg"]
SignKindName = Literal["SIGN", "LIVERY", "ROUTE_NOTICE"]
ResultName = Literal["PASS", "FAIL"]
ItemName = Literal["PASS", "FAIL", "NA"]
ReasonName = Literal[
    "ORDERED", "VERIFICATION_EXPIRED", "GUARD_FAILED", "SIGNAGE_MISSING", "ABNORMAL_VOLUME", "FAULT", "CLOCK_DRIFT",
    "MAINTENANCE_OVERDUE", "VERIFICATION_FAILED",
]  # fmt: skip
"""Why a person may suspend a device. The domain knows one more, which follows from a refused change alone."""

DeviceCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{20}$")]
"""The 20 digits of GA/T 1400, as text: a spreadsheet rounds them."""

AgencyNumber = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), EVERYDAY]
"""The number that the agency prints on its device. Empty where it prints none."""

PaperNo = Annotated[str, StringConstraints(pattern=r"^[\w(（〔\[][\w ./()（）〔〕\[\]-]{0,79}$")]
"""The number of a paper or a standard. It enters a record, so it is no free text: up to 80 letters and digits."""

Amount = Annotated[Decimal, Field(gt=0, max_digits=9, decimal_places=2)]
"""A measured quantity, a limit or an error: a decimal number with up to two places."""

Percent = Annotated[Decimal, Field(gt=0, lt=100, max_digits=4, decimal_places=2)]

Longitude = Annotated[Decimal, Field(ge=-180, le=180, max_digits=9, decimal_places=6)]
Latitude = Annotated[Decimal, Field(ge=-90, le=90, max_digits=8, decimal_places=6)]
Count = Annotated[int, Field(ge=0, le=10_000_000, strict=True)]
