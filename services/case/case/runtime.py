"""What the case service needs to start, and what it holds while it runs, beside what every service has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from common.door.sealed import SealedBlobs
from common.values.errors import Kind, Refusal
from common.web.auth import the_runtime
from common.web.runtime import Runtime, build_runtime
from common.web.settings import Settings

BANK_KEY_FILE: Final = "bank.pub.pem"
"""The bank's public key (SubjectPublicKeyInfo PEM) in the service's key folder."""


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
