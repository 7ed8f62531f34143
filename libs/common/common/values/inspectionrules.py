"""How often an agency inspects an enterprise (国办发〔2024〕54号): the figure that the city publishes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class InspectionRules:
    """An agency inspects one enterprise at most `yearly_cap` times a year, visits and off-site inspections together.

    Raises ValueError for a cap that permits none.
    """

    yearly_cap: int

    def __post_init__(self) -> None:
        if self.yearly_cap < 1:
            raise ValueError("yearly_cap is at least 1")
