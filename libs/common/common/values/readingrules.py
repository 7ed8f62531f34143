"""The figures of reading cases: how much personal data one officer opens in a day."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadingRules:
    """The city's figures; no law sets them (PIPL 51 asks for limits of access that fit the work).

    An officer unmasks personal data `unmaskings_per_day` times in a legal day at the most: each order to unmask counts
    one, and each case whose documents are read in full. The head may grant up to `grant_at_most` more for the day. The
    supervisor hears of the officer at the count `outlier_at`, on the day.

    A request of a party about its own data is answered within `data_request_wd` working days: PIPL 50 names no number.

    Raises ValueError for a budget of nothing, or an outlier that nobody can reach.
    """

    unmaskings_per_day: int
    grant_at_most: int
    outlier_at: int
    data_request_wd: int

    def __post_init__(self) -> None:
        wrong = [
            f"{name} is at least 1"
            for name in ("unmaskings_per_day", "outlier_at", "data_request_wd")
            if getattr(self, name) < 1
        ]
        if self.grant_at_most < 0:
            wrong.append("grant_at_most is at least 0")
        if self.outlier_at > self.unmaskings_per_day:
            wrong.append("outlier_at is at most unmaskings_per_day, or nobody hears of an outlier")
        if wrong:
            raise ValueError(", ".join(wrong))
