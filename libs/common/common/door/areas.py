"""Rows of an area: divisions of GB/T 2260, each with everything below it (NJ 5(1))."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa


def prefix_of(code: str) -> str:
    """What the codes of a division and of everything below it begin with: `3201` for the city 320100."""
    return code[:2] if code[2:] == "0000" else code[:4] if code[4:] == "00" else code


def within(division: sa.ColumnElement[str], area: Sequence[str]) -> sa.ColumnElement[bool]:
    """That a row lies in the area; every row does where no code is named."""
    if not area:
        return sa.true()
    return sa.or_(*(division.startswith(prefix_of(code), autoescape=True) for code in area))
