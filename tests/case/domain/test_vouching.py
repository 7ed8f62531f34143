"""What OLR 17 asks of the ledger when a legal effect comes to rest on it."""

from __future__ import annotations

import pytest

from case.domain.vouching import require_vouched
from common.values.errors import Kind, Refusal
from common.values.law import OLR_17


@pytest.mark.law(OLR_17)
@pytest.mark.parametrize("age_s", [0, 599.9, 600])
def test_a_ledger_vouched_for_within_the_grace_carries_a_legal_effect(age_s: float) -> None:
    require_vouched(age_s, grace_s=600)


@pytest.mark.parametrize("age_s", [None, 0, 10_000])
def test_a_city_that_names_no_witnesses_waits_for_none(age_s: float | None) -> None:
    require_vouched(age_s, grace_s=None)


@pytest.mark.law(OLR_17)
@pytest.mark.parametrize("age_s", [None, 600.1, 86_400])
def test_a_ledger_that_nobody_vouched_for_lately_carries_none(age_s: float | None) -> None:
    with pytest.raises(Refusal) as refusal:
        require_vouched(age_s, grace_s=600)

    assert (refusal.value.kind, refusal.value.code) == (Kind.UNAVAILABLE, "LEDGER_NOT_WITNESSED")
    assert refusal.value.article is OLR_17
