"""Colleagues and agencies by name: whom an order may name, and whose id stands in what a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.web.visitor import Visitor


async def colleagues(visitor: Visitor) -> list[dict[str, Any]]:
    """The officers of the visitor's agency; nobody for somebody without one."""
    found = await visitor.find("/v1/officers", limit=200)
    items: list[dict[str, Any]] = found["items"] if found else []
    return items


async def names_of(visitor: Visitor) -> Mapping[str, str]:
    """The names of the colleagues by their ids."""
    return {each["officer_id"]: each["name"] for each in await colleagues(visitor)}


async def agencies(visitor: Visitor) -> Mapping[str, str]:
    """The names of the agencies by their ids."""
    found = await visitor.find("/v1/public/agencies", limit=200)
    return {each["agency_id"]: each["name"] for each in (found["items"] if found else ())}
