"""When the party is heard: from the first day of its case until the decision (APL 7, 45)."""

from __future__ import annotations

from typing import Final

from case.domain.procedure import DELIBERATING, State

HEARD: Final = (
    State.SUSPECTED,
    State.PROMPTED,
    State.READY_TO_FILE,
    State.FILED,
    State.INVESTIGATING,
    State.INVESTIGATION_CONCLUDED,
    State.PRIOR_NOTICE_SENT,
    State.PRIOR_NOTICE_SERVED,
    State.DEFENCE_REVIEW,
    *DELIBERATING,
    State.SUSPENDED,
)
"""The states in which the party is heard: all those before the decision in which its case goes on (APL 7, 45)."""
