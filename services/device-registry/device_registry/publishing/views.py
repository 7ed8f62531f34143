"""A device as the public sees it: the fields that the law names, and nothing else (APL 41(1); NJ 10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from common.values.ids import DeviceId
from device_registry.contract import PublicDeviceView
from device_registry.domain.device import Basis
from device_registry.store.public import PublicDevice

_PUBLIC_DECIMALS: Final = Decimal("0.0001")  # about ten metres


def public_view(device: PublicDevice, *, city_domain: str) -> PublicDeviceView:
    """A published device of the city, its place rounded to about ten metres."""
    return PublicDeviceView(
        device_id=device.id,
        address=address_of(device.id, city_domain=city_domain),
        device_code=device.code,
        agency_id=device.agency_id,
        kind=device.kind.value,
        state=device.state.value,
        place=device.place,
        direction=device.direction,
        longitude=rounded(device.longitude),
        latitude=rounded(device.latitude),
        functions=[function.name for function in device.functions],
        bases=sorted({cited_as(basis) for function in device.functions for basis in function.bases}),
        published_at=device.published_at,
        active_since=device.in_service_from,
        ended_at=device.ended_at,
        verification_valid_until=device.verified_until,
        complaint_phone=device.complaint_phone,
        watched=list(device.watched),
    )


def address_of(device_id: DeviceId, *, city_domain: str) -> str:
    """Where anybody looks the device up: the address on its sign."""
    return f"https://{city_domain}/v1/public/signs/{device_id.partition('_')[2]}"


def cited_as(basis: Basis) -> str:
    """The article with its title in 《》, once."""
    title = basis.title if basis.title.startswith("《") else f"《{basis.title}》"
    return title + basis.article


def rounded(value: Decimal | None) -> str | None:
    """A coordinate to about ten metres, as it is published."""
    return None if value is None else format(value.quantize(_PUBLIC_DECIMALS), "f")
