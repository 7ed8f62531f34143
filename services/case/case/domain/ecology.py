"""What is otherwise where the 生态环境法典 governs the matter (ECO 1053–1057): fault, limitation, several norms.

    fault         presumed; the party proves that it had none, and nobody else does it for the party
    limitation    five years from the end of the act where it did harm, instead of two (APL 36)
    norms         of several that the act violates, the one with the higher fine

Whether there was harm is what the officers find. Until they did, the longer period counts: a case that the shorter one
would bar at once could never come to that finding.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from case.domain.deadlines import Terms
from case.domain.lawoftime import acted_on
from case.domain.outcomes import Effect
from case.domain.procedure import Case
from common.values.calendar import Deadline
from common.values.catalogue import Regime
from common.values.law import ECO_1053_1057

LIMITATION_YEARS: Final = 5


def is_ecological(case: Case, terms: Terms) -> bool:
    """Whether the code governs the matter on the day of the act."""
    item = terms.profile.find_item(case.violation_code, on=acted_on(case))
    return item is not None and item.regime is Regime.ECOLOGY


def limitation_of(case: Case, terms: Terms, *, harmless: bool | None = None) -> Deadline:
    """After this no penalty may be imposed for the act (APL 36; ECO 1053–1057).

    `harmless` is what the officer finds; by default what both officers signed, None while nobody found anything.
    """
    if harmless is None and case.conclusion is not None:
        harmless = case.conclusion.findings.harmless
    if is_ecological(case, terms) and not harmless:
        return terms.limitation(case.act_ended_at, years=LIMITATION_YEARS, law=ECO_1053_1057)
    return terms.limitation(case.act_ended_at)


def is_barred(case: Case, terms: Terms, at: datetime, *, harmless: bool | None = None) -> bool:
    """Whether the limitation period is over at `at`."""
    return limitation_of(case, terms, harmless=harmless).is_over(at)


def is_fault_disproved(case: Case) -> bool:
    """Whether a statement of the party that it had no fault was adopted."""
    return any(stated.effect is Effect.FAULT for stated in case.defences)
