"""Papers are recorded as they are, within the bounds of the possible (NJ 8, 10; Metrology 9)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from common.values.errors import Kind, Refusal
from common.values.law import APL_41_1
from device_registry.domain import accounts, papers
from device_registry.domain.device import PaperKind, Result, SignKind, State
from tests.device_registry.domain.dossiers import DEVICE, NOON, PROFILE, in_state

TODAY = date(2025, 6, 2)


def verify(**changes: Any) -> Any:
    given: dict[str, Any] = {
        "kind": PaperKind.VERIFICATION,
        "certificate_no": "JL-1",
        "result": Result.PASS,
        "functions": ("CM-0107",),
        "verified_on": TODAY,
        "valid_until": date(2026, 6, 1),
        "at": NOON,
    }
    return papers.record_verification(DEVICE, **(given | changes))


def test_a_failed_certificate_is_recorded_too() -> None:
    assert verify(result=Result.FAIL).result is Result.FAIL


@pytest.mark.parametrize(
    "changes",
    [
        {"verified_on": date(2025, 6, 3)},
        {"valid_until": date(2025, 6, 1)},
        {"functions": ("CM-9999",)},
        {"functions": ()},
    ],
    ids=["tomorrow", "ends before it begins", "unknown function", "no function"],
)
def test_an_impossible_certificate_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refusal:
        verify(**changes)

    assert refusal.value.kind is Kind.INVALID


@pytest.mark.parametrize("state", [State.REJECTED, State.RETIRED])
def test_a_closed_file_takes_no_more_papers(state: State) -> None:
    with pytest.raises(Refusal) as refusal:
        papers.record_signage(
            in_state(state).device,
            kind=SignKind.SIGN,
            photo_sha256="ab" * 32,
            from_on=TODAY,
            until_on=None,
            at=NOON,
        )

    assert refusal.value.code == "DEV_TRANSITION_NOT_ALLOWED"


def test_more_right_captures_than_captures_are_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        papers.record_acceptance_test(
            in_state(State.TRIAL).device,
            captures=100,
            correct=101,
            tested_on=TODAY,
            by="officer:tech",
            at=NOON,
        )

    assert refusal.value.code == "DEV_ACCEPTANCE_COUNTS"


@pytest.mark.law(APL_41_1)
def test_the_applicant_does_not_confirm_the_acceptance_test() -> None:
    tried = in_state(State.TRIAL).device

    with pytest.raises(Refusal) as refusal:
        papers.record_acceptance_test(
            tried, captures=100, correct=100, tested_on=TODAY, by=tried.registered_by, at=NOON
        )

    assert (refusal.value.code, refusal.value.article) == ("DEV_DUTY_SEPARATION", APL_41_1)


@pytest.mark.parametrize(
    "state", [State.DRAFT, State.UNDER_REVIEW, State.APPROVED, State.LEGACY, State.STOPPED]
)
def test_a_device_that_is_not_installed_gets_no_account(state: State) -> None:
    with pytest.raises(Refusal):
        accounts.issue_account(
            in_state(state).device,
            account="cam1",
            realm="viid.local",
            host_code=None,
            sessions=False,
            digest=False,
            media_hosts=(),
            valid_from=NOON,
            valid_until=None,
            profile=PROFILE,
        )
