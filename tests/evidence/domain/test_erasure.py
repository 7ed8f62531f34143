"""When the law lets a capture go (PIPL 19, 47; VSR 17; APL 36; NJ 17). No database, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args

import pytest

from common.values.calendar import end_of, legal_day, years_after
from common.values.clock import BEIJING
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId, DeviceId, EvidenceId, OfficerId
from common.values.law import APL_36, NJ_17, PIPL_19, PIPL_47, VSR_17, Article
from evidence import contract
from evidence.domain.capture import State
from evidence.domain.erasure import (
    Erasable,
    Erasure,
    ErasureProposed,
    EvidenceErased,
    Hold,
    Reason,
    approve_erasure,
    propose_erasure,
)

NOON = datetime(2030, 3, 1, 12, 0, tzinfo=BEIJING)
FIRST, SECOND = OfficerId.new(NOON), OfficerId.new(NOON)
REJECTED = Erasable(
    EvidenceId.new(NOON), DeviceId.new(NOON), State.REJECTED, NOON, NOON + timedelta(days=3),
    media=("aa",), messages=("bb",), bundles=("cc",),
)  # fmt: skip
PROPOSED = Erasure(Reason.RETENTION_ENDED, FIRST, NOON)
CASE = CaseId.new(NOON)
KEPT_UNTIL = end_of(years_after(legal_day(NOON), 10))
ACCEPTED = replace(REJECTED, state=State.ACCEPTED)
FROZEN = replace(REJECTED, state=State.FROZEN, holds=(Hold(CASE, NOON, NOON, KEPT_UNTIL),))


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=BEIJING)


def refused(capture: Erasable, reason: Reason, when: datetime) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        propose_erasure(capture, reason, FIRST, keep_rejected_d=30, at=when)
    return refusal.value


@pytest.mark.law(PIPL_19, VSR_17, APL_36, NJ_17)
@pytest.mark.parametrize(
    ("capture", "reason", "ends", "article"),
    [
        (REJECTED, Reason.RETENTION_ENDED, at(2030, 4, 4), PIPL_19),  # rejected on 4 March
        (REJECTED, Reason.PARTY_REQUEST, at(2030, 4, 1), VSR_17),  # captured on 1 March
        (replace(REJECTED, state=State.TECH_FAILED), Reason.RETENTION_ENDED, at(2030, 4, 4), PIPL_19),
        (ACCEPTED, Reason.RETENTION_ENDED, at(2032, 3, 5), APL_36),
        (ACCEPTED, Reason.PARTY_REQUEST, at(2032, 3, 5), APL_36),
        (replace(ACCEPTED, holds=(Hold(CASE, NOON + timedelta(days=30)),)), Reason.RETENTION_ENDED,
         at(2032, 4, 1), APL_36),
        (FROZEN, Reason.RETENTION_ENDED, at(2040, 3, 2), NJ_17),
        (FROZEN, Reason.UNLAWFUL_COLLECTION, at(2040, 3, 2), NJ_17),
    ],
)  # fmt: skip
def test_a_capture_may_go_from_the_first_instant_after_its_period(
    capture: Erasable, reason: Reason, ends: datetime, article: Article
) -> None:
    early = refused(capture, reason, ends - timedelta(microseconds=1))
    fact = propose_erasure(capture, reason, FIRST, keep_rejected_d=30, at=ends)

    assert (early.kind, early.code, early.article) == (Kind.CONFLICT, "EVD_RETENTION_RUNS", article)
    assert fact == ErasureProposed(capture.id, capture.device_id, reason, FIRST)


def test_what_was_collected_unlawfully_may_go_at_once() -> None:
    fact = propose_erasure(
        REJECTED, Reason.UNLAWFUL_COLLECTION, FIRST, keep_rejected_d=30, at=NOON + timedelta(days=3)
    )

    assert fact.reason is Reason.UNLAWFUL_COLLECTION


def test_a_permanent_file_is_kept_for_ever() -> None:
    kept = replace(FROZEN, holds=(Hold(CASE, NOON, NOON),))

    assert refused(kept, Reason.RETENTION_ENDED, at(2130, 1, 1)).code == "EVD_RETENTION_RUNS"


@pytest.mark.law(PIPL_47, NJ_17)
@pytest.mark.parametrize(
    ("capture", "code", "article"),
    [
        (replace(REJECTED, ended_at=None, state=State.IN_REVIEW), "EVD_TRANSITION_NOT_ALLOWED", PIPL_47),
        (replace(ACCEPTED, holds=(Hold(CASE),)), "EVD_ON_HOLD", NJ_17),
        (replace(FROZEN, holds=(Hold(CASE, NOON),)), "EVD_ON_HOLD", NJ_17),
        (replace(FROZEN, holds=()), "EVD_FROZEN", NJ_17),
        (replace(REJECTED, needed_by=(EvidenceId.new(NOON),)), "EVD_ON_HOLD", PIPL_47),
        (replace(REJECTED, is_erased=True), "EVD_ERASED", PIPL_47),
    ],
    ids=["in-review", "open-case", "closed-not-archived", "frozen-alone", "shared-message", "twice"],
)
def test_what_is_still_needed_stays_however_old(capture: Erasable, code: str, article: Article) -> None:
    refusal = refused(capture, Reason.PARTY_REQUEST, at(2100, 1, 1))

    assert (refusal.code, refusal.article) == (code, article)


def test_another_person_approves_and_the_record_names_what_is_gone() -> None:
    proposed = replace(REJECTED, proposal=PROPOSED)
    then = at(2030, 5, 1)

    fact = approve_erasure(proposed, SECOND, keep_rejected_d=30, at=then)
    with pytest.raises(Refusal) as alone:
        approve_erasure(proposed, FIRST, keep_rejected_d=30, at=then)
    with pytest.raises(Refusal) as unasked:
        approve_erasure(REJECTED, SECOND, keep_rejected_d=30, at=then)

    assert fact == EvidenceErased(
        REJECTED.id, REJECTED.device_id, Reason.RETENTION_ENDED, FIRST, SECOND, ("aa",), ("bb",), ("cc",)
    )
    assert (alone.value.code, alone.value.article) == ("EVD_SECOND_PERSON_REQUIRED", NJ_17)
    assert unasked.value.code == "EVD_ERASURE_NOT_PROPOSED"


def test_a_case_that_began_after_the_proposal_stops_the_approval() -> None:
    proposed = replace(ACCEPTED, holds=(Hold(CASE),), proposal=PROPOSED)

    with pytest.raises(Refusal) as refusal:
        approve_erasure(proposed, SECOND, keep_rejected_d=30, at=at(2100, 1, 1))

    assert refusal.value.code == "EVD_ON_HOLD"


def test_the_wire_offers_the_reasons_of_the_law() -> None:
    assert set(get_args(contract.ErasureReason)) == set(Reason)
