"""What the party hands in, at the edges: what opens, what a statement may name, what a wrong party leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from case.domain.defence import Answer, defend, review
from case.domain.handingin import hand_in, named, note_scan, open_file
from case.domain.heard import HEARD
from case.domain.investigation import issue_notice
from case.domain.outcomes import Effect
from case.domain.procedure import Case, State, after
from case.domain.uploads import require_room
from common.files.scanned import Scan
from common.files.sniff import UNKNOWN
from common.values.errors import Kind, Refusal
from common.values.handinginrules import HandingInRules
from common.values.law import APL_45
from tests.case.domain import walk

RULES = HandingInRules(20, 1_000_000, 200)


def with_files(case: Case, count: int, *, media_type: str = "image/png", scan: Scan = Scan.CLEAN) -> Case:
    for number in range(1, count + 1):
        fact = hand_in(
            case,
            number=number,
            sha256=walk.SHA,
            size=1,
            media_type=media_type,
            scan=scan,
            taken_by=None,
            at=walk.NOON,
        )
        case = after(case, fact)
    return case


@pytest.mark.law(APL_45)
@pytest.mark.parametrize("state", [state for state in HEARD if state is not State.SUSPECTED])
def test_a_statement_moves_the_case_back_to_its_review_and_nowhere_else(state: State) -> None:
    case, at = walk.walked_to(state)

    said = after(case, defend(case, party_id=walk.PARTY.id, statement=walk.KEPT, final=False, at=at))

    expected = State.PRIOR_NOTICE_SERVED if state is State.DEFENCE_REVIEW else state
    assert (said.state, said.defences[-1].answered) == (expected, False)


@pytest.mark.law(APL_45)
def test_what_was_said_before_the_notice_can_be_answered_before_it_and_can_end_the_case() -> None:
    case, at = walk.walked_to(State.INVESTIGATION_CONCLUDED)
    at += timedelta(hours=1)

    with pytest.raises(Refusal) as nothing:
        review(case, answers=(), hand=walk.LEAD, at=at)
    said = after(case, defend(case, party_id=walk.PARTY.id, statement=walk.KEPT, final=False, at=at))
    adopted = Answer(1, True, walk.KEPT, Effect.AMOUNT)
    heard = after(said, review(said, answers=(adopted,), hand=walk.LEAD, at=at))

    assert nothing.value.code == "CASE_TRANSITION_NOT_ALLOWED"
    assert (heard.state, heard.defences[0].effect) == (State.INVESTIGATION_CONCLUDED, Effect.AMOUNT)
    assert issue_notice(
        heard, document_id=walk.NOTICE, sha256=walk.SHA, hand=walk.LEAD, terms=walk.TERMS, at=at
    )


@pytest.mark.parametrize(
    ("media_type", "scan", "opens"),
    [
        ("image/png", Scan.CLEAN, True),
        ("image/png", Scan.NOT_SCANNED, True),
        ("image/png", Scan.INFECTED, False),
        (UNKNOWN, Scan.CLEAN, False),
    ],
)
def test_what_is_not_scanned_opens_and_what_is_infected_or_unknown_never(
    media_type: str, scan: Scan, opens: bool
) -> None:
    case = with_files(walk.walked_to(State.FILED)[0], 1, media_type=media_type, scan=scan)

    if opens:
        assert open_file(case, 1, reader="party").sha256 == walk.SHA
    else:
        with pytest.raises(Refusal) as refusal:
            open_file(case, 1, reader="officer")
        assert (refusal.value.code, refusal.value.article) == ("CASE_FILE_CLOSED", APL_45)
    assert (note_scan(case, 1, Scan.INFECTED) is not None) is (scan is Scan.NOT_SCANNED)
    assert note_scan(case, 1, Scan.NOT_SCANNED) is None


@pytest.mark.law(APL_45)
def test_a_statement_names_twenty_files_and_each_is_named_once() -> None:
    case = with_files(walk.walked_to(State.PRIOR_NOTICE_SERVED)[0], 21)
    stated = replace(case, files=(replace(case.files[0], statement=1), *case.files[1:]))

    assert named(case, [*range(20, 0, -1), 1], RULES) == tuple(range(1, 21))
    for asked, numbers, code, kind in (
        (case, list(range(1, 22)), "CASE_FILES_MANY", Kind.INVALID),
        (stated, [1], "CASE_FILE_NAMED", Kind.CONFLICT),
        (case, [22], "CASE_FILE_ABSENT", Kind.NOT_FOUND),
    ):
        with pytest.raises(Refusal) as refusal:
            named(asked, numbers, RULES)
        assert (refusal.value.code, refusal.value.kind) == (code, kind)


def test_the_last_byte_and_the_last_upload_are_taken_and_one_more_is_not() -> None:
    case_id = walk.opened().id
    require_room("a.pdf", 1_000_000, RULES, case_id=case_id, before=199)
    for size, before, code in ((1_000_001, 0, "FILE_NOT_ACCEPTED"), (1, 200, "CASE_UPLOADS_MANY")):
        with pytest.raises(Refusal) as refusal:
            require_room("a.pdf", size, RULES, case_id=case_id, before=before)
        assert refusal.value.code == code


@pytest.mark.law(APL_45)
@pytest.mark.parametrize(
    "figures", [(19, 1_000_000, 200), (20, 999_999, 200), (20, 64_000_001, 200), (20, 1_000_000, 19)]
)
def test_a_city_may_not_shut_out_what_the_right_to_defend_needs(figures: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"room|file_bytes|takes"):
        HandingInRules(*figures)
