"""The words of a device: its states, its kinds, and what may be said of its place, its people and its papers."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """The states of a device. Only in ACTIVE may a capture become evidence (APL 41)."""

    LEGACY = "LEGACY"
    DRAFT = "DRAFT"
    UNDER_REVIEW = "UNDER_REVIEW"
    REJECTED = "REJECTED"
    APPROVED = "APPROVED"
    INSTALLED = "INSTALLED"
    TRIAL = "TRIAL"
    PUBLISHED = "PUBLISHED"
    ACTIVE = "ACTIVE"
    MAINTENANCE = "MAINTENANCE"
    SUSPENDED = "SUSPENDED"
    STOPPED = "STOPPED"
    RECTIFYING = "RECTIFYING"
    RETIRED = "RETIRED"


class DeviceKind(StrEnum):
    FIXED_CAMERA = "FIXED_CAMERA"
    MOBILE_VEHICLE = "MOBILE_VEHICLE"
    UAV = "UAV"
    SENSOR = "SENSOR"
    REGULATED_PARTY_DEVICE = "REGULATED_PARTY_DEVICE"
    SHARED_CAMERA = "SHARED_CAMERA"
    UNKNOWN = "UNKNOWN"


class PlaceType(StrEnum):
    """Where a device stands. The second group is the floor of VSR 8."""

    ROAD = "ROAD"
    PUBLIC_SPACE = "PUBLIC_SPACE"
    CONSTRUCTION_SITE = "CONSTRUCTION_SITE"
    BUSINESS_PREMISES = "BUSINESS_PREMISES"
    WATERWAY = "WATERWAY"
    SCHOOL = "SCHOOL"
    MEDICAL_INSTITUTION = "MEDICAL_INSTITUTION"
    MILITARY_OR_SECRET_VICINITY = "MILITARY_OR_SECRET_VICINITY"
    UNKNOWN = "UNKNOWN"

    HOTEL_GUEST_ROOM = "HOTEL_GUEST_ROOM"
    PRIVATE_DINING_ROOM = "PRIVATE_DINING_ROOM"
    PUBLIC_DORMITORY = "PUBLIC_DORMITORY"
    PUBLIC_BATHROOM = "PUBLIC_BATHROOM"
    CHANGING_ROOM = "CHANGING_ROOM"
    FITTING_ROOM = "FITTING_ROOM"
    TOILET = "TOILET"
    MOTHER_BABY_ROOM = "MOTHER_BABY_ROOM"
    PRIVATE_RESIDENCE_INTERIOR = "PRIVATE_RESIDENCE_INTERIOR"
    OTHER_PRIVACY_PLACE = "OTHER_PRIVACY_PLACE"


class Metrology(StrEnum):
    """Whether a function measures a quantity that must be verified (Metrology 9)."""

    MANDATORY = "MANDATORY"
    NO_REGULATION = "NO_REGULATION"
    NONE = "NONE"
    UNKNOWN = "UNKNOWN"


class Quantity(StrEnum):
    """The quantities that a function may measure. Their units: `UNITS`."""

    SPEED = "SPEED"
    WEIGHT = "WEIGHT"


UNITS = {Quantity.SPEED: "km/h", Quantity.WEIGHT: "kg"}


class OwnerType(StrEnum):
    AGENCY = "AGENCY"
    REGULATED_PARTY = "REGULATED_PARTY"
    OTHER_AGENCY = "OTHER_AGENCY"
    UNKNOWN = "UNKNOWN"


class InstallerType(StrEnum):
    AGENCY = "AGENCY"
    MARKET_ENTITY = "MARKET_ENTITY"
    REGULATED_PARTY = "REGULATED_PARTY"
    UNKNOWN = "UNKNOWN"


class Funding(StrEnum):
    FISCAL = "FISCAL"
    MARKET_ENTITY = "MARKET_ENTITY"
    PARTY = "PARTY"
    SHARED_WITH_PARTY = "SHARED_WITH_PARTY"
    UNKNOWN = "UNKNOWN"


class RevenueLink(StrEnum):
    """How an installer's income hangs on the fines, if it does (PJ-1.2)."""

    NONE = "NONE"
    DIRECT = "DIRECT"
    INDIRECT = "INDIRECT"
    SHARE_BEARING = "SHARE_BEARING"
    UNKNOWN = "UNKNOWN"


class Datum(StrEnum):
    """What the coordinates of a device rest on. UNKNOWN: a file did not say it, so they may be 500 m away."""

    WGS84 = "WGS84"
    UNKNOWN = "UNKNOWN"


class SignKind(StrEnum):
    """How people are told that a device watches: a vehicle wears it, and a drone has none that anybody could read."""

    SIGN = "SIGN"
    LIVERY = "LIVERY"
    ROUTE_NOTICE = "ROUTE_NOTICE"


class Result(StrEnum):
    PASS = "PASS"
    FAIL = "FAIL"


class PaperKind(StrEnum):
    """The kinds of metrology papers: only a VERIFICATION satisfies a MANDATORY function."""

    VERIFICATION = "VERIFICATION"
    CALIBRATION = "CALIBRATION"
    TYPE_TEST = "TYPE_TEST"
