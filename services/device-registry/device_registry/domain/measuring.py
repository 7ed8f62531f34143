"""What a function must say if the violation is a measured value (Metrology 9)."""

from __future__ import annotations

from common.values.errors import Kind, Refusal
from common.values.law import METROLOGY_9
from device_registry.domain.device import UNITS, Function, Metrology


def require_measurable(function: Function) -> None:
    """A function that measures is verified, and says by how much its value may be wrong (Metrology 9).

    Without the permissible error nobody could deduct it in the party's favour, so no value would ever be evidence.
    """
    measures = function.measures
    if measures is None:
        return
    wanted = ""
    if function.metrology is Metrology.NONE:
        wanted = "metrology"
    elif measures.unit != UNITS[measures.quantity]:
        wanted = "unit"
    elif (measures.error.amount is not None and measures.error.percent is not None) != (
        measures.error.percent_from is not None
    ) or (measures.error.amount is None and measures.error.percent is None):
        wanted = "error"
    if wanted:
        raise Refusal(
            Kind.INVALID,
            "DEV_MEASUREMENT_INCOMPLETE",
            {"function": function.code, "unit": UNITS[measures.quantity]},
            wording="" if wanted == "error" else wanted,
            article=METROLOGY_9,
        )
