"""What the case service needs to start, and what it holds while it runs, beside what every service has."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import Field

from common.documents.seal import SealProvider, SealStatement, TestSeals
from common.door.sealed import SealedBlobs
from common.files.scanning import Scanner
from common.values.errors import Kind, Refusal
from common.web.auth import the_runtime
from common.web.keeping import KeepingSettings, Place
from common.web.runtime import Runtime, build_runtime

log = logging.getLogger(__name__)

BANK_KEY_FILE: Final = "bank.pub.pem"
"""The bank's public key (SubjectPublicKeyInfo PEM) in the service's key folder."""


class CaseSettings(KeepingSettings):
    """The case service keeps its documents beside its database."""

    port: int = Field(8030, description="监听端口 · the port to listen on")
    blobs: Place = Field(description="文书目录 · the folder of documents")
    clamd: str = Field("", description="病毒扫描 · the virus scanner: tcp:<host>:<port> or unix:<path>")


@dataclass(frozen=True, kw_only=True)
class CaseRuntime(Runtime):
    """`sealed` holds documents, each readable until the secret of its case is destroyed.

    `scanner` looks at what a party hands in.
    `seals` is the provider of electronic seals; demo and test have one whose seals say that they have no effect.
    """

    settings: CaseSettings
    sealed: SealedBlobs
    seals: SealProvider | None = None
    scanner: Scanner = field(default_factory=Scanner)

    async def seal_of(self, agency_name: str, pdf: bytes) -> SealStatement | None:
        """The seal of the agency on these bytes. None without a provider, or while it is away."""
        if self.seals is None:
            return None
        try:
            return await self.seals.seal(agency_name, pdf)
        except OSError:
            log.warning("couldn't seal a document of %s: the provider is away", agency_name)
            return None


def runtime_of(settings: CaseSettings, *, background: bool = True) -> CaseRuntime:
    """Opens no connection. Raises ValueError or OSError for a key file that cannot be used."""
    core = build_runtime("case", settings, background=background)
    seals = None if settings.mode == "production" else TestSeals(core.clock)
    return CaseRuntime(
        **vars(core),
        sealed=SealedBlobs(settings.store(settings.blobs), core.db.secrets),
        seals=seals,
        scanner=Scanner(settings.clamd),
    )


def bank_key(keys: Path) -> Ed25519PublicKey:
    """The bank's public key in the folder `keys`. Raises Refusal BANK_KEY_MISSING without one."""
    path = keys / BANK_KEY_FILE
    if not path.exists():
        raise Refusal(Kind.UNAVAILABLE, "BANK_KEY_MISSING")
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"{path.name} holds no Ed25519 public key")
    return key


Run = Annotated[CaseRuntime, the_runtime]
