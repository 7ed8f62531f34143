"""The place of a device and its funding: faults that make an application unlawful as such (NJ 9; VSR 8; PJ §1).

These guards need no papers and no date. They are asked at registration, where they answer 422, and again with
all others before a device is published, activated or resumed.
"""

from __future__ import annotations

import re
from typing import Final

from common.values.errors import Kind, Refusal, Violation
from common.values.law import APL_41_1, NJ_2, NJ_9, NJ_10, PJ_1, PJ_2, PJ_2_6, VSR_8
from common.values.profile import Profile
from device_registry.domain.device import (
    Datum,
    DeviceKind,
    Funding,
    OwnerType,
    PlaceType,
    Provision,
    RevenueLink,
    Site,
)
from device_registry.domain.territory import territory

_CITATION: Final = re.compile(r"《[^《》]+》第[〇零一二三四五六七八九十百千0-9]+条")
"""A title and an article, as 《中华人民共和国大气污染防治法》第二十四条: a contract or a wish is no duty of the law."""

# The floor of NJ 9 and VSR 8. It stands here and not in the profile, because no city may shorten it (Inv. 4).
PROHIBITED_PLACES = frozenset(
    {
        PlaceType.HOTEL_GUEST_ROOM,
        PlaceType.PRIVATE_DINING_ROOM,
        PlaceType.PUBLIC_DORMITORY,
        PlaceType.PUBLIC_BATHROOM,
        PlaceType.CHANGING_ROOM,
        PlaceType.FITTING_ROOM,
        PlaceType.TOILET,
        PlaceType.MOTHER_BABY_ROOM,
        PlaceType.PRIVATE_RESIDENCE_INTERIOR,
        PlaceType.OTHER_PRIVACY_PLACE,
    }
)


def prohibited_place(site: Site, profile: Profile) -> Violation | None:
    """No device where people undress, sleep, bathe or live (NJ 9; VSR 8), nor where the city allows none either.

    The city's list can only add to the floor, whatever anyone approves.
    """
    if site.place_type not in PROHIBITED_PLACES and not profile.siting.prohibits(site.place_type):
        return None
    return Violation("DEV_PROHIBITED_PLACE", f"{NJ_9}; {VSR_8}", {"place_type": site.place_type})


def secret_site(site: Site) -> Violation | None:
    """Beside a military or secret unit the unit must have agreed before (VSR 10)."""
    if site.place_type is not PlaceType.MILITARY_OR_SECRET_VICINITY or site.secret_unit_consent.strip():
        return None
    return Violation("DEV_SECRET_SITE_CONSENT_MISSING", "VSR 10")


def place_unknown(site: Site) -> Violation | None:
    """Whether a place is forbidden can be asked only of a kind of place that was named (NJ 9)."""
    if site.place_type is not PlaceType.UNKNOWN:
        return None
    return Violation("DEV_PLACE_UNKNOWN", f"{NJ_9}; {VSR_8}")


def kind_unknown(kind: DeviceKind) -> Violation | None:
    """The clean-up looks at each device for what it is (PJ §2), so somebody has to say what it is."""
    return Violation("DEV_KIND_UNKNOWN", str(PJ_2)) if kind is DeviceKind.UNKNOWN else None


def provision_unknown(provision: Provision) -> Violation | None:
    """Whether a market entity pays or profits (PJ §1, PJ §2.6) can be asked only of what is stated."""
    stated = {
        "owner_type": provision.owner,
        "installer_type": provision.installer,
        "funding_source": provision.funding,
        "revenue_link": provision.revenue_link,
    }
    unknown = [name for name, value in stated.items() if value == "UNKNOWN"]
    return Violation("DEV_PROVISION_UNKNOWN", f"{PJ_1}; {PJ_2_6}", {"fields": unknown}) if unknown else None


def obligation_missing(provision: Provision) -> Violation | None:
    """A regulated party sets up a device only where an article of a law or regulation obliges it to (NJ 9(2))."""
    if provision.owner is not OwnerType.REGULATED_PARTY or _CITATION.search(provision.obligation_basis):
        return None
    return Violation("DEV_OBLIGATION_MISSING", str(NJ_9))


def cost_shifted(provision: Provision) -> Violation | None:
    """The party does not pay for the device that watches it (PJ §1), unless a law makes the device its own."""
    shifted = provision.funding in (Funding.PARTY, Funding.SHARED_WITH_PARTY)
    own_duty = provision.owner is OwnerType.REGULATED_PARTY and _CITATION.search(provision.obligation_basis)
    if not shifted or own_duty:
        return None
    return Violation("DEV_COST_SHIFTED", f"{PJ_1}; GF26", {"funding": provision.funding})


def market_entity_revenue(provision: Provision) -> Violation | None:
    """A market entity may build a device; it may not carry its cost or live on its fines (PJ §1, PJ §2.6).

    The guard holds for any installer: it fails if a market entity pays, or if somebody's income depends on the fines.
    """
    linked = provision.revenue_link not in (RevenueLink.NONE, RevenueLink.UNKNOWN)
    if provision.funding is Funding.MARKET_ENTITY or linked:
        return Violation(
            "DEV_MARKET_ENTITY_REVENUE",
            f"{PJ_1}; {PJ_2_6}",
            {
                "installer": provision.installer,
                "funding": provision.funding,
                "revenue_link": provision.revenue_link,
            },
        )
    return None


def location(site: Site) -> Violation | None:
    """A location is published (APL 41(1); NJ 10), and without coordinates there is none."""
    if site.longitude is not None and site.latitude is not None:
        return None
    return Violation("NO_LOCATION", f"{APL_41_1}; {NJ_10}")


def datum_unknown(site: Site) -> Violation | None:
    """A published location is where the device stands (NJ 10): coordinates of an unknown datum may be 500 m away."""
    if site.longitude is None or site.datum is not Datum.UNKNOWN:
        return None
    return Violation("DATUM_UNKNOWN", str(NJ_10))


def require_lawful(site: Site, provision: Provision, profile: Profile) -> None:
    """Refuse a device that is unlawful as such. The refusal has the code of the first fault and names all of them.

    A missing consent of a secret unit is not among them: it can still be given before the device is published.
    """
    results = (
        (NJ_9, prohibited_place(site, profile)),
        (NJ_9, place_unknown(site)),
        (NJ_9, obligation_missing(provision)),
        (PJ_1, cost_shifted(provision)),
        (PJ_2_6, market_entity_revenue(provision)),
        (NJ_2, territory(site, profile)),
        (NJ_10, location(site)),
    )
    failed = [(article, fault) for article, fault in results if fault is not None]
    if failed:
        violations = tuple(fault for _, fault in failed)
        raise Refusal(
            Kind.INVALID,
            violations[0].code,
            violations[0].facts,
            wording=violations[0].wording,
            article=failed[0][0],
            violations=violations,
        )
