"""A check that is added after the first go-live warns for 90 days before it refuses. No database, no clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from common.policy import Action, Actor, authorize
from common.policy.matrix import people
from common.values.errors import Refusal
from data_exchange.wire.checks import Check, Severity, When, checks
from data_exchange.wire.operations import _OF_SYSTEMS

SINCE = date(2027, 1, 15)
CHECK = Check("mingzheng-on-behalf-of", SINCE, When.SENT)
MORNING = datetime(2027, 1, 15, 1, 0, tzinfo=UTC)
OF_THE_EXCHANGE = (
    "exchange.", "event.read", "partner.", "comparison.", "catalogue.", "data.", "use.", "dispute.", "transfer.",
    "webhook.", "receipt.", "sandbox.",
)  # fmt: skip
LONG_AGO = MORNING - timedelta(days=400)


@pytest.mark.parametrize(
    "days, severity",
    [
        (-1, Severity.SILENCE),
        (0, Severity.WARN),
        (89, Severity.WARN),
        (90, Severity.REFUSE),
    ],
)
def test_a_later_check_warns_for_ninety_days(days: int, severity: Severity) -> None:
    at = MORNING + timedelta(days=days)

    assert CHECK.severity(first_live_at=LONG_AGO, at=at) is severity


@pytest.mark.parametrize("first_live_at", [None, MORNING, MORNING + timedelta(days=1)])
def test_a_check_that_nobody_could_have_missed_refuses_at_once(first_live_at: datetime | None) -> None:
    assert CHECK.severity(first_live_at=first_live_at, at=MORNING) is Severity.REFUSE


def test_the_file_of_checks_is_read_with_its_days() -> None:
    assert {check.component for check in checks()} >= {"@method", "@authority", "@path", "content-digest"}
    assert CHECK in checks()


def test_the_operations_of_a_system_are_those_that_the_policy_permits_it() -> None:
    system: Actor = people(())["PARTNER"]
    permitted = set()
    for action in Action:
        try:
            authorize(system, action)
        except Refusal:
            continue
        permitted.add(action)

    assert {action for action in permitted if action.value.startswith(OF_THE_EXCHANGE)} == {
        action for action in _OF_SYSTEMS if action is not Action.ANSWER_KEY_LIST
    }
