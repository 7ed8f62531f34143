"""Between the rows of `tables` and the values of the domain, both ways. No query stands here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, TypeAlias

from common.values.calendar import Deadline, Holder, Unit
from common.values.ids import AgencyId, CaseId, ExchangeId
from data_exchange.domain.exchange import (
    Clock,
    ClockStop,
    Exchange,
    Extension,
    Kind,
    Pressure,
    Purpose,
    State,
    Supplement,
)

Row: TypeAlias = Mapping[Any, Any]


def exchange_of(row: Row, clocks: Sequence[Row]) -> Exchange:
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
        clocks=tuple(clock_of(clock) for clock in clocks),
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


def clock_of(row: Row) -> Clock:
    return Clock(deadline_of(row), row["ended_at"], row["missed"], tuple(map(_stop_of, row["stops"])))


def deadline_of(row: Row) -> Deadline:
    return Deadline(
        rule=row["rule"],
        law=row["law"],
        unit=Unit(row["unit"]),
        n=row["n"],
        holder=Holder(row["holder"]),
        trigger_on=row["trigger_on"],
        raw_on=row["raw_on"],
        due_on=row["due_on"],
        rolled_by=row["rolled_by"],
        alarm_on=row["alarm_on"],
        calendar_version=row["calendar_version"],
        provisional=row["provisional"],
    )


def clock_columns(exchange: Exchange, clock: Clock) -> dict[str, Any]:
    own = {"exchange_id": exchange.id, "ended_at": clock.ended_at, "missed": clock.missed}
    return own | {"stops": list(map(_stop_text, clock.stops))} | asdict(clock.deadline)


def _stop_of(text: str) -> ClockStop:
    """A stop as its column holds it: reason, first day, first day after; the last is empty while the stop lasts."""
    reason, from_on, until_on = text.split("/")
    until = date.fromisoformat(until_on) if until_on else None
    return ClockStop(reason, date.fromisoformat(from_on), until)


def _stop_text(stop: ClockStop) -> str:
    return f"{stop.reason}/{stop.from_on}/{stop.until_on or ''}"
