"""How the clean-up ended for a device, and the figures of the overall report. No database, no clock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.values.law import PJ_3_2
from common.values.profile import BasisLevel
from device_registry.domain.campaigns import BaselineDevice
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
