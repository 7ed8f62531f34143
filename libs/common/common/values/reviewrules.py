"""The city's figures for legal review, collective discussion and withdrawal (APL 43, 57(2), 58)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_HEADS: Final = 2
"""A discussion of fewer is none (集体)."""


@dataclass(frozen=True)
class ReviewRules:
    """From `legal_fine`, in fen, and in each of `legal_matters` (violation codes) a decision passes legal review; so it
    does with `complex_captures` captures or more. `legal_fine` is None until the city's legal office sets it.

    At least `discussion_heads` heads discuss. A withdrawal is decided within `recusal_wd` working days, and a decision
    that was prepared is reviewed within `legal_review_wd`.

    Raises ValueError for a number that makes a discussion the decision of one person.
    """

    legal_fine: int | None
    legal_matters: tuple[str, ...]
    complex_captures: int
    legal_review_wd: int
    discussion_heads: int
    recusal_wd: int

    def __post_init__(self) -> None:
        if self.discussion_heads < _HEADS:
            raise ValueError(f"at least {_HEADS} heads discuss")
        if self.complex_captures < 1:
            raise ValueError("complex_captures is at least 1")
