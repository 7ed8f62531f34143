"""A confirmed finding stands until the device was handed in as rectified (PJ §2–3; D-T15 … D-T17)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.values.errors import Kind, Refusal
from common.values.ids import FindingId
from common.values.law import PJ_2
from device_registry.domain.cleanup import Category, Origin
from device_registry.domain.confirmed import require_rectified, unrectified
from device_registry.domain.findings import CleanupFinding, FindingState
from device_registry.domain.stopping import Rectification
from tests.device_registry.domain.dossiers import AGENCY, DAY, DEVICE, NOON

CONFIRMED = CleanupFinding(
    FindingId.new(NOON),
    DEVICE.id,
    AGENCY,
    Category.CU_1,
    Origin.HUMAN,
    (),
    NOON - 3 * DAY,
    FindingState.CONFIRMED,
    decided_at=NOON - 2 * DAY,
)
BEGUN = Rectification((Category.CU_1,), "", NOON - DAY, None, None)
HANDED_IN = replace(BEGUN, handed_in_at=NOON)


@pytest.mark.law(PJ_2)
def test_a_confirmed_finding_stands_until_the_device_is_handed_in_as_rectified() -> None:
    later = replace(CONFIRMED, category=Category.CU_3, decided_at=NOON + DAY)

    assert unrectified([CONFIRMED], ()) == unrectified([CONFIRMED], [BEGUN]) == (Category.CU_1,)
    assert unrectified([CONFIRMED], [HANDED_IN]) == ()
    assert unrectified([CONFIRMED, later], [HANDED_IN]) == (Category.CU_3,)
    with pytest.raises(Refusal) as refusal:
        require_rectified(DEVICE, [CONFIRMED], [BEGUN])
    assert (refusal.value.kind, refusal.value.code) == (Kind.CONFLICT, "CLN_NOT_RECTIFIED")
    require_rectified(DEVICE, [CONFIRMED], [HANDED_IN])


@pytest.mark.parametrize("state", [state for state in FindingState if state is not FindingState.CONFIRMED])
def test_what_nobody_confirmed_holds_up_nothing(state: FindingState) -> None:
    require_rectified(DEVICE, [replace(CONFIRMED, state=state)], ())
