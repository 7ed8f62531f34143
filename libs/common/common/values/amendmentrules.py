"""The figures of what is taken back: how soon an amendment is reviewed, and an invalidated capture is settled."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Criterion:
    """A reason for which a decision has social impact in this city (APL 48(1))."""

    code: str
    name: str


@dataclass(frozen=True)
class AmendmentRules:
    """The city's figures; no law sets them.

    A legal reviewer has `review_wd` working days for a proposal to amend a decision. What follows from a capture whose
    device turns out to have been unlawful is settled within `settle_wd` working days. A decision has social impact for
    one of `impact_criteria`.

    Raises ValueError for a figure that leaves no time at all, and without a criterion.
    """

    review_wd: int
    settle_wd: int
    impact_criteria: tuple[Criterion, ...]

    def __post_init__(self) -> None:
        if self.review_wd < 1 or self.settle_wd < 1:
            raise ValueError("review_wd and settle_wd are at least 1")
        if not self.impact_criteria:
            raise ValueError("impact_criteria names at least one criterion")
