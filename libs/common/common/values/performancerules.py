"""The figures of performance: refunds, deferral and instalments, the demand and the application to the court."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_DEMAND_WD: Final = 10
_APPLY_MONTHS: Final = 3
_FULL_YEARS: Final = 3


@dataclass(frozen=True)
class PerformanceRules:
    """What follows a fine that is paid too much, late, by parts, or not at all.

    Money that is not owed goes back within `refund_cd` calendar days; no law sets the number.
    An application for deferral or instalments is answered within `relief_answer_wd` working days, and a plan has at
    most `instalments_at_most` parts: APL 66(2) sets neither. Nor does the law say from which day a plan counts that is
    granted after the last day to pay: the day of the application, as `plan_counts_from_application` says, or the grant.
    A demand is sent within `demand_cd` calendar days after the remedies have expired. The party then has `demand_wd`
    working days (AEL 54, 69), and the court is asked within `apply_months` months (AEL 53). An execution that rests for
    `suspended_years` years is not taken up again (AEL 39(2)).

    Raises ValueError for a figure that leaves no time, or one that the law sets and the profile changes.
    """

    refund_cd: int
    relief_answer_wd: int
    instalments_at_most: int
    plan_counts_from_application: bool
    demand_cd: int
    demand_wd: int
    apply_months: int
    suspended_years: int

    def __post_init__(self) -> None:
        free = ("refund_cd", "relief_answer_wd", "demand_cd")
        wrong = [f"{name} is at least 1" for name in free if getattr(self, name) < 1]
        if self.instalments_at_most < 2:
            wrong.append("instalments_at_most is at least 2")
        if (self.demand_wd, self.apply_months, self.suspended_years) != (
            _DEMAND_WD,
            _APPLY_MONTHS,
            _FULL_YEARS,
        ):
            wrong.append("demand_wd, apply_months and suspended_years are those of AEL 54, 53 and 39")
        if wrong:
            raise ValueError(", ".join(wrong))
