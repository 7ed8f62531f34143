"""Two officers, four attributes, every picture opened (APL 41(2), 42)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from common.values.calendar import Calendar
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DeviceId, EvidenceId, OfficerId
from common.values.law import APL_41_2, APL_42, CITY_PERIOD, NJ_12, NJ_14
from evidence.domain.capture import State
from evidence.domain.checks import Code
from evidence.domain.review import (
    Attribute,
    Reviewer,
    UnderReview,
    accept,
    allow_late_review,
    propose_acceptance,
    reject,
    review_due,
    take,
)

NOON = datetime(2025, 3, 3, 4, 0, tzinfo=UTC)  # a Monday in Beijing
CALENDAR = Calendar("test", frozenset({2025}), frozenset(), frozenset())
DUE = review_due(NOON, review_wd=5, calendar=CALENDAR)
ALL = frozenset(Attribute)
SEEN = frozenset({1, 2})
WANG = Reviewer(OfficerId.new(NOON), "JS-01", date(2027, 1, 1), SEEN)
LI = Reviewer(OfficerId.new(NOON), "JS-02", date(2027, 1, 1), SEEN)
FRESH = UnderReview(
    EvidenceId.new(NOON), DeviceId.new(NOON), State.TECH_PASSED, SEEN, "CM-0107", ("CM-0107",)
)
TAKEN = replace(FRESH, state=State.IN_REVIEW, taken_by=WANG.id)
PROPOSED = replace(TAKEN, proposed_by=WANG.id)


def test_two_officers_make_a_capture_evidence() -> None:
    assert take(FRESH, WANG, at=NOON).reviewer == WANG.id
    proposed = propose_acceptance(TAKEN, WANG, ALL, violation_code=None, at=NOON)
    accepted = accept(PROPOSED, LI, ALL, due=DUE, at=NOON)

    assert proposed.violation_code == "CM-0107"
    assert (accepted.proposed_by, accepted.confirmed_by, accepted.late) == (WANG.id, LI.id, False)


@pytest.mark.law(APL_42)
def test_the_second_officer_is_another_person() -> None:
    with pytest.raises(Refusal) as refusal:
        accept(PROPOSED, WANG, ALL, due=DUE, at=NOON)

    assert (refusal.value.kind, refusal.value.code) == (Kind.FORBIDDEN, "EVD_SECOND_REVIEWER_REQUIRED")
    assert refusal.value.article is APL_42


@pytest.mark.law(APL_41_2)
@pytest.mark.parametrize("missing", list(Attribute))
def test_each_of_the_four_attributes_is_needed_from_both(missing: Attribute) -> None:
    for decide in (
        lambda: propose_acceptance(TAKEN, WANG, ALL - {missing}, violation_code=None, at=NOON),
        lambda: accept(PROPOSED, LI, ALL - {missing}, due=DUE, at=NOON),
    ):
        with pytest.raises(Refusal) as refusal:
            decide()
        assert refusal.value.code == "EVD_ATTRIBUTES_INCOMPLETE"
        assert [v.code for v in refusal.value.violations] == [f"EVD_NOT_{missing}"]
        assert refusal.value.article is APL_41_2


@pytest.mark.law(APL_41_2)
def test_every_picture_is_opened_by_each_officer() -> None:
    half = frozenset({1})

    for decide in (
        lambda: propose_acceptance(TAKEN, replace(WANG, opened=half), ALL, violation_code=None, at=NOON),
        lambda: accept(PROPOSED, replace(LI, opened=half), ALL, due=DUE, at=NOON),
    ):
        with pytest.raises(Refusal, match="has not opened picture 2") as refusal:
            decide()
        assert refusal.value.article is APL_41_2


@pytest.mark.parametrize(
    "reviewer",
    [replace(WANG, certificate=None), replace(WANG, certificate_until=date(2025, 3, 2))],
    ids=["none", "ended-yesterday"],
)
def test_an_officer_without_a_valid_certificate_reviews_nothing(reviewer: Reviewer) -> None:
    with pytest.raises(Refusal) as refusal:
        take(FRESH, reviewer, at=NOON)

    assert refusal.value.code == "EVD_REVIEWER_UNQUALIFIED"


def test_a_certificate_counts_on_its_last_day() -> None:
    assert take(FRESH, replace(WANG, certificate_until=date(2025, 3, 3)), at=NOON)


def test_an_officer_may_take_over_until_something_is_proposed() -> None:
    assert take(TAKEN, LI, at=NOON).taken_over_from == WANG.id
    for refused in (lambda: take(PROPOSED, LI, at=NOON), lambda: take(TAKEN, WANG, at=NOON)):
        with pytest.raises(Refusal) as refusal:
            refused()
        assert refusal.value.code == "EVD_TRANSITION_NOT_ALLOWED"


def test_whoever_did_not_take_the_capture_does_not_propose() -> None:
    with pytest.raises(Refusal) as refusal:
        propose_acceptance(TAKEN, LI, ALL, violation_code=None, at=NOON)

    assert refusal.value.code == "EVD_REVIEW_NOT_YOURS"


def test_the_violation_is_named_and_one_that_the_device_was_reviewed_for() -> None:
    silent = replace(TAKEN, violation_code=None)

    with pytest.raises(Refusal) as unnamed:
        propose_acceptance(silent, WANG, ALL, violation_code=None, at=NOON)
    with pytest.raises(Refusal) as foreign:
        propose_acceptance(silent, WANG, ALL, violation_code="CM-9999", at=NOON)

    assert unnamed.value.code == "EVD_ATTRIBUTES_INCOMPLETE"
    assert foreign.value.code == "EVD_VIOLATION_NOT_COVERED"
    assert (
        propose_acceptance(silent, WANG, ALL, violation_code="CM-0107", at=NOON).violation_code == "CM-0107"
    )


@pytest.mark.law(CITY_PERIOD)
def test_a_review_ends_in_time_until_midnight_of_the_fifth_working_day() -> None:
    last = datetime(2025, 3, 10, 15, 59, 59, tzinfo=UTC)

    assert accept(PROPOSED, LI, ALL, due=DUE, at=last).late is False
    with pytest.raises(Refusal) as refusal:
        accept(PROPOSED, LI, ALL, due=DUE, at=last + timedelta(seconds=1))
    assert refusal.value.code == "EVD_LATE_REVIEW"
    assert refusal.value.article is CITY_PERIOD
    assert [v.code for v in refusal.value.violations] == ["E-TIM-01"]


def test_a_supervisor_lets_a_late_review_end() -> None:
    late = DUE.due_at
    chief = OfficerId.new(NOON)

    leave = allow_late_review(PROPOSED, chief, reason=Commitment(b"x" * 32), due=DUE, at=late)
    accepted = accept(replace(PROPOSED, late_allowed_by=chief), LI, ALL, due=DUE, at=late)

    assert leave.allowed_by == chief
    assert accepted.late is True
    with pytest.raises(Refusal):
        allow_late_review(PROPOSED, chief, reason=Commitment(b"x" * 32), due=DUE, at=NOON)


@pytest.mark.law(NJ_14)
def test_one_officer_rejects_with_a_code() -> None:
    assert reject(PROPOSED, LI, frozenset({Code.BLURRED}), at=NOON).codes == (Code.BLURRED,)
    with pytest.raises(Refusal) as refusal:
        reject(PROPOSED, LI, frozenset(), at=NOON)
    assert (refusal.value.code, refusal.value.article) == ("EVD_REJECTION_CODE_REQUIRED", NJ_14)


@pytest.mark.parametrize("state", [s for s in State if s is not State.IN_REVIEW])
def test_only_a_capture_in_review_is_accepted_or_rejected(state: State) -> None:
    elsewhere = replace(PROPOSED, state=state)

    for decide in (
        lambda: accept(elsewhere, LI, ALL, due=DUE, at=NOON),
        lambda: reject(elsewhere, LI, frozenset({Code.BLURRED}), at=NOON),
        lambda: propose_acceptance(
            replace(elsewhere, proposed_by=None), WANG, ALL, violation_code=None, at=NOON
        ),
    ):
        with pytest.raises(Refusal) as refusal:
            decide()
        assert refusal.value.code == ("EVD_FROZEN" if state is State.FROZEN else "EVD_TRANSITION_NOT_ALLOWED")


@pytest.mark.law(NJ_14)
def test_nobody_excuses_the_delay_of_their_own_review() -> None:
    for reviewing in (TAKEN, replace(PROPOSED, taken_by=LI.id)):
        with pytest.raises(Refusal) as refusal:
            allow_late_review(reviewing, WANG.id, reason=Commitment(b"x" * 32), due=DUE, at=DUE.due_at)

        assert (refusal.value.code, refusal.value.article) == ("ROLE_CONFLICT", NJ_14)
    with pytest.raises(Refusal) as second:
        accept(replace(PROPOSED, late_allowed_by=LI.id), LI, ALL, due=DUE, at=DUE.due_at)
    assert second.value.code == "EVD_LATE_REVIEW"


@pytest.mark.law(NJ_12)
def test_NJ_12_1_a_capture_that_came_in_late_without_a_reason_is_not_evidence() -> None:
    late = replace(TAKEN, late_ingest=True)

    with pytest.raises(Refusal) as refusal:
        propose_acceptance(late, WANG, ALL, violation_code=None, at=NOON)

    assert (refusal.value.code, refusal.value.article) == ("EVD_LATE_INGEST", NJ_12)
    assert [v.code for v in refusal.value.violations] == ["E-TIM-02"]
    assert reject(late, WANG, frozenset({Code.INGEST_TOO_LATE}), at=NOON).codes == (Code.INGEST_TOO_LATE,)
