"""Amounts as Annex 1 writes them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_FEN_A_UNIT: Final = {"YUAN": 100, "WAN_YUAN": 1_000_000}


def amount_in(fen: int, unit: str) -> Decimal:
    """`fen` in yuan or in ten thousand yuan, with two places."""
    return (Decimal(fen) / _FEN_A_UNIT[unit]).quantize(Decimal("0.01"), ROUND_HALF_UP)
