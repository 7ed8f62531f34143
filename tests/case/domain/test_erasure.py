"""When the law lets a case go (PIPL 47; NJ 17), and what its rows keep sealed until then. No database, no clock."""

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
    File,
    Proposal,
    Reason,
    approve_erasure,
    propose_erasure,
)
from case.domain.procedure import Hand, State, after
from case.rows import open_row, seal_row
from case.tables import defences
from common.door.secrets import Secrets
from common.values.calendar import end_of, legal_day, years_after
from common.values.errors import Kind, Refusal
from common.values.ids import OfficerId
from common.values.law import APL_42, APL_54, NJ_17, PIPL_47
from tests.case.domain import walk

CASE, AT = walk.walked_to(State.ARCHIVED)
ENDS = end_of(years_after(legal_day(AT), 10))
FILE = File(CASE, AT, "Y10", ("aa",))
HEAD = Hand(OfficerId.new(AT))


def refused(file: File, **when: timedelta) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        propose_erasure(
            file, Reason.PARTY_REQUEST, hand=walk.ARCHIVIST, at=ENDS + when.get("by", timedelta())
        )
    return refusal.value


def test_a_case_may_go_from_the_first_instant_after_the_period_of_its_file() -> None:
    early = refused(FILE, by=-timedelta(microseconds=1))
    fact = propose_erasure(FILE, Reason.RETENTION_ENDED, hand=walk.ARCHIVIST, at=ENDS)

    assert (early.kind, early.code, early.article) == (Kind.CONFLICT, "CASE_RETENTION_RUNS", NJ_17)
    assert fact == CaseErasureProposed(CASE.id, Reason.RETENTION_ENDED, walk.ARCHIVIST.officer_id)


def test_what_is_not_archived_or_kept_for_ever_stays_however_old() -> None:
    open_case, _ = walk.walked_to(State.CLOSED)

    still = refused(File(open_case, None, None, ()))
    permanent = refused(replace(FILE, retention_class="PERMANENT"))

    assert (still.code, still.article) == ("CASE_TRANSITION_NOT_ALLOWED", APL_54)
    assert (permanent.code, "permanently" in permanent.message) == ("CASE_RETENTION_RUNS", True)


def test_another_person_approves_and_the_record_names_what_is_gone() -> None:
    proposed = replace(FILE, proposal=Proposal(Reason.PARTY_REQUEST, walk.ARCHIVIST.officer_id))

    fact = approve_erasure(proposed, hand=HEAD, at=ENDS)
    with pytest.raises(Refusal) as alone:
        approve_erasure(proposed, hand=walk.ARCHIVIST, at=ENDS)
    with pytest.raises(Refusal) as unasked:
        approve_erasure(FILE, hand=HEAD, at=ENDS)

    by = (walk.ARCHIVIST.officer_id, HEAD.officer_id)
    assert fact == CaseErased(CASE.id, Reason.PARTY_REQUEST, *by, ("aa",))
    assert after(CASE, fact) == replace(CASE, revision=CASE.revision + 1)
    assert (alone.value.code, alone.value.article) == ("ROLE_CONFLICT", APL_42)
    assert (unasked.value.code, unasked.value.article) == ("CASE_ERASURE_NOT_PROPOSED", NJ_17)


def test_what_is_erased_is_erased_once() -> None:
    again = refused(replace(FILE, is_erased=True))

    assert (again.kind, again.code, again.article) == (Kind.GONE, "CASE_ERASED", PIPL_47)


def test_the_wire_knows_the_reasons_of_the_domain() -> None:
    reasons = contract.ErasureOrder.model_fields["reason"].annotation

    assert set(get_args(reasons)) == set(Reason)


def test_a_row_says_nothing_of_the_person_without_the_secret_of_its_case(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    said = {"case_id": CASE.id, "number": 1, "final": True, "statement": "只停了一分钟", "reason": None}

    sealed = seal_row(secrets, defences, said)
    opened = open_row(secrets, defences, sealed)
    secrets.erase(CASE.id.stream)
    erased = open_row(secrets, defences, sealed)
    of_before = open_row(secrets, defences, said | {"sealed": None})

    assert (sealed["statement"], sealed["final"]) == (None, True)
    assert "只停了一分钟".encode() not in sealed["sealed"]
    assert opened == said | {"sealed": sealed["sealed"]}
    assert (erased["statement"], of_before["statement"]) == (None, "只停了一分钟")
