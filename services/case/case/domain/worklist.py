"""What is due to whom: each period of the agency with the role that acts in it and the states in which it runs.

A period is over by the act that leaves its states: nothing has to be ticked off. Which periods run is computed from the
case in each of its changes (`running`), so no list differs from its case.
What is missed is recorded once, and the supervisor hears of it (AES 11(2)).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from case.domain.amendments import AmendmentKind
from case.domain.nonfiling import LEADS
from case.domain.procedure import ORDERABLE, Case, OfCase, State
from case.domain.remedies import Stage
from common.values.ids import AgencyId

_NUMBER: Final = re.compile(r"_[0-9]+$")
_ENDS: Final = (State.ARCHIVED, State.NOT_FILED, State.TRANSFERRED_OUT)


@dataclass(frozen=True)
class Work:
    """Who acts, and in which states the period runs; in any where `states` is empty.

    `reports_itself`: a fact of its own tells the supervisor that the period was missed.
    """

    role: str
    states: tuple[State, ...] = ()
    reports_itself: bool = False


WORK: Final[Mapping[str, Work]] = {
    "identify_party": Work("CASE_OFFICER", (State.SUSPECTED,)),
    "prompt": Work("CASE_OFFICER", (State.SUSPECTED,), reports_itself=True),
    "prompt_limit": Work("CASE_OFFICER", (State.SUSPECTED,), reports_itself=True),
    "file": Work("AGENCY_HEAD", (State.READY_TO_FILE,)),
    "decide_non_filing": Work("TEAM_LEAD", LEADS),
    "review_defence": Work("TEAM_LEAD", (State.PRIOR_NOTICE_SERVED,)),
    "review_legally": Work("CASE_LEGAL_REVIEWER", (State.DEFENCE_REVIEW, State.HEARING)),
    "decide_recusal": Work("AGENCY_HEAD", tuple(state for state in State if state not in _ENDS)),
    "decide": Work("AGENCY_HEAD", ORDERABLE),
    "act_anew": Work("AGENCY_HEAD", ORDERABLE),
    "decide_crime": Work("AGENCY_HEAD"),
    "serve_decision": Work("SERVICE_OFFICER", (State.DECIDED, State.SERVICE_PENDING, State.CHANGED_BY_SELF)),
    "handle_application": Work("AGENCY_HEAD", reports_itself=True),
    "remedy_answer": Work("AGENCY_HEAD", reports_itself=True),
    "answer_relief": Work("AGENCY_HEAD", (State.PERFORMING,)),
    "apply_court": Work("AGENCY_HEAD", (State.DEMANDED,), reports_itself=True),
    "refund": Work("CASE_OFFICER"),
    "close": Work("TEAM_LEAD", (State.PERFORMED, State.ENFORCED, State.ENFORCEMENT_ENDED)),
    "archive": Work("ARCHIVIST", (State.CLOSED,)),
    "review_amendment": Work("CASE_LEGAL_REVIEWER"),
    "publish": Work("TEAM_LEAD", reports_itself=True),
    "withdraw": Work("TEAM_LEAD", reports_itself=True),
    "data_request": Work("TEAM_LEAD"),
    "invalidation": Work("AGENCY_HEAD", reports_itself=True),
    "settle_preservation": Work("AGENCY_HEAD"),
}
"""Each period by its rule, without the number of the refund or task that it belongs to.

Where `states` is empty the period outlives the end of the case: money is owed back, and a party asks about its data,
after the file went to the archive too.
"""

_STILL: Final[Mapping[str, Callable[[Case], bool]]] = {
    "identify_party": lambda case: case.party is None,
    "decide_non_filing": lambda case: case.non_filing is not None,
    "decide_recusal": lambda case: any(each.decided_at is None for each in case.recusals),
    "handle_application": lambda case: any(each.stage is Stage.RECEIVED for each in case.remedies),
    "remedy_answer": lambda case: any(each.waits_for_answer for each in case.remedies),
    "answer_relief": lambda case: any(each.is_open for each in case.reliefs),
    "review_amendment": lambda case: any(
        each.conclusion is None and each.kind is not AmendmentKind.CORRECT for each in case.amendments
    ),
}
"""What still waits, for the periods that their state alone does not end."""

_OPEN: Final[Mapping[str, Callable[[Case], Iterable[int]]]] = {
    "decide_crime": lambda case: (
        each.number for each in case.crimes if each.reported_at is not None and each.approved is None
    ),
    "refund": lambda case: (each.number for each in case.refunds if each.is_open),
    "publish": lambda case: (
        each.number
        for each in case.publications
        if each.has_impact and each.published_at is None and each.fallen is None
    ),
    "withdraw": lambda case: (
        each.number
        for each in case.publications
        if each.withdraw_by is not None and each.withdrawn_at is None
    ),
    "invalidation": lambda case: (each.number for each in case.invalidations if each.is_open),
    # What lapsed without a decision stays here until the goods went back.
    "settle_preservation": lambda case: (
        each.number
        for each in case.preservations
        if each.ordered_at is not None and each.handling is None and each.returned_at is None
    ),
}
"""The numbers of what still waits, for the periods that a case has several of."""

_NUMBERED: Final = frozenset((*_OPEN, "data_request"))


def running(case: Case) -> list[str]:
    """The rules of the periods of the agency that run in `case`, where such a deadline stands on record.

    The requests about data lie beside the case and are not among them.
    """
    rules = [
        rule
        for rule, work in WORK.items()
        if rule not in _NUMBERED and (not work.states or case.state in work.states)
        if rule not in _STILL or _STILL[rule](case)
    ]
    return rules + [f"{rule}_{number}" for rule, numbers in _OPEN.items() for number in numbers(case)]


@dataclass(frozen=True)
class DeadlineMissed(OfCase):
    """The agency let the period `rule` pass without the act. The record concerns `agency_id`."""

    type: ClassVar[str] = "case.deadline.missed"

    agency_id: AgencyId
    rule: str
    role: str
    law: str
    due_on: date


def base_of(rule: str) -> str:
    """`refund_2` is a period of the kind `refund`."""
    return _NUMBER.sub("", rule)


def missed(case: Case, rule: str, *, law: str, due_on: date) -> DeadlineMissed:
    """The fact that a period of the agency passed (AES 11(2): a duty that was not performed in time)."""
    return DeadlineMissed(case.id, case.agency_id, rule, WORK[base_of(rule)].role, law, due_on)
