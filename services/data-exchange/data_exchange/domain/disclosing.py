"""Who read which document of an exchange: the reading of a letter and of a dossier is on record (NJ 17).

Files of a package have a record of their own for each fetching (`packages`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from common.values.ids import AgencyId
from data_exchange.domain.exchange import Exchange, OfExchange


class What(StrEnum):
    LETTER = "LETTER"
    DOSSIER = "DOSSIER"


@dataclass(frozen=True)
class ExchangeDisclosed(OfExchange):
    """Somebody of `by_agency_id` read it, or a supervisor. `sha256` is that of a letter's bytes."""

    type: ClassVar[str] = "exchange.disclosed"
    what: What
    by_agency_id: AgencyId | None
    sha256: str | None


def disclose(
    exchange: Exchange, what: What, *, agency_id: AgencyId | None, sha256: str | None = None
) -> ExchangeDisclosed:
    """Put the reading on record, before the bytes leave. Who may read, the policy says."""
    return ExchangeDisclosed(exchange.id, what, agency_id, sha256)
