"""The area that a count is asked for: divisions of GB/T 2260, each with everything below it (NJ 5(1))."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import StringConstraints

AreaCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}([0-9]{3})?$")]
Area = Annotated[
    list[AreaCode],
    Query(
        max_length=50,
        description="地区代码 · Codes of GB/T 2260, each with what lies below it: a city, a district, the divisions of"
        " a new area. Everything that the caller sees where it is left out.",
    ),
]
