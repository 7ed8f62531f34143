"""The settings and the runtime of the exchange."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from common.calls.tokens import TokenKey
from common.door.sealed import SealedBlobs
from common.web.auth import the_runtime
from common.web.runtime import Runtime, build_runtime
from common.web.settings import TOKEN_KEY, Settings


class DataExchangeSettings(Settings):
    """`blobs` is the folder of letters and of files that one agency gives another."""

    port: int = 8050
    blobs: Path


@dataclass(frozen=True, kw_only=True)
class DataExchangeRuntime(Runtime):
    """`sealed` holds letters and files, each readable until the secret of its exchange is destroyed.

    `receipt_key` signs receipts in the form of a JWS.
    """

    settings: DataExchangeSettings
    sealed: SealedBlobs
    receipt_key: TokenKey


def runtime_of(settings: DataExchangeSettings, *, background: bool = True) -> DataExchangeRuntime:
    """Opens no connection. Raises ValueError or OSError for a key file that cannot be used."""
    core = build_runtime("data-exchange", settings, background=background)
    return DataExchangeRuntime(
        **vars(core),
        sealed=SealedBlobs(settings.blobs, core.db.secrets),
        receipt_key=TokenKey.load(settings.keys / TOKEN_KEY),
    )


Run = Annotated[DataExchangeRuntime, the_runtime]
