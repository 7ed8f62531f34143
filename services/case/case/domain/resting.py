"""What a case holds about the rests of its procedure (C-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from common.values.ids import OfficerId


class SuspensionGround(StrEnum):
    """Why the procedure rests: a closed list."""

    OTHER_PROCEDURE = "OTHER_PROCEDURE"  # what another organ decides first
    PARTY_UNREACHABLE = "PARTY_UNREACHABLE"  # for a reason of law: successors or a liquidator are not settled
    APPRAISAL = "APPRAISAL"  # a test or an appraisal is awaited
    LAW_UNCLEAR = "LAW_UNCLEAR"  # the competent organ was asked how the law is to be applied
    FORCE_MAJEURE = "FORCE_MAJEURE"


@dataclass(frozen=True)
class Suspension:
    """One rest: proposed, then in force from `since` on, and over on `until`, the day of the resumption.

    `back_to` is the state in which the procedure goes on.
    """

    number: int
    ground: SuspensionGround
    proposed_by: OfficerId
    back_to: str | None = None
    since: date | None = None
    until: date | None = None
