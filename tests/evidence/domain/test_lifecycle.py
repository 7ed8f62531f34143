"""Which state follows from each fact. Only `after` says so; the store writes down what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from common.values.clock import BEIJING
from common.values.facts import Commitment
from common.values.ids import AgencyId, CaseId, DeviceId, EvidenceId, OfficerId
from common.values.law import EVR_60
from evidence.domain.capture import (
    Picture,
    State,
    Subject,
    Submission,
    Times,
    Transport,
    duplicate,
    ingest,
)
from evidence.domain.checks import Code, EvidenceChecked, Result
from evidence.domain.custody import Purpose, back_up, disclose, export, freeze
from evidence.domain.erasure import ErasureProposed, EvidenceErased, Reason
from evidence.domain.lifecycle import Act, Capture, after, begin
from evidence.domain.review import (
    AcceptanceProposed,
    Attribute,
    EvidenceAccepted,
    EvidenceRejected,
    LateReviewAllowed,
    ReviewStarted,
)

NOON = datetime(2030, 3, 1, 12, 0, tzinfo=BEIJING)
LATER = NOON + timedelta(days=1)
FIRST, SECOND = OfficerId.new(NOON), OfficerId.new(NOON)
PUSHED = Submission(
    account="cam1",
    agency_id=AgencyId.new(NOON),
    device_id=DeviceId.new(NOON),
    device_code="31010100001190000001",
    object_id="an object",
    pictures=(Picture("aa", "bb", 9, "image/jpeg", 1280, 720, True),),
    times=Times(passed_at=NOON),
    received_at=NOON,
    body_sha256="cc",
    transport=Transport.SIGNED,
    subject=Subject("苏A12345", "5", "02"),
)
PUSH = ingest(
    PUSHED,
    id=EvidenceId.new(NOON),
    earlier=None,
    plate=Commitment(bytes(32)),
    drift=timedelta(seconds=60),
    ingest_within=timedelta(hours=24),
)
INGESTED = begin(PUSH, PUSHED)
ID, DEVICE = INGESTED.id, INGESTED.device_id


def checked(result: Result, *codes: Code) -> EvidenceChecked:
    return EvidenceChecked(
        ID, DEVICE, result, codes, (), True, (), "dd", "CM-0107", ("CM-0107",), "DEMO@2025.1"
    )


PASSED = after(INGESTED, checked(Result.PASSED), at=NOON)
TAKEN = after(PASSED, ReviewStarted(ID, DEVICE, FIRST, None), at=NOON)
PROPOSED = after(TAKEN, AcceptanceProposed(ID, DEVICE, FIRST, tuple(Attribute), "CM-0107"), at=NOON)
CONFIRMED = EvidenceAccepted(ID, DEVICE, FIRST, SECOND, tuple(Attribute), "CM-0107", False)
ACCEPTED = after(PROPOSED, CONFIRMED, at=NOON)
FROZEN = after(ACCEPTED, freeze(ACCEPTED.in_custody, CaseId.new(NOON)), at=NOON)


def test_a_push_begins_a_capture_that_waits_for_its_check() -> None:
    assert (INGESTED.state, INGESTED.duplicate_count, INGESTED.ended_at) == (State.INGESTED, 1, None)
    assert (INGESTED.subject, INGESTED.pictures) == (PUSHED.subject, PUSHED.pictures)


def test_a_check_passes_a_capture_or_ends_it() -> None:
    failed = after(INGESTED, checked(Result.FAILED, Code.CLOCK_DRIFT), at=LATER)

    assert (PASSED.state, PASSED.check_codes, PASSED.ended_at) == (State.TECH_PASSED, (), None)
    assert (failed.state, failed.check_codes, failed.ended_at) == (
        State.TECH_FAILED,
        (Code.CLOCK_DRIFT,),
        LATER,
    )


def test_a_review_keeps_every_act_with_its_officer_in_order() -> None:
    assert [(review.officer_id, review.act) for review in ACCEPTED.reviews] == [
        (FIRST, Act.TAKEN),
        (FIRST, Act.PROPOSED),
        (SECOND, Act.CONFIRMED),
    ]
    assert (ACCEPTED.state, ACCEPTED.proposed_by, ACCEPTED.confirmed_by) == (State.ACCEPTED, FIRST, SECOND)


def test_a_rejection_ends_the_capture_with_its_codes() -> None:
    rejected = after(TAKEN, EvidenceRejected(ID, DEVICE, FIRST, (Code.BLURRED,)), at=LATER)

    assert (rejected.state, rejected.rejection_codes) == (State.REJECTED, (Code.BLURRED,))
    assert rejected.ended_at == LATER


def test_a_leave_to_review_late_says_who_gave_it() -> None:
    allowed = after(TAKEN, LateReviewAllowed(ID, DEVICE, SECOND, Commitment(bytes(32))), at=LATER)

    assert (allowed.late_allowed, allowed.under_review.late_allowed_by) == (True, SECOND)


def test_a_second_copy_is_dated_and_changes_no_state() -> None:
    copied = after(ACCEPTED, back_up(ACCEPTED.in_custody, reread=ACCEPTED.in_custody.originals), at=LATER)

    assert (copied.state, copied.backed_up_at) == (State.ACCEPTED, LATER)
    assert copied.copies == ("aa", "cc", "dd")


@pytest.mark.law(EVR_60)
@pytest.mark.parametrize("capture", [FROZEN, replace(PASSED, is_erased=True)], ids=["frozen", "erased"])
def test_a_push_that_comes_again_leaves_a_frozen_or_erased_capture_alone(capture: Capture) -> None:
    again = duplicate(ID, PUSHED, pushed_before=1)

    assert after(capture, again, at=LATER) == capture
    assert after(PASSED, again, at=LATER).duplicate_count == 2


def test_a_look_and_an_export_change_nothing() -> None:
    look = disclose(FROZEN.in_custody, purpose=Purpose.REVIEW, picture=1, sha256="aa")
    bundle = {"bundle_sha256": "ee", "manifest_sha256": "ff"}
    left = export(FROZEN.in_custody, purpose=Purpose.APPEAL, case_id=None, size=1, log_size=2, **bundle)

    assert after(FROZEN, look, at=LATER) == after(FROZEN, left, at=LATER) == FROZEN


def test_an_erasure_takes_the_vehicle_away_and_leaves_what_happened() -> None:
    asked = after(FROZEN, ErasureProposed(ID, DEVICE, Reason.RETENTION_ENDED, FIRST), at=NOON)
    gone = EvidenceErased(ID, DEVICE, Reason.RETENTION_ENDED, FIRST, SECOND, ("aa",), ("cc",), ())

    erased = after(asked, gone, at=LATER)

    assert (asked.is_erased, asked.subject) == (False, PUSHED.subject)
    assert (erased.is_erased, erased.subject) == (True, None)
    assert erased.erasure is not None
    assert (erased.erasure.proposed_at, erased.erasure.approved_at) == (NOON, LATER)
    assert replace(erased, is_erased=False, subject=PUSHED.subject, erasure=None) == FROZEN
