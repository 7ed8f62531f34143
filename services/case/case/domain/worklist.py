"""What is due to whom: each period of the agency with the role that acts in it and the states in which it runs.

A period is over by the act that leaves its states: nothing has to be ticked off, and no list can differ from its case.
What is missed is recorded once, and the supervisor hears of it (AES 11(2)).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from case.domain.nonfiling import LEADS
from case.domain.procedure import ORDERABLE, Case, OfCase, State
from common.values.ids import AgencyId

_NUMBER: Final = re.compile(r"_[0-9]+$")


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
    "decide_recusal": Work("AGENCY_HEAD"),
    "decide": Work("AGENCY_HEAD", ORDERABLE),
    "act_anew": Work("AGENCY_HEAD", ORDERABLE),
    "serve_decision": Work("SERVICE_OFFICER", (State.DECIDED, State.SERVICE_PENDING, State.CHANGED_BY_SELF)),
    "handle_application": Work("AGENCY_HEAD", reports_itself=True),
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
"""Each period by its rule, without the number of the refund or task that it belongs to."""


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
