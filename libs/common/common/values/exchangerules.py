"""The figures of the exchange between agencies: its periods, and how much may be asked.

`_wd` counts working days and `_cd` calendar days. The periods of the Government Data Sharing Regulation are limits
that a city may only shorten (GDS 17, 21, 22, 26); the others are the city's own, where NJ 18 and 19 say "in time".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# The longest periods that a city may set: the regulation's own. GDS 17, 21(1), 22, 26.
_AT_MOST: Final = {
    "unconditional_answer_wd": 1,
    "conditional_answer_wd": 10,
    "data_extension_wd": 10,
    "delivery_wd": 20,
    "correction_wd": 10,
    "catalogue_review_wd": 2,
    "catalogue_change_wd": 10,
    "catalogue_change_extension_wd": 5,
}

LEAST_LOG_YEARS: Final = 3
"""How long the log of what was given to whom is kept at least (NDR 12), and that of its use (GDS 29(2))."""


@dataclass(frozen=True)
class ExchangeRules:
    """The city's figures. `data_authority` is the name of the agency in charge of government data (NJ 18(2)).

    A sender may wish for an answer between the two `wished_answer` figures. `clock_stops` are the reasons for which
    the receiver's period stands still; SUPPLEMENT among them stops it while completion is awaited.

    `subjects_…` are how many different plates or people may be asked about. `penalty_agencies` are the names of the
    agencies that may punish the same acts, which are asked before a decision (APL 29).

    The notice of a question may be deferred for `deferral_most_cd` days at a time (PIPL 18, 35 name no figure).

    The log of an exchange is kept for `log_years` after its end.

    Raises ValueError for a period that is longer than the regulation permits, and for a log kept for too short a time.
    """

    data_authority: str | None
    acknowledge_wd: int
    assist_delivery_wd: int
    expert_opinion_cd: int
    unconditional_answer_wd: int
    conditional_answer_wd: int
    data_extension_wd: int
    delivery_wd: int
    correction_wd: int
    catalogue_review_wd: int
    catalogue_change_wd: int
    catalogue_change_extension_wd: int
    second_urge_reply_wd: int
    supplement_wd: int
    extension_wd: int
    wished_answer_from_wd: int
    wished_answer_until_wd: int
    clock_stops: frozenset[str]
    oversight_reply_wd: int
    subjects_per_purpose_30d: int
    subjects_per_officer_day: int
    claims_per_subject_day: int
    penalty_agencies: tuple[str, ...]
    transfer_answer_wd: int
    transfer_result_wd: int
    log_years: int
    dispute_negotiation_wd: int
    dispute_authority_wd: int
    dispute_superior_wd: int
    dispute_government_wd: int
    use_disposal_wd: int
    use_rectify_wd: int
    deferral_most_cd: int

    def __post_init__(self) -> None:
        wrong = [f"{name} is at most {n}" for name, n in _AT_MOST.items() if getattr(self, name) > n]
        if wrong:
            raise ValueError(f"the Government Data Sharing Regulation says: {', '.join(wrong)}")
        if self.log_years < LEAST_LOG_YEARS:
            raise ValueError(f"NDR 12 says: log_years is at least {LEAST_LOG_YEARS}")
