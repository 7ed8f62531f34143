"""The conditions of a decision. A missing one blocks; it does not warn.

Each guard looks at the whole question and returns a violation or None. All of them are asked, so that
the decider learns everything at once. Evidence, device and backup are asked for again at the decision:
a capture or device that was lawful at filing may have lost that since.
"""

from __future__ import annotations

from collections.abc import Callable

from case.domain.guards.competence import (
    competent,
    in_territory,
    law_of_the_act,
    mitigated_as_adopted,
    no_crime_pending,
    not_excluded,
    not_minor,
    not_time_barred,
    not_twice,
    settled,
)
from case.domain.guards.deliberation import discussed, heard, in_time, legally_reviewed
from case.domain.guards.evidence import backed_up, device_lawful, evidence_accepted
from case.domain.guards.figures import (
    correction_ordered,
    figures_set,
    remedies_named,
    surcharge_stated,
    warned_without_fine,
    within_benchmark,
)
from case.domain.guards.hearing import (
    answered_in_time,
    defence_reviewed,
    hearing_offered,
    not_aggravated,
    notice_unchanged,
    notified,
)
from case.domain.guards.people import (
    minor_mitigated,
    mitigation_founded,
    no_conflict,
    none_recused,
    of_age,
    party_identified,
    qualified,
    two_officers,
)
from case.domain.guards.question import Question
from common.values.errors import Violation

GUARDS: tuple[Callable[[Question], Violation | None], ...] = (
    two_officers,
    qualified,
    no_conflict,
    none_recused,
    party_identified,
    of_age,
    minor_mitigated,
    mitigation_founded,
    in_territory,
    competent,
    law_of_the_act,
    not_time_barred,
    no_crime_pending,
    evidence_accepted,
    device_lawful,
    backed_up,
    not_minor,
    settled,
    not_excluded,
    not_twice,
    notified,
    notice_unchanged,
    answered_in_time,
    defence_reviewed,
    not_aggravated,
    mitigated_as_adopted,
    warned_without_fine,
    within_benchmark,
    figures_set,
    hearing_offered,
    heard,
    legally_reviewed,
    discussed,
    in_time,
    remedies_named,
    surcharge_stated,
    correction_ordered,
)


def failed_guards(question: Question) -> tuple[Violation, ...]:
    """Every guard that fails, in the order of the procedure."""
    return tuple(violation for guard in GUARDS if (violation := guard(question)) is not None)
