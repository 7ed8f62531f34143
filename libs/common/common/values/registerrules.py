"""The figures of the device register that differ between cities: warnings ahead, and how long a push account lasts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RegisterRules:
    """The city's figures; no law sets them.

    A legal basis that ends is announced `basis_warning_cd` calendar days before its last day. A push account lasts at
    most `account_most_cd` days; an account that is replaced speaks beside the new one for at most `account_overlap_cd`.
    """

    basis_warning_cd: int
    account_most_cd: int
    account_overlap_cd: int
