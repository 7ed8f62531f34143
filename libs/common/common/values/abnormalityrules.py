"""The figures by which a device is out of line with its peers (NJ 13; PJ 2.5): defaults that a city sets anew.

Integers alone, so that everybody who computes a flag again computes the same: `_percent`, `_milli` and `_per_million`
say of what a figure is a part. `fen` is money.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """From which figures a flag is raised; `device_registry.domain.abnormality` says what each is compared with.

    A device compares with at least `peers_least` devices. A percentile of rates wants `rate_peers_least` of them: the
    99th percentile of fewer than 100 devices is its highest, so that somebody is always out of line.

    Raises ValueError for a figure that flags everybody, or nobody ever.
    """

    peers_least: int
    fine_z_milli: int
    mad_floor_milli: int
    fine_least_fen: int
    volume_times: int
    volume_per_day: int
    jump_times: int
    jump_least: int
    jump_months_least: int
    rate_peers_least: int
    rate_percentile: int
    rate_per_million: int
    disputes_least: int
    upheld_percent: int
    quality_days: int
    quality_least: int
    quality_percent: int
    share_percent: int
    deterrence_months: int
    deterrence_percent: int
    deterrence_percentile: int

    def __post_init__(self) -> None:
        too_small = [name for name, figure in vars(self).items() if figure < 1]
        too_large = [
            name
            for name in vars(self)
            if ("percent" in name and getattr(self, name) > 100) or getattr(self, name) > 10**12
        ]
        wrong = [f"{name} is at least 1" for name in too_small]
        wrong += [f"{name} is too large" for name in too_large]
        if wrong:
            raise ValueError(", ".join(wrong))


@dataclass(frozen=True)
class AbnormalityRules:
    """Figures of a month are looked at on the day `looked_on` of the next: by then its captures are reviewed (NJ 14).

    A review is due after `review_wd` working days. What a person decided about a flag holds for `decided_months`
    months: until then the same flag of the device opens no second review. `quarter_due_wd`: working days after the
    quarter was looked at in which its analysis is closed (NJ 13).

    `thresholds` hold until the supervisor sets others.

    Raises ValueError for a day that some month does not have.
    """

    looked_on: int
    review_wd: int
    decided_months: int
    quarter_due_wd: int
    thresholds: Thresholds

    def __post_init__(self) -> None:
        if not 1 <= self.looked_on <= 28:
            raise ValueError("looked_on is a day from 1 to 28")
        if min(self.review_wd, self.decided_months, self.quarter_due_wd) < 1:
            raise ValueError("review_wd, decided_months and quarter_due_wd are at least 1")
