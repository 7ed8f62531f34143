"""A measured offence: the value, the limit, and the error that is deducted in the party's favour (Metrology 9).

    value − permissible error = deducted value;   a violation only where the deducted value is above the limit

An instrument that is verified may still be wrong by its maximum permissible error. A violation is only what is beyond
the limit whatever the error was, so a deducted value that equals the limit is none. Limit and error are data of the
device's function, which the registry states for the second of capture; no figure of any measuring rule stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

_HUNDREDTH = Decimal("0.01")


class Quantity(StrEnum):
    """What a device measures."""

    SPEED = "SPEED"
    WEIGHT = "WEIGHT"


@dataclass(frozen=True)
class Measured:
    """A value as the device gave it, nothing deducted: `value` of at most two places, in `unit` (km/h, kg)."""

    quantity: Quantity
    value: Decimal
    unit: str


@dataclass(frozen=True)
class PermissibleError:
    """The maximum permissible error: an amount in the unit, or a percentage of the value; with both, the amount counts
    below `percent_from` and the percentage from there on."""

    amount: Decimal | None = None
    percent: Decimal | None = None
    percent_from: Decimal | None = None

    def at(self, value: Decimal) -> Decimal:
        """The error at `value`, in its unit. Of two places, rounded up: a fraction left out would not be deducted."""
        if self.amount is not None and (self.percent_from is None or value < self.percent_from):
            return self.amount
        share = value * (self.percent or Decimal(0)) / 100
        return share.quantize(_HUNDREDTH, rounding=ROUND_CEILING)


@dataclass(frozen=True)
class Requirement:
    """What one function of a device measures: above `limit`, in `unit`, is the violation `violation_code`."""

    violation_code: str
    quantity: Quantity
    unit: str
    limit: Decimal
    error: PermissibleError


@dataclass(frozen=True)
class Measurement:
    """The value of a capture held against the limit of one function. The last three are None where no value came."""

    violation_code: str
    quantity: Quantity
    unit: str
    limit: Decimal
    value: Decimal | None = None
    error: Decimal | None = None
    deducted: Decimal | None = None

    @property
    def exceeds(self) -> bool:
        """Whether the limit is exceeded whatever the error was."""
        return self.deducted is not None and self.deducted > self.limit


def measure(measured: Measured | None, requirement: Requirement) -> Measurement:
    """Hold a value against `requirement`. A value of another quantity or unit is none: nothing is converted."""
    bare = Measurement(requirement.violation_code, requirement.quantity, requirement.unit, requirement.limit)
    if measured is None or (measured.quantity, measured.unit) != (bare.quantity, bare.unit):
        return bare
    error = requirement.error.at(measured.value)
    return Measurement(
        bare.violation_code,
        bare.quantity,
        bare.unit,
        bare.limit,
        value=measured.value,
        error=error,
        deducted=measured.value - error,
    )
