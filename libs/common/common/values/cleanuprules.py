"""The figures of the clean-up of devices and of the yearly report (PJ §2, §3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class SupersededStandard:
    """A standard that another one replaced on `superseded_on`."""

    standard: str
    superseded_on: date


@dataclass(frozen=True)
class CleanupRules:
    """The city's figures; the notice itself sets none.

    CU-2: a device that conforms to a superseded standard is assessed again within `reassess_months`.
    CU-3, each by itself: an uptime below `uptime_per_mille` in 90 days; a fault open for more than `fault_open_d` days;
    of at least `rejection_captures` captures in 90 days `rejection_per_mille` or more rejected for their quality; of at
    least `dispute_count` disputes in twelve months `dispute_per_mille` or more upheld.
    CU-7: a device without an accepted capture for `unused_months` may be unnecessary.
    An on-site draw takes every device with a CU-5 finding and `sample_per_mille` of the others, `sample_least` or more.
    An imported device stays in LEGACY for at most `legacy_d` days. The yearly report goes to two `recipients`, and its
    reminders come on the `reminder_days` of December.

    Raises ValueError for a share outside 0 … 1000, or where the report has not two recipients.
    """

    reassess_months: int
    superseded_standards: tuple[SupersededStandard, ...]
    uptime_per_mille: int
    fault_open_d: int
    rejection_per_mille: int
    rejection_captures: int
    dispute_per_mille: int
    dispute_count: int
    unused_months: int
    sample_per_mille: int
    sample_least: int
    legacy_d: int
    recipients: tuple[str, ...]
    reminder_days: tuple[int, ...]

    def __post_init__(self) -> None:
        shares = (
            self.uptime_per_mille,
            self.rejection_per_mille,
            self.dispute_per_mille,
            self.sample_per_mille,
        )
        if not all(0 <= share <= 1000 for share in shares):
            raise ValueError("a share is 0 to 1000 of a thousand")
        if len(self.recipients) != 2:
            raise ValueError("the yearly report goes to the government and to the justice bureau (PJ §3)")
        if not all(1 <= day <= 31 for day in self.reminder_days):
            raise ValueError("a reminder comes on a day of December")
