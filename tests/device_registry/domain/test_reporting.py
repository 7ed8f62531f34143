"""Handing a report in: what the seal covers. No database, no clock."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from common.values.errors import Refusal
from common.values.ids import CampaignId, CleanupReportId
from common.values.law import PJ_ANNEX_1
from device_registry.domain.annex import CleanupResult, DeviceLine, Header, compose
from device_registry.domain.reporting import CleanupReport, ReportKind, ReportState, SealKind, submit
from tests.device_registry.domain.dossiers import AGENCY, DEVICE, LAW, NOON

ANNEX = compose([DeviceLine(DEVICE.id, "情形甲", (LAW,), 0, (), CleanupResult.KEEP_USE)])
HEADER = Header("示范市城管局", "填报员", "12345", date(2025, 6, 2))
DRAFT = CleanupReport(
    CleanupReportId.new(NOON),
    CampaignId.new(NOON),
    AGENCY,
    date(2025, 6, 30),
    ReportState.DRAFT,
    ReportKind.ANNEX_1,
    NOON,
    "ab" * 32,
)


def handed_in(seal: SealKind, sha256: str) -> Any:
    return submit(
        DRAFT, seal=seal, seal_sha256=sha256, undecided=0, drafted=(ANNEX, HEADER), current=ANNEX, at=NOON
    )


@pytest.mark.law(PJ_ANNEX_1)
def test_an_electronic_seal_over_an_earlier_draft_is_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        handed_in(SealKind.E_SEAL, "cd" * 32)

    assert refusal.value.code == "CLN_SEAL_WRONG"
    assert handed_in(SealKind.E_SEAL, "ab" * 32).seal is SealKind.E_SEAL
    # A scan has bytes of its own.
    assert handed_in(SealKind.SCANNED_COPY, "cd" * 32).seal is SealKind.SCANNED_COPY
