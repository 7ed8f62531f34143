"""Between the rows of `tables` and the values of the domain, both ways. No query stands here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from common.values.ids import AgencyId, CaseId, ExchangeId
from data_exchange.domain.exchange import (
    Clock,
    Exchange,
    Extension,
    Kind,
    Pressure,
    Purpose,
    State,
    Supplement,
)

Row: TypeAlias = Mapping[Any, Any]


def exchange_of(row: Row, clocks: tuple[Clock, ...]) -> Exchange:
    """The exchange that its own row and its clocks make."""
    return Exchange(
        ExchangeId(row["id"]),
        Kind(row["kind"]),
        AgencyId(row["agency_id"]),
        AgencyId(row["to_agency_id"]),
        row["number"],
        State(row["state"]),
        Pressure(row["pressure"]),
        Purpose(row["purpose"]),
        CaseId(row["case_id"]) if row["case_id"] else None,
        row["requested_at"],
        clocks=clocks,
        revision=row["revision"],
        answered_at=row["answered_at"],
        refusal_code=row["refusal_code"],
        urged_on=row["urged_on"],
        urgings=row["urgings"],
        supplement=Supplement(row["supplement"]),
        extension=Extension(row["extension"]),
        extension_days=row["extension_days"],
        closed_at=row["closed_at"],
    )


def columns(exchange: Exchange) -> dict[str, Any]:
    """The exchange's own row, but for its serial, which never changes."""
    return {
        "id": exchange.id,
        "kind": exchange.kind,
        "agency_id": exchange.agency_id,
        "to_agency_id": exchange.to_agency_id,
        "number": exchange.number,
        "state": exchange.state,
        "pressure": exchange.pressure,
        "revision": exchange.revision,
        "purpose": exchange.purpose,
        "case_id": exchange.case_id,
        "requested_at": exchange.requested_at,
        "answered_at": exchange.answered_at,
        "refusal_code": exchange.refusal_code,
        "urged_on": exchange.urged_on,
        "urgings": exchange.urgings,
        "supplement": exchange.supplement,
        "extension": exchange.extension,
        "extension_days": exchange.extension_days,
        "closed_at": exchange.closed_at,
    }
