"""The report of a sandbox about a system that passed its checklist."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from common.values.errors import Kind, Refusal
from common.values.ids import ApplicationId
from common.values.law import GDS_35_2
from data_exchange.domain.checklist import CHECKS, NAME, VERSION, missing
from ledger.canonical import instant
from ledger.clock import real_time
from ledger.keyfiles import NoteKey

KIND = "conformance-report"


def report(key: NoteKey, application_id: ApplicationId, passed: Mapping[str, datetime]) -> str:
    """The note about the application that has this id in production. It is dated by the real time, and names each check
    in small letters, as a key of a record is written. `passed` says when each mark was made.

    Raises Refusal DX_CHECKS_MISSING, which names the checks, while the list is not complete.
    """
    lacking = missing(passed)
    if lacking:
        raise Refusal(Kind.CONFLICT, "DX_CHECKS_MISSING", {"checks": lacking}, article=GDS_35_2)
    facts = {
        "application_id": application_id,
        "passed": True,
        "tested_at": instant(real_time()),
        "list": NAME,
        "version": VERSION,
        "checks": len(CHECKS),
        "results": {check.name.lower(): instant(passed[check.name]) for check in CHECKS},
    }
    return key.statement(KIND, facts).decode()
