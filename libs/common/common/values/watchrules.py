"""The figures by which devices in service are watched: warnings, maintenance, signs of life."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WatchRules:
    """The city's figures; no law sets them.

    So many days before the last day of a certificate its agency is warned (`verification_warnings_d`, descending).

    Raises ValueError for figures that warn of nothing.
    """

    verification_warnings_d: tuple[int, ...]

    def __post_init__(self) -> None:
        days = self.verification_warnings_d
        if not days or min(days) < 1 or list(days) != sorted(set(days), reverse=True):
            raise ValueError("verification_warnings_d are days before the end, the longest first")
