"""The case service as an ASGI app."""

from __future__ import annotations

from fastapi import FastAPI

from case import jobs
from case.api import ROUTERS
from case.catalogue.matters import load_published
from case.jobs.handover import follow_transfers
from case.jobs.missed import note_missed_deadlines
from case.jobs.watching import (
    note_lapsed_preservations,
    note_lapses,
    note_late_remedies,
    note_overdue,
    note_unpublished,
    note_unsettled,
)
from case.oversight.opening import follow_facts
from case.oversight.periods import note_missed, redate_replies
from case.runtime import CaseRuntime
from common.files.declared import PART_BODY_BYTES
from common.web.app import Job, create_app


def create(runtime: CaseRuntime) -> FastAPI:
    """The app of this service over `runtime`."""
    work = (
        Job("evidence", jobs.follow_evidence),
        Job("service", jobs.follow_service),
        Job("transfers", follow_transfers),
        Job("erase", jobs.destroy_erased),
        Job("overdue-prompts", note_overdue, every_s=5),
        Job("overdue-remedies", note_late_remedies, every_s=60),
        Job("missed-deadlines", note_missed_deadlines, every_s=60),
        Job("court-lapses", note_lapses, every_s=60),
        Job("unsettled-invalidations", note_unsettled, every_s=5),
        Job("lapsed-preservations", note_lapsed_preservations, every_s=60),
        Job("unpublished", note_unpublished, every_s=5),
        Job("redate", jobs.redate_deadlines, every_s=60),
        Job("matters", load_published, every_s=60, everywhere=True),
        Job("oversight", follow_facts),
        Job("oversight-missed", note_missed, every_s=5),
        Job("oversight-redate", redate_replies, every_s=60),
    )
    return create_app(runtime, routers=ROUTERS, jobs=work, starting=jobs.begin, max_body=PART_BODY_BYTES)
