"""The people of a case: the party, the officers and their certificates, and that nobody judges their own work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, ExchangeId, OfficerId, PartyId
from common.values.law import APL_42, CITY_DUTIES


class PartyKind(StrEnum):
    PERSON = "PERSON"
    ORGANISATION = "ORGANISATION"


class AgeGroup(StrEnum):
    """Under 14 nobody is penalised, from 14 to 17 the penalty is mitigated (APL 30)."""

    UNDER_14 = "UNDER_14"
    FROM_14_TO_17 = "FROM_14_TO_17"
    ADULT = "ADULT"
    NOT_A_PERSON = "NOT_A_PERSON"


@dataclass(frozen=True)
class Party:
    id: PartyId
    kind: PartyKind
    age_group: AgeGroup


@dataclass(frozen=True)
class Released:
    """The parties that proved to be the wrong ones, and when the last of them was released."""

    parties: tuple[PartyId, ...]
    at: datetime


@dataclass(frozen=True)
class Transfer:
    """The transfer of a lead to another agency that is on its way, or by which it left."""

    exchange_id: ExchangeId
    to_agency_id: AgencyId


@dataclass(frozen=True)
class Hand:
    """An officer at an act: who, under which enforcement certificate, valid until the end of which day."""

    officer_id: OfficerId
    certificate: str | None = None
    certificate_until: date | None = None

    def is_qualified(self, at: datetime) -> bool:
        """Whether the certificate is valid at `at`: on its last day it still is."""
        until = self.certificate_until
        return self.certificate is not None and until is not None and legal_day(at) <= until


@dataclass(frozen=True)
class Signature:
    """One of the two officers under the report, declaring that nothing binds them to the party (APL 43)."""

    hand: Hand
    signed_at: datetime
    no_conflict: bool


def require_qualified(hand: Hand, at: datetime) -> None:
    """Raises Refusal CASE_OFFICER_UNQUALIFIED without a certificate that is valid on the day of the act (APL 42)."""
    if not hand.is_qualified(at):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_OFFICER_UNQUALIFIED",
            {"officer": hand.officer_id, "today": legal_day(at)},
            article=APL_42,
        )


def require_separate(officer: OfficerId, hands: frozenset[OfficerId], *, act: str, other: str) -> None:
    """Raises Refusal ROLE_CONFLICT when `officer` was also one of `hands` (Inv. 4)."""
    if officer in hands:
        raise Refusal(
            Kind.FORBIDDEN,
            "ROLE_CONFLICT",
            {"officer": officer, "other": other, "act": act},
            article=CITY_DUTIES,
        )
