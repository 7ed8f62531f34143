"""The ledger's name, and which streams each service's key may sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from common.clock import Clock
from common.crypto import NoteKey
from common.settings import RECORD_KEY, record_key_name
from evidence.ledger.genesis import Enrolment, establish
from evidence.ledger.sequencer import Sequencer
from mz.datadir import LOG_KEY, DataDir, read, write

STREAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "gateway": ("agency/", "officer/", "party/", "partner/", "client/"),
    "device-registry": ("device/", "import/"),
    "evidence": ("evidence/", "log/"),
    "case": ("case/", "document/"),
    "notification": ("message/", "consent/"),
}
"""A stream belongs to one service: only its key may write there."""


def origin_of(d: DataDir, clock: Clock) -> str:
    """The ledger's name `ledger.<city domain>/<year>`, fixed by the first start."""
    path = d.root / "origin.json"
    kept = read(path)
    if kept is None:
        kept = {"origin": f"ledger.{d.city_domain}/{clock().year}"}
        write(path, kept, mode=0o644)
    return str(kept["origin"])


def log_key(d: DataDir, origin: str) -> NoteKey:
    """The key that signs the ledger's checkpoints; its name is the ledger's."""
    return NoteKey.load(origin, d.keys / "evidence" / LOG_KEY)


async def open_ledger(sequencer: Sequencer, d: DataDir, clock: Clock) -> None:
    """Write the entries about keys that the ledger lacks. Raises Refusal if it has no leader here."""
    enrolments = [
        Enrolment(NoteKey.load(record_key_name(name, d.city_domain), d.keys / name / RECORD_KEY), streams)
        for name, streams in STREAMS.items()
    ]
    log = log_key(d, sequencer.origin)
    await establish(sequencer, log=log, root=d.root_key(), enrolments=enrolments, clock=clock)
