"""What the case service needs to start, and what it holds while it runs, beside what every service has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from common.door.sealed import SealedBlobs
from common.web.auth import the_runtime
from common.web.runtime import Runtime, build_runtime
from common.web.settings import Settings


class CaseSettings(Settings):
    """`blobs` is the folder of documents."""

    port: int = 8030
    blobs: Path


@dataclass(frozen=True, kw_only=True)
class CaseRuntime(Runtime):
    """`sealed` holds documents, each readable until the secret of its case is destroyed."""

    settings: CaseSettings
    sealed: SealedBlobs


def runtime_of(settings: CaseSettings, *, background: bool = True) -> CaseRuntime:
    """Opens no connection. Raises ValueError or OSError for a key file that cannot be used."""
    core = build_runtime("case", settings, background=background)
    return CaseRuntime(**vars(core), sealed=SealedBlobs(settings.blobs, core.db.secrets))


Run = Annotated[CaseRuntime, the_runtime]
