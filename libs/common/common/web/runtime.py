"""What a service process holds while it runs: handed to `create_app`, reached by routes and jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common.calls.http import Peers
from common.calls.tokens import InternalVerifier
from common.door.blobs import BlobStore
from common.door.secrets import SealedBlobs
from common.door.uow import Database
from common.values.calendar import Calendar
from common.values.profile import Profile
from common.web.settings import Settings
from ledger.clock import Clock


@dataclass(frozen=True)
class Runtime:
    """One service's surroundings. Nothing here is global, so that five of them fit in one process."""

    service: str
    settings: Settings
    db: Database
    relay_url: str
    clock: Clock
    verifier: InternalVerifier
    peers: Peers
    profile: Profile
    calendar: Calendar
    blobs: BlobStore | None = None
    backup: BlobStore | None = None
    sealed: SealedBlobs | None = None  # beside `blobs`: what concerns somebody, readable until it is erased
    sealed_backup: SealedBlobs | None = None
    ledger: Any = None  # evidence alone: its sequencer
    background: bool = True  # False in tests, which run the jobs themselves
