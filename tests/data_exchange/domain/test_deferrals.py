"""The rules of a deferral and of a line, at their boundaries. No database, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest

from common.values.datafiles import load_profile
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, CaseId, DeferralId, UsageLineId
from common.values.law import PIPL_18, PIPL_35, PIPL_45
from data_exchange.domain import deferrals as rules
from data_exchange.domain.deferrals import Deferral, DeferralState, Ground
from data_exchange.domain.standing import CaseStanding
from data_exchange.domain.subjects import Subject, SubjectKind
from data_exchange.domain.usages import Identity, identifier_of, identifiers_of, line_of

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
AGENCY, CASE, OTHER_CASE = AgencyId.new(NOON), CaseId.new(NOON), CaseId.new(NOON)
RULES = load_profile("DEMO").exchange
TEXTS = (Commitment(bytes(32)), Commitment(bytes(32)))
PERSON, SHOP = "110101199003070898", "91310000775785552L"


def a_deferral(state: DeferralState = DeferralState.IN_FORCE, days: int = 5) -> Deferral:
    ends = TODAY + timedelta(days=days)
    return Deferral(DeferralId.new(NOON), AGENCY, CASE, Ground.PIPL_35, ends, state, "off_1", NOON)


def proposed(days: int, standing: Deferral | None = None, case: CaseStanding | None = None) -> object:
    return rules.propose(
        DeferralId.new(NOON),
        CASE,
        case or CaseStanding(AGENCY, "1", is_open=True),
        agency_id=AGENCY,
        ground=Ground.PIPL_35,
        texts=TEXTS,
        visible_after=TODAY + timedelta(days=days),
        standing=standing,
        rules=RULES,
        at=NOON,
    )


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Refusal) as refusal:
        yield
    assert refusal.value.code == code


@pytest.mark.law(PIPL_18)
@pytest.mark.parametrize("days", [0, RULES.deferral_most_cd])
def test_a_deferral_ends_from_today_to_the_ninetieth_day(days: int) -> None:
    assert proposed(days)


@pytest.mark.parametrize("days", [-1, RULES.deferral_most_cd + 1])
def test_a_deferral_that_ends_before_today_or_after_the_ninetieth_day_is_refused(days: int) -> None:
    with pytest.raises(Refusal) as refusal:
        proposed(days)

    assert (refusal.value.code, refusal.value.article) == ("DX_DEFERRAL_TOO_LONG", PIPL_18)


def test_a_case_that_is_closed_or_deferred_already_is_not_deferred() -> None:
    with refused("DX_CASE_CLOSED"):
        proposed(5, case=CaseStanding(AGENCY, "1", is_open=False))
    with refused("DX_DEFERRAL_STANDS"):
        proposed(5, standing=a_deferral())


@pytest.mark.law(PIPL_35)
def test_the_one_who_proposed_reviews_nothing() -> None:
    waiting = a_deferral(DeferralState.PROPOSED)
    renewing = rules.DeferralRenewalProposed(waiting.id, TEXTS[1], TODAY + timedelta(days=9))
    renewal = renewing.applied(a_deferral(), by="off_1", at=NOON)

    for act in (
        lambda: rules.approve(waiting, by="off_1", rules=RULES, at=NOON),
        lambda: rules.reject(waiting, by="off_1"),
        lambda: rules.renew(renewal, by="off_1", rules=RULES, at=NOON),
    ):
        with refused("DX_DEFERRAL_SAME_PERSON"):
            act()
    assert rules.approve(waiting, by="off_2", rules=RULES, at=NOON)
    assert rules.renew(renewal, by="off_2", rules=RULES, at=NOON).visible_after == TODAY + timedelta(days=9)


def test_a_deferral_lasts_to_the_end_of_its_last_day_and_is_not_revived() -> None:
    deferral = a_deferral(days=0)
    last = datetime(2026, 3, 2, 15, 59, tzinfo=UTC)  # 23:59 in China

    assert rules.end(deferral, at=last) is None
    assert rules.end(deferral, at=last + timedelta(minutes=1)) is not None
    with refused("DX_DEFERRAL_STATE"):
        rules.propose_renewal(
            deferral,
            reason=TEXTS[1],
            visible_after=TODAY + timedelta(days=9),
            rules=RULES,
            at=last + timedelta(minutes=1),
        )


@pytest.mark.parametrize("state", [DeferralState.REJECTED, DeferralState.ENDED])
def test_a_deferral_at_an_end_takes_no_further_act(state: DeferralState) -> None:
    over = a_deferral(state)

    for act in (
        lambda: rules.approve(over, by="off_2", rules=RULES, at=NOON),
        lambda: rules.reject(over, by="off_2"),
        lambda: rules.renew(over, by="off_2", rules=RULES, at=NOON),
        lambda: rules.lift(over),
    ):
        with refused("DX_DEFERRAL_STATE"):
            act()
    assert rules.end(over, at=NOON + timedelta(days=99)) is None


def test_a_plate_has_a_line_for_each_case_and_a_person_one_for_all() -> None:
    plate, person = Subject(SubjectKind.PLATE, "苏A12345"), Subject(SubjectKind.PERSON_ID, PERSON)

    assert identifier_of(plate, CASE) != identifier_of(plate, OTHER_CASE)
    assert identifier_of(plate, None) is None
    assert identifier_of(person, CASE) == identifier_of(person, OTHER_CASE) == f"PERSON_ID\n{PERSON}"


def test_a_line_says_nothing_without_its_key() -> None:
    one, same, other = (line_of(f"PERSON_ID\n{PERSON}", key) for key in (b"k" * 32, b"k" * 32, b"l" * 32))

    assert (one.id, one.id.stream) == (same.id, f"usage/{one.id}")
    assert UsageLineId(one.id) != other.id


@pytest.mark.law(PIPL_45)
def test_two_identity_numbers_of_one_account_open_nobodys_line() -> None:
    own = Identity(SubjectKind.PERSON_ID, PERSON, CASE)
    again = Identity(SubjectKind.PERSON_ID, PERSON, OTHER_CASE)
    plate = Identity(SubjectKind.PLATE, "苏Ａ·12345", CASE)
    unreadable = Identity(SubjectKind.PERSON_ID, "310101199001010018", CASE)

    assert identifiers_of([own, again, plate, unreadable]) == [
        f"PERSON_ID\n{PERSON}",
        f"PLATE\n苏A12345\n{CASE}",
    ]
    other = Identity(SubjectKind.PERSON_ID, "110101198001010010", OTHER_CASE)
    with refused("DX_IDENTITY_UNCLEAR"):
        identifiers_of([own, other])
