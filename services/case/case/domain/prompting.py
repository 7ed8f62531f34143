"""The draft of a prompt, and the days by which it must go out (NJ 15).

    party identified ──▶ draft waits ──▶ an officer sends it (`filing.prompt`)
                             ├─ SLA passed ────▶ overdue: the city's usual period
                             └─ LIMIT passed ──▶ overdue: the last day that the city allows

No machine prompts anybody: the draft spares the officer the writing, and the officer answers for the sending. A prompt
is never refused because it is late, since late it still gives the party the time to correct.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from case.domain.deadlines import Terms
from case.domain.filing import require_party
from case.domain.lawoftime import ruleset_of
from case.domain.people import AgeGroup
from case.domain.procedure import Case, Changing, State, require_state
from common.values.calendar import Deadline, legal_day
from common.values.ids import AgencyId, PartyId


class Missed(StrEnum):
    """Which of the two days a prompt missed."""

    SLA = "SLA"
    LIMIT = "LIMIT"


@dataclass(frozen=True)
class Draft:
    """A prompt that waits for an officer: what it missed so far, and by which days it has to go."""

    drafted_at: datetime
    due_on: date
    limit_on: date
    missed: frozenset[Missed] = frozenset()


@dataclass(frozen=True)
class PromptDrafted(Changing):
    """A draft of D-02 waits for an officer. `ruleset` names the rules whose way to correct it proposes."""

    type: ClassVar[str] = "case.prompt.drafted"

    party_id: PartyId
    ruleset: str
    drafted_at: datetime
    prompt_limit: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.prompt_limit,)

    def applied(self, case: Case) -> Case:
        return case


@dataclass(frozen=True)
class PromptOverdue(Changing):
    """The prompt was not sent by `due_on`. The record concerns `agency_id`, whose duty it was."""

    type: ClassVar[str] = "case.prompt.overdue"

    agency_id: AgencyId
    missed: Missed
    due_on: date

    def applied(self, case: Case) -> Case:
        return case


def draft_prompt(case: Case, *, terms: Terms, at: datetime) -> tuple[PromptDrafted, ...]:
    """A draft follows as soon as the evidence is accepted and the party known (NJ 15).

    The last day counts from the acceptance, and not from here: who took long to find the party may not take longer
    to tell it. None for a child under 14: its lead goes to its end, and no prompt to anybody (APL 30).
    """
    require_state(case, State.SUSPECTED, act="the draft of the prompt")
    party = require_party(case)
    if party.age_group is AgeGroup.UNDER_14:
        return ()
    ruleset = ruleset_of(case, terms)
    # Whoever is found to be the party after another one was released is told in time of its own.
    since = case.released.at if case.released else case.opened_at
    return (PromptDrafted(case.id, party.id, ruleset.id, at, terms.prompt_limit(since)),)


def passed(case: Case, draft: Draft, *, at: datetime) -> tuple[PromptOverdue, ...]:
    """Which days passed without a prompt by `at`, each reported once. A deadline falls at the end of its day."""
    if case.state is not State.SUSPECTED:
        return ()
    days = {Missed.SLA: draft.due_on, Missed.LIMIT: draft.limit_on}
    today = legal_day(at)
    return tuple(
        PromptOverdue(case.id, case.agency_id, missed, day)
        for missed, day in days.items()
        if day < today and missed not in draft.missed
    )
