"""How the clean-up ended for a device, and the figures of the overall report. No database, no clock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.values.law import PJ_3_2, PJ_ANNEX_1
from common.values.profile import BasisLevel
from device_registry.domain.annex import CleanupResult
from device_registry.domain.campaigns import BaselineDevice
from device_registry.domain.cleanup import IN_USE, Category
from device_registry.domain.concluding import LEVELS, Now, conclude, overall
from device_registry.domain.device import State
from tests.device_registry.domain.dossiers import AGENCY, DEVICE, FUNCTION, LAW

BEFORE = BaselineDevice(DEVICE.id, AGENCY, State.LEGACY, DEVICE.kind, "示范路1号", (FUNCTION,))


@pytest.mark.law(PJ_3_2)
@pytest.mark.parametrize("level", BasisLevel)
def test_the_overall_report_counts_a_device_of_every_level(level: BasisLevel) -> None:
    """An inventory often does not say how high its basis stands."""
    basis = replace(LAW, level=level)
    device = replace(BEFORE, functions=(replace(FUNCTION, bases=(basis,)),))
    now = Now(DEVICE.id, State.LEGACY, None)

    figures = overall([device], [conclude(device, now, fines_fen=0)], {DEVICE.id: now})

    assert figures.by_level == ((LEVELS[level], 1),)


@pytest.mark.law(PJ_ANNEX_1)
@pytest.mark.parametrize("state", State)
def test_a_device_that_is_neither_in_use_nor_legacy_is_reported_as_stopped(state: State) -> None:
    """Under rectification or review nothing that it records is evidence, so it is not kept in use."""
    line = conclude(BEFORE, Now(DEVICE.id, state, None), fines_fen=0)

    if state in (*IN_USE, State.LEGACY):
        assert (line.reasons, line.result) == ((), CleanupResult.KEEP_USE)
    else:
        assert ([each.category for each in line.reasons], line.result) == (
            [Category.CU_7],
            CleanupResult.STOP_USE,
        )


@pytest.mark.law(PJ_ANNEX_1)
@pytest.mark.parametrize("state", [State.STOPPED, State.RECTIFYING, State.RETIRED])
def test_a_device_that_its_import_stopped_for_the_fines_is_reported_under_item_6(state: State) -> None:
    line = conclude(BEFORE, Now(DEVICE.id, state, None, lived_on_fines=True), fines_fen=0)

    assert [each.category for each in line.reasons] == [Category.CU_6]
