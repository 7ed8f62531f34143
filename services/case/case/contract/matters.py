"""The published list of off-site matters on the wire. Amounts are integer fen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from case.contract.catalogue import LevelName
from case.contract.paying import Fen
from common.values.ids import AgencyId, MatterId
from common.web.wire import Code, Day, In, Name, Out, Page

KindName = Literal[
    "WARNING", "CIRCULATED_CRITICISM", "FINE", "CONFISCATE_GAINS", "CONFISCATE_PROPERTY", "SUSPEND_LICENCE",
    "DOWNGRADE_QUALIFICATION", "REVOKE_LICENCE", "RESTRICT_OPERATION", "ORDER_SUSPENSION", "ORDER_CLOSURE",
    "RESTRICT_EMPLOYMENT", "DETENTION",
]  # fmt: skip
_Line = Annotated[Name, StringConstraints(max_length=100)]


class ClauseOrder(In):
    """A provision as documents quote it: 《name》article, for example 第九十三条第二款."""

    level: LevelName
    name: _Line
    article: _Line


class FactorOrder(In):
    """A circumstance, and the values with which the tier applies."""

    code: Code
    values: list[Code] = Field(min_length=1, max_length=20)


class TierOrder(In):
    """A step of the benchmark. The first tier all of whose factors hold is the one."""

    code: Code
    name: _Line
    factors: list[FactorOrder] = Field(max_length=20)
    min_fen: Fen
    max_fen: Fen
    proposed_fen: Fen


class NormOrder(In):
    """Another norm that the same act violates, with the fine that it provides."""

    clause: ClauseOrder
    min_fen: Fen
    max_fen: Fen


class MatterVersionOrder(In):
    """A version as it shall read from `valid_from` on.

    `valid_until` is its last day; with `no_violation_after` the law knows no such violation after that day (APL 37).
    """

    name: _Line
    violated: ClauseOrder
    penalty: ClauseOrder
    device_basis: ClauseOrder
    kind: KindName
    min_fen: Fen
    max_fen: Fen
    tiers: list[TierOrder] = Field(min_length=1, max_length=20)
    in_offsite_list: bool
    correctable: bool
    surcharge_claimed: bool
    ruleset: Code
    valid_from: Day
    valid_until: Day | None = None
    no_violation_after: bool = False
    regime: Literal["GENERAL", "ECOLOGY"] = "GENERAL"
    beside: list[NormOrder] = Field(default_factory=list, max_length=10)


class MatterOrder(MatterVersionOrder):
    """The first proposal for a violation. Its version follows the one in the profile's file, if there is one."""

    code: Code


class MatterDecisionOrder(In):
    """Which version is decided on, so that nobody approves words that he has not seen."""

    version: Annotated[int, Field(ge=1, strict=True)]


class ClauseView(Out):
    level: str
    name: str
    article: str


class FactorView(Out):
    code: str
    values: list[str]


class TierView(Out):
    code: str
    name: str
    factors: list[FactorView]
    min_fen: int
    max_fen: int
    proposed_fen: int


class NormView(Out):
    clause: ClauseView
    min_fen: int
    max_fen: int


class ListedMatterView(Out):
    """A matter as anybody reads it. `benchmark_published_on` is the day from which its tiers may be used (APL 34)."""

    code: str
    version: int
    name: str
    violated: ClauseView
    penalty: ClauseView
    device_basis: ClauseView
    kind: str
    min_fen: int
    max_fen: int
    tiers: list[TierView]
    benchmark_published_on: date | None
    in_offsite_list: bool
    correctable: bool
    surcharge_claimed: bool
    ruleset: str
    valid_from: date
    valid_until: date | None
    no_violation_after: bool
    regime: str
    beside: list[NormView]


class MatterView(Out):
    """One version of a matter. `published_at` is null until it is approved."""

    matter_id: MatterId
    agency_id: AgencyId
    state: str
    item: ListedMatterView
    published_at: datetime | None


class MatterHistory(Out):
    """Every version of one matter that was proposed, the newest first; the profile's file has the ones before."""

    items: list[MatterView]


class MatterPage(Page[MatterView]):
    """Matters in the order of their first proposal."""


class ListedMatterPage(Page[ListedMatterView]):
    """The matters in the order of their code and version."""
