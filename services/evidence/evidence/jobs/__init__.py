"""What evidence does by itself, and how often: `app` runs these jobs."""

from __future__ import annotations

from typing import Final

from prometheus_client import Gauge

from common.door import erasure
from common.web.app import Job
from evidence.jobs.checking import check_captures
from evidence.jobs.custody import back_up_accepted, destroy_erased, sweep
from evidence.jobs.following import freeze_decided, hold_devices, mark_invalidated, note_holds
from evidence.jobs.log import anchor_twin, patrol, stamp, watch, witness
from evidence.ledger.timestamp import LOOK_S
from evidence.runtime import EvidenceRuntime

LEADS: Final = Gauge(
    "mingzheng_ledger_leads", "1 in the process that appends to the ledger, 0 where one stands by"
)


async def start(runtime: EvidenceRuntime) -> None:
    """Before the first request: the ledger, and every erasure on record once more."""
    sequencer = runtime.ledger
    await sequencer.start()
    await erasure.look_again(runtime.db)
    LEADS.set_function(lambda: float(sequencer.leads))


async def stop(runtime: EvidenceRuntime) -> None:
    """After the last request."""
    await runtime.ledger.stop()
    if runtime.ledger.settings.witnesses is not None:
        await runtime.ledger.settings.witnesses.close()
    await runtime.follower.close()


JOBS = (
    Job("check", check_captures, everywhere=True),
    Job("backup", back_up_accepted),
    Job("freeze", freeze_decided),
    Job("invalidations", mark_invalidated),
    Job("holds", note_holds),
    Job("held-devices", hold_devices),
    Job("erase", destroy_erased),
    Job("sweep", sweep, every_s=30),
    Job("anchor", anchor_twin, every_s=30, everywhere=True),
    Job("witness", witness, every_s=1, everywhere=True),
    Job("time-stamp", stamp, every_s=LOOK_S, everywhere=True),
    Job("watch", watch, every_s=60, everywhere=True),
    Job("fsck", patrol, every_s=60, everywhere=True),
)
