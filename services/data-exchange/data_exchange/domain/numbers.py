"""The numbers that letters and people quote."""

from __future__ import annotations

from common.values.ids import AgencyId


def exchange_number(agency_id: AgencyId, *, year: int, serial: int) -> str:
    """`DX` and the last six characters of the agency, the year, a five-digit serial: `DX8F2K1C-2025-00001`."""
    return f"DX{agency_id[-6:].upper()}-{year}-{serial:05}"
