"""Destroys the texts and letters of exchanges whose erasure is on record."""

from __future__ import annotations

from common.door import erasure
from common.door.erasure import SealedFiles
from data_exchange.runtime import DataExchangeRuntime


async def destroy_erased(runtime: DataExchangeRuntime) -> None:
    """Destroy the secrets, letters and values that approved erasures name."""
    await erasure.carry_out(runtime.db, SealedFiles([runtime.sealed], ["files"]))


async def look_again(runtime: DataExchangeRuntime) -> None:
    """Every erasure on record is due once more: a secret may have come back with a backup of the secrets."""
    await erasure.look_again(runtime.db)
    await destroy_erased(runtime)
