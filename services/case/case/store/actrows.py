"""The columns of a case about its act, the parties that proved to be the wrong ones, and its transfer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from case.domain.acts import Act
from case.domain.people import Released, Transfer
from common.values.ids import AgencyId, CaseId, ExchangeId, PartyId


def act_columns(act: Act) -> dict[str, Any]:
    """The columns of `cases` for its act."""
    return {
        "same_act_as": act.same_as,
        "merged_at": act.merged_at,
        "act_ended_at": act.ended_at,
    }


def release_columns(released: Released | None) -> dict[str, Any]:
    """The columns of `cases` for the parties that were released."""
    return {
        "released_parties": list(released.parties) if released else [],
        "party_released_at": released.at if released else None,
    }


def released_of(row: Mapping[Any, Any]) -> Released | None:
    if row["party_released_at"] is None:
        return None
    return Released(tuple(PartyId(party) for party in row["released_parties"]), row["party_released_at"])


def transfer_columns(transfer: Transfer | None) -> dict[str, Any]:
    """The columns of `cases` for a transfer to another agency."""
    return {
        "transfer_id": transfer.exchange_id if transfer else None,
        "transfer_to": transfer.to_agency_id if transfer else None,
    }


def transfer_of(row: Mapping[Any, Any]) -> Transfer | None:
    if row["transfer_id"] is None:
        return None
    return Transfer(ExchangeId(row["transfer_id"]), AgencyId(row["transfer_to"]))


def act_of(row: Mapping[Any, Any]) -> Act:
    return Act(
        CaseId(row["same_act_as"]) if row["same_act_as"] else None,
        row["merged_at"],
        row["act_ended_at"],
    )
