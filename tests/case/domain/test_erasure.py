"""When the law lets a case go (PIPL 47; NJ 17), and how its rows are sealed until then. No database, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from case import contract
from case.domain.erasure import (
    CaseErased,
    CaseErasureProposed,
    ErasureProposal,
    File,
    Reason,
    approve_erasure,
    propose_erasure,
)
from case.domain.people import Hand
from case.domain.procedure import State, after
from case.store import tables
from case.store.texts import DefenceTexts, seal, unseal
from common.door.secrets import Secrets
from common.values.calendar import end_of, legal_day, years_after
from common.values.errors import Kind, Refusal
from common.values.ids import OfficerId
from common.values.law import CITY_DUTIES, NJ_17, PIPL_47
from tests.case.domain import walk

CASE, AT = walk.walked_to(State.ARCHIVED)
ENDS = end_of(years_after(legal_day(AT), 10))
FILE = File(CASE, ENDS, ("aa",))
HEAD = Hand(OfficerId.new(AT))


def refused(file: File, **when: timedelta) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        propose_erasure(
            file, Reason.PARTY_REQUEST, hand=walk.ARCHIVIST, at=ENDS + when.get("by", timedelta())
        )
    return refusal.value


@pytest.mark.law(NJ_17)
def test_a_case_may_go_from_the_first_instant_after_the_period_of_its_file() -> None:
    early = refused(FILE, by=-timedelta(microseconds=1))
    fact = propose_erasure(FILE, Reason.RETENTION_ENDED, hand=walk.ARCHIVIST, at=ENDS)

    assert (early.kind, early.code, early.article) == (Kind.CONFLICT, "CASE_RETENTION_RUNS", NJ_17)
    assert fact == CaseErasureProposed(CASE.id, Reason.RETENTION_ENDED, walk.ARCHIVIST.officer_id)


def test_what_is_not_archived_or_kept_for_ever_stays_however_old() -> None:
    open_case, _ = walk.walked_to(State.CLOSED)

    still = refused(File(open_case, None, ()))
    permanent = refused(replace(FILE, kept_until=None))

    assert (still.code, still.article) == ("CASE_TRANSITION_NOT_ALLOWED", NJ_17)
    assert (permanent.code, "permanently" in permanent.message) == ("CASE_RETENTION_RUNS", True)


@pytest.mark.law(CITY_DUTIES)
def test_another_person_approves_and_the_record_names_what_is_gone() -> None:
    proposed = replace(FILE, proposal=ErasureProposal(Reason.PARTY_REQUEST, walk.ARCHIVIST.officer_id))

    fact = approve_erasure(proposed, hand=HEAD, at=ENDS)
    with pytest.raises(Refusal) as alone:
        approve_erasure(proposed, hand=walk.ARCHIVIST, at=ENDS)
    with pytest.raises(Refusal) as unasked:
        approve_erasure(FILE, hand=HEAD, at=ENDS)

    by = (walk.ARCHIVIST.officer_id, HEAD.officer_id)
    assert fact == CaseErased(CASE.id, Reason.PARTY_REQUEST, *by, ("aa",))
    assert after(CASE, fact) == replace(CASE, revision=CASE.revision + 1)
    assert (alone.value.code, alone.value.article) == ("ROLE_CONFLICT", CITY_DUTIES)
    assert (unasked.value.code, unasked.value.article) == ("CASE_ERASURE_NOT_PROPOSED", NJ_17)


@pytest.mark.law(PIPL_47)
def test_what_is_erased_is_erased_once() -> None:
    again = refused(replace(FILE, is_erased=True))

    assert (again.kind, again.code, again.article) == (Kind.GONE, "CASE_ERASED", PIPL_47)


def test_the_wire_knows_the_reasons_of_the_domain() -> None:
    reasons = contract.ErasureOrder.model_fields["reason"].annotation

    assert set(get_args(reasons)) == set(Reason)


async def test_a_row_says_nothing_of_the_person_without_the_secret_of_its_case(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    row = {"case_id": CASE.id, "number": 1, "final": True}
    texts = DefenceTexts("只停了一分钟")

    sealed = row | {"sealed": await seal(secrets, tables.defences, row, texts)}
    opened = unseal(secrets, tables.defences, sealed, DefenceTexts)
    secrets.erase(CASE.id.stream)
    after_the_secret = unseal(secrets, tables.defences, sealed, DefenceTexts)
    after_the_row = unseal(secrets, tables.defences, row | {"sealed": None}, DefenceTexts)

    assert "只停了一分钟".encode() not in sealed["sealed"]
    assert opened == texts
    assert (after_the_secret, after_the_row) == (None, None)
