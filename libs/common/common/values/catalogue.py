"""The catalogue of violations: what the city pursues off-site, under which clauses, and with which benchmark (APL 34).

A violation has versions, one after the other. Which of them is applied to an act is APL 37's question, and
`case.domain.lawoftime` answers it; here stands only which one is in force on a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final


class BasisLevel(StrEnum):
    """The level of a legal source, highest first; NONE is 无依据, UNKNOWN is a source whose level nobody stated."""

    LAW = "LAW"
    ADMIN_REGULATION = "ADMIN_REGULATION"
    LOCAL_REGULATION = "LOCAL_REGULATION"
    DEPARTMENT_RULE = "DEPARTMENT_RULE"
    LOCAL_GOV_RULE = "LOCAL_GOV_RULE"
    NORMATIVE_DOCUMENT = "NORMATIVE_DOCUMENT"
    NONE = "NONE"
    UNKNOWN = "UNKNOWN"


class PenaltyKind(StrEnum):
    """The kinds of penalty in the order of their weight (APL 9)."""

    WARNING = "WARNING"
    CIRCULATED_CRITICISM = "CIRCULATED_CRITICISM"
    FINE = "FINE"
    CONFISCATE_GAINS = "CONFISCATE_GAINS"
    CONFISCATE_PROPERTY = "CONFISCATE_PROPERTY"
    SUSPEND_LICENCE = "SUSPEND_LICENCE"
    DOWNGRADE_QUALIFICATION = "DOWNGRADE_QUALIFICATION"
    REVOKE_LICENCE = "REVOKE_LICENCE"
    RESTRICT_OPERATION = "RESTRICT_OPERATION"
    ORDER_SUSPENSION = "ORDER_SUSPENSION"
    ORDER_CLOSURE = "ORDER_CLOSURE"
    RESTRICT_EMPLOYMENT = "RESTRICT_EMPLOYMENT"
    DETENTION = "DETENTION"


@dataclass(frozen=True)
class Clause:
    """A provision as a document quotes it: 《name》article, for example 第九十三条第二款."""

    level: BasisLevel
    name: str
    article: str

    @property
    def zh(self) -> str:
        return f"《{self.name}》{self.article}"


@dataclass(frozen=True)
class Factor:
    """One condition of a tier: the circumstance `code` has one of `values`."""

    code: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Tier:
    """A step of the discretion benchmark: when it applies, and the range it allows, in fen."""

    code: str
    name: str
    factors: tuple[Factor, ...]
    min_fen: int
    max_fen: int
    proposed_fen: int


class Regime(StrEnum):
    """The body of law of an item; ECOLOGY has its own rules on fault, limitation and norms (ECO 1053–1057)."""

    GENERAL = "GENERAL"
    ECOLOGY = "ECOLOGY"


ECOLOGY_FROM: Final = date(2026, 8, 15)
"""The first day of the 生态环境法典."""


@dataclass(frozen=True)
class Norm:
    """Another norm that the same act violates, with the fine that it provides, in fen."""

    clause: Clause
    min_fen: int
    max_fen: int


@dataclass(frozen=True)
class CatalogueItem:
    """One version of a violation of the city's published list. Immutable once used: a change is a new version.

    In force from `valid_from` to `valid_until`, both included; None while no end is known. With `no_violation_after`
    the law that ends it does not know the violation any more (APL 37). Without it, an end says only that another
    version follows, or that nobody stated what holds now.

    `beside` are the other norms that the act violates; the item's own is the one with the highest fine (APL 29): the
    one that allows the most, and of two that allow as much the one that demands the more.

    Raises ValueError for an end before the beginning, for a tier outside the range of the law, for a norm beside it
    with a higher fine, and for the ecological code before its first day.
    """

    code: str
    version: int
    name: str
    violated: Clause
    penalty: Clause
    device_basis: Clause
    kind: PenaltyKind
    min_fen: int
    max_fen: int
    tiers: tuple[Tier, ...]
    benchmark_published_on: date | None
    in_offsite_list: bool
    correctable: bool
    surcharge_claimed: bool
    ruleset: str
    valid_from: date
    valid_until: date | None = None
    no_violation_after: bool = False
    regime: Regime = Regime.GENERAL
    beside: tuple[Norm, ...] = ()

    def __post_init__(self) -> None:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise ValueError(f"{self.id} ends before it begins")
        if self.no_violation_after and self.valid_until is None:
            raise ValueError(f"{self.id} is no violation after a day that is not named")
        if self.regime is Regime.ECOLOGY and self.valid_from < ECOLOGY_FROM:
            raise ValueError(f"{self.id} is under the ecological code before {ECOLOGY_FROM}")
        own = (self.max_fen, self.min_fen)
        if any((norm.max_fen, norm.min_fen) > own for norm in self.beside):
            raise ValueError(f"{self.id}: another norm that the act violates has the higher fine (APL 29)")
        for tier in self.tiers:
            if not self.min_fen <= tier.min_fen <= tier.proposed_fen <= tier.max_fen <= self.max_fen:
                raise ValueError(f"{self.id}: the tier {tier.code} leaves the range of the law")

    @property
    def id(self) -> str:
        """The name of the version: `CM-0107@1`."""
        return f"{self.code}@{self.version}"

    def is_in_force(self, on: date) -> bool:
        return self.valid_from <= on <= (self.valid_until or date.max)

    def is_benchmark_public(self, on: date) -> bool:
        """Whether everybody could read the benchmark on that day (APL 34)."""
        return self.benchmark_published_on is not None and self.benchmark_published_on <= on


def require_one_a_day(items: tuple[CatalogueItem, ...]) -> None:
    """Raises ValueError where two versions of one violation are in force on one day, or are out of order."""
    for code in {item.code for item in items}:
        versions = sorted((item for item in items if item.code == code), key=lambda item: item.version)
        for earlier, later in pairwise(versions):
            if earlier.version == later.version or (earlier.valid_until or date.max) >= later.valid_from:
                raise ValueError(f"{earlier.id} and {later.id} are in force on one day")
