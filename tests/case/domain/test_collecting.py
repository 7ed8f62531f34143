"""Records of two officers, and evidence that is kept: the edges of APL 42, 54, 55 and 56."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from case.domain.closing import propose_closure
from case.domain.collected import FieldRecord, Handling, Preservation, RecordKind
from case.domain.collecting import (
    SignedBy,
    note_material,
    request_material,
    require_explained,
    require_recorded,
    sign_record,
)
from case.domain.merging import merge
from case.domain.preserving import (
    handle_preservation,
    lapse_preservations,
    note_returned,
    order_preservation,
    propose_preservation,
)
from case.domain.procedure import Case, State, after
from case.domain.releasing import WrongBecause, release_party
from case.domain.withdrawing import without
from common.values.calendar import end_of, legal_day
from common.values.errors import Refusal
from common.values.ids import CaseId
from common.values.law import APL_40, APL_42, APL_43, APL_47, APL_55, APL_56
from tests.case.domain import walk

FILED, AT = walk.walked_to(State.FILED)
SECOND_OF_TIME = timedelta(seconds=1)


def inquired() -> FieldRecord:
    first, second = walk.FIRST.officer_id, walk.SECOND.officer_id
    return FieldRecord(1, RecordKind.INQUIRY, first, AT, AT, None, second, with_party=True)


def keeping() -> Case:
    proposed = after(FILED, propose_preservation(FILED, items=2, content=walk.KEPT, hand=walk.FIRST, at=AT))
    ordered = order_preservation(
        proposed, 1, document_id=walk.NOTICE, sha256=walk.SHA, hand=walk.HEAD, terms=walk.TERMS, at=AT
    )
    return after(proposed, ordered)


def decided_about(case: Case, at: datetime, handling: Handling = Handling.RETURN) -> Case:
    fact = handle_preservation(
        case,
        1,
        handling=handling,
        reason=walk.KEPT,
        document_id=walk.DECISION,
        sha256=walk.SHA,
        hand=walk.HEAD,
        at=at,
    )
    return after(case, fact)


def release(case: Case) -> Any:
    return release_party(
        case, cause=WrongBecause.VEHICLE_SOLD, note=walk.KEPT, hand=walk.HEAD, terms=walk.TERMS, at=AT
    )


def join(case: Case, into: Case) -> Any:
    return merge(case, into, reason=walk.KEPT, hand=walk.HEAD, terms=walk.TERMS, at=AT)


def code(refusal: pytest.ExceptionInfo[Refusal]) -> str:
    return refusal.value.code


@pytest.mark.law(APL_56)
def test_what_becomes_of_kept_evidence_is_decided_in_the_last_second_of_the_seventh_working_day() -> None:
    case = keeping()
    (kept,) = case.preservations
    assert kept.settle_by is not None
    over = end_of(kept.settle_by)

    settled = decided_about(case, over - SECOND_OF_TIME)
    with pytest.raises(Refusal) as late:
        decided_about(case, over)

    assert settled.preservations[0].handling is Handling.RETURN
    assert code(late) == "CASE_PRESERVATION_LAPSED"
    assert lapse_preservations(case, over - SECOND_OF_TIME) == ()
    assert [fact.number for fact in lapse_preservations(case, over)] == [1]
    assert lapse_preservations(settled, over) == ()


@pytest.mark.law(APL_56)
def test_the_seven_days_are_working_days() -> None:
    friday = datetime(2025, 3, 7, 4, 0, tzinfo=UTC)

    assert f"{walk.TERMS.settle_preservation(friday, 1).due_on}" == "2025-03-18"


def test_who_proposed_to_keep_evidence_does_not_approve_it() -> None:
    case = replace(FILED, preservations=(Preservation(1, walk.HEAD.officer_id),))

    with pytest.raises(Refusal) as refusal:
        order_preservation(
            case, 1, document_id=walk.NOTICE, sha256=walk.SHA, hand=walk.HEAD, terms=walk.TERMS, at=AT
        )

    assert code(refusal) == "ROLE_CONFLICT"


@pytest.mark.parametrize("handling", list(Handling))
def test_only_what_is_free_goes_back(handling: Handling) -> None:
    case = decided_about(keeping(), AT, handling)
    # An examination ends, and what was examined goes back too.
    is_free = handling in (Handling.RETURN, Handling.RETURN_COPIED, Handling.EXAMINE)

    if is_free:
        with pytest.raises(Refusal) as early:
            note_returned(case, 1, returned_at=AT - SECOND_OF_TIME, proof_sha256="", hand=walk.FIRST, at=AT)
        assert code(early) == "CASE_RECORD_TIME"
        assert note_returned(case, 1, returned_at=AT, proof_sha256="", hand=walk.FIRST, at=AT)
        return
    with pytest.raises(Refusal) as refusal:
        note_returned(case, 1, returned_at=AT, proof_sha256="", hand=walk.FIRST, at=AT)
    assert code(refusal) == "CASE_PRESERVATION_NOT_OPEN"


@pytest.mark.law(APL_56)
def test_a_case_is_not_closed_while_it_keeps_what_belongs_to_somebody() -> None:
    performed, _ = walk.walked_to(State.PERFORMED)
    running = replace(performed, preservations=keeping().preservations)
    lapsed = after(running, lapse_preservations(running, AT + timedelta(days=30))[0])
    returned = after(
        lapsed,
        note_returned(
            lapsed,
            1,
            returned_at=AT + timedelta(days=31),
            proof_sha256="",
            hand=walk.FIRST,
            at=AT + timedelta(days=31),
        ),
    )

    for held in (running, lapsed):
        with pytest.raises(Refusal) as refusal:
            propose_closure(held, hand=walk.FIRST, terms=walk.TERMS)
        assert code(refusal) == "CASE_PRESERVATION_OPEN"
    assert propose_closure(returned, hand=walk.FIRST, terms=walk.TERMS)


@pytest.mark.law(APL_42)
def test_the_second_signature_is_another_officers_with_a_valid_certificate() -> None:
    waiting = inquired()
    case = replace(FILED, records=(waiting,))
    expired = replace(walk.SECOND, certificate_until=legal_day(AT) - timedelta(days=1))

    for hand, wanted in ((walk.FIRST, "ROLE_CONFLICT"), (expired, "CASE_OFFICER_UNQUALIFIED")):
        with pytest.raises(Refusal) as refusal:
            sign_record(case, 1, document_id=walk.NOTICE, sha256=walk.SHA, hand=hand, at=AT)
        assert code(refusal) == wanted
    assert sign_record(case, 1, document_id=walk.NOTICE, sha256=walk.SHA, hand=walk.SECOND, at=AT)


@pytest.mark.law(APL_42, APL_43)
@pytest.mark.parametrize("acts_stand", [True, False])
def test_with_an_officer_who_withdraws_falls_what_waits_and_what_does_not_stand(acts_stand: bool) -> None:
    signed = replace(inquired(), number=2, document_id=walk.NOTICE)
    case = replace(FILED, records=(inquired(), signed))

    for officer in (walk.FIRST, walk.SECOND):
        left = without(case, officer.officer_id, acts_stand=acts_stand, at=AT)
        assert [(each.is_open, each.counts) for each in left.records] == [(False, False), (False, acts_stand)]
    assert without(case, walk.HEAD.officer_id, acts_stand=False, at=AT).records == case.records


@pytest.mark.law(APL_40, APL_42)
def test_with_the_wrong_party_go_the_records_and_proposals_that_wait() -> None:
    case = replace(FILED, records=(inquired(),), preservations=(Preservation(1, walk.FIRST.officer_id),))

    released = after(case, release(case))

    assert [each.is_open for each in released.records] == [False]
    assert released.preservations == ()


@pytest.mark.law(APL_56)
def test_no_party_is_released_and_no_case_merged_while_it_keeps_what_belongs_to_somebody() -> None:
    case = keeping()
    into = replace(case, id=CaseId.new(AT), officers=())
    decided = decided_about(case, AT)
    returned = note_returned(decided, 1, returned_at=AT, proof_sha256="", hand=walk.FIRST, at=AT)
    free = after(decided, returned)

    for end in (release, lambda each: join(each, into)):
        with pytest.raises(Refusal) as refusal:
            end(case)
        assert code(refusal) == "CASE_PRESERVATION_OPEN"
        assert end(free)


@pytest.mark.law(APL_55)
def test_material_is_asked_for_until_a_day_to_come_and_noted_upon_a_request_that_both_signed() -> None:
    today = legal_day(AT)
    with pytest.raises(Refusal) as past:
        request_material(FILED, content=walk.KEPT, due_on=today, hand=walk.FIRST, at=AT)
    tomorrow = today + timedelta(days=1)
    asked = after(FILED, request_material(FILED, content=walk.KEPT, due_on=tomorrow, hand=walk.FIRST, at=AT))

    with pytest.raises(Refusal) as unsigned:
        note_material(asked, 1, items=("a",), is_whole=True, hand=walk.FIRST, at=AT)

    assert code(past) == "CASE_REQUEST_DAY"
    assert code(unsigned) == "CASE_RECORD_NOT_OPEN"


@pytest.mark.law(APL_47, APL_55)
def test_what_nobody_signed_says_why_and_what_was_far_away_was_recorded() -> None:
    for by in (SignedBy.REFUSED, SignedBy.ABSENT):
        with pytest.raises(Refusal) as refusal:
            require_explained(by, has_note=False)
        assert code(refusal) == "CASE_RECORD_UNEXPLAINED"
        require_explained(by, has_note=True)
    require_explained(SignedBy.SIGNED, has_note=False)
    with pytest.raises(Refusal) as unrecorded:
        require_recorded(False, is_remote=True)
    require_recorded(False, is_remote=False)
    assert code(unrecorded) == "CASE_RECORDING_MISSING"
