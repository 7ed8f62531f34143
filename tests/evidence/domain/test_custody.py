"""Copies are read back, decided evidence stands still, and a plate is masked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from common.values.errors import Refusal
from common.values.ids import CaseId, DeviceId, EvidenceId
from common.values.law import EVR_60, NJ_17, OLR_16
from evidence.domain.capture import State
from evidence.domain.custody import InCustody, Purpose, back_up, disclose, freeze, purpose_of

NOON = datetime(2025, 3, 3, 4, 0, tzinfo=UTC)
KEPT = InCustody(EvidenceId.new(NOON), DeviceId.new(NOON), State.ACCEPTED, ("a" * 64, "b" * 64))


@pytest.mark.law(OLR_16)
def test_a_copy_counts_once_its_bytes_were_read_back() -> None:
    assert back_up(KEPT, reread=("b" * 64, "a" * 64)).digests == ("a" * 64, "b" * 64)
    for reread in (("a" * 64,), ("a" * 64, "c" * 64), ()):
        with pytest.raises(Refusal) as refusal:
            back_up(KEPT, reread=reread)
        assert refusal.value.code == "E-INT-01"
        assert refusal.value.article is OLR_16


@pytest.mark.law(EVR_60)
@pytest.mark.parametrize("state", [State.INGESTED, State.TECH_FAILED, State.IN_REVIEW, State.REJECTED])
def test_only_evidence_is_copied_or_frozen(state: State) -> None:
    other = replace(KEPT, state=state)

    for act, article in (
        (lambda: back_up(other, reread=other.originals), NJ_17),
        (lambda: freeze(other, CaseId.new(NOON)), EVR_60),
    ):
        with pytest.raises(Refusal) as refusal:
            act()
        assert (refusal.value.code, refusal.value.article) == ("EVD_NOT_ACCEPTED", article)


def test_a_frozen_capture_names_its_case() -> None:
    case = CaseId.new(NOON)

    fact = freeze(KEPT, case)

    assert (fact.case_id, fact.subject, fact.digests) == (case, f"case/{case}", KEPT.originals)


def test_a_look_is_a_fact_with_its_purpose() -> None:
    fact = disclose(KEPT, purpose=Purpose.REVIEW, picture=1, sha256="a" * 64)

    assert fact.body() == {
        "device_id": KEPT.device_id,
        "purpose": "REVIEW",
        "picture": 1,
        "sha256": "a" * 64,
        "fields": [],
    }


@pytest.mark.parametrize("stated", [None, "", "CURIOSITY", "review"])
def test_evidence_is_read_for_a_stated_purpose(stated: str | None) -> None:
    with pytest.raises(Refusal) as refusal:
        purpose_of(stated)

    assert refusal.value.code == "PURPOSE_NOT_ALLOWED"
    assert purpose_of("REVIEW") is Purpose.REVIEW
