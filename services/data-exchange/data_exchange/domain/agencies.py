"""The tree of agencies: which ones stand above another."""

from __future__ import annotations

from collections.abc import Mapping

from common.values.ids import AgencyId


def above(agency_id: AgencyId, parents: Mapping[AgencyId, AgencyId | None]) -> list[AgencyId]:
    """The agencies above, the nearest first. `parents` is the tree; None stands above the root."""
    line: list[AgencyId] = []
    parent = parents.get(agency_id)
    while parent is not None:
        line.append(parent)
        parent = parents.get(parent)
    return line
