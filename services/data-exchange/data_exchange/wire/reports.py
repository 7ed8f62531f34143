"""Conformance reports: notes that a sandbox signed.

    mingzheng-statement/v1 conformance-report
    {"application_id":"app_…","checks":17,"list":"mingzheng-partner","passed":true,"results":{"read_signed":"…",…},
     "tested_at":"2026-11-29T08:00:00Z","version":1}                                     one line, in truth

    — sandbox.example/k1 …

The keys that may sign one stand in the file `sandboxes.txt` beside the service's own keys, one vkey a line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import ValidationError

from common.values.errors import Kind, Refusal
from common.values.ids import ApplicationId
from common.values.law import GDS_35_2
from data_exchange.contract.partners import ReportFacts
from data_exchange.domain.checklist import CHECKS, NAME, VERSION, missing
from data_exchange.runtime import DataExchangeRuntime
from ledger.notes import Verifier, open_note, open_statement

SANDBOXES: Final = "sandboxes.txt"
KIND: Final = "conformance-report"


def conformance_report(
    runtime: DataExchangeRuntime, note: bytes, *, application_id: ApplicationId
) -> tuple[ReportFacts, str]:
    """What the note says about the application, and the name of the key that signed it.

    Raises Refusal DX_REPORT_UNREADABLE for a note that no known sandbox signed, that is about another application or
    that does not say that it passed; DX_REPORT_INCOMPLETE for one that lacks a check of the current list.
    """
    known = _sandboxes(runtime.settings.keys / SANDBOXES)
    try:
        facts = ReportFacts.model_validate(open_statement(note, KIND, known))
        signer = open_note(note, known)[1][0].name
    except (ValueError, ValidationError):
        raise Refusal(Kind.INVALID, "DX_REPORT_UNREADABLE", article=GDS_35_2) from None
    if facts.application_id != application_id:
        raise Refusal(Kind.INVALID, "DX_REPORT_UNREADABLE", article=GDS_35_2)
    _require_complete(facts)
    return facts, signer


def _require_complete(facts: ReportFacts) -> None:
    """Raises Refusal DX_REPORT_INCOMPLETE unless the report has a result for each check of the current list."""
    lacking = (
        missing(name.upper() for name in facts.results)
        if facts.list == NAME
        else [check.name for check in CHECKS]
    )
    if lacking:
        raise Refusal(
            Kind.INVALID,
            "DX_REPORT_INCOMPLETE",
            {"list": f"{NAME}/{VERSION}", "checks": lacking},
            article=GDS_35_2,
        )


def _sandboxes(path: Path) -> list[Verifier]:
    if not path.exists():
        return []
    lines = path.read_text().splitlines()
    return [Verifier.parse(line.strip()) for line in lines if line.strip() and not line.startswith("#")]
