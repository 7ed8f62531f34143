"""The bytes of parts and files, sealed under the secret of their exchange."""

from __future__ import annotations

from common.door.secrets import Erased
from common.files.verdicts import Verdict, judge
from common.policy import not_found
from common.values.errors import Kind, Refusal
from common.values.ids import ExchangeId
from common.values.law import NJ_19
from data_exchange.domain.transfers import FileEntry, Transfer
from data_exchange.domain.uploads import Upload
from data_exchange.runtime import DataExchangeRuntime


async def keep(runtime: DataExchangeRuntime, data: bytes, *, of: ExchangeId) -> str:
    """Store `data` durably; its SHA-256 in hex."""
    return await runtime.sealed.put(data, of=[of.stream])


async def read(runtime: DataExchangeRuntime, sha256: str, *, of: ExchangeId) -> bytes:
    """The bytes named `sha256`, hashed again just now. Refusal GONE once the exchange was erased."""
    try:
        return await runtime.sealed.get(sha256, of=of.stream)
    except Erased:
        raise Refusal(Kind.GONE, "DX_FILE_ERASED", {"exchange": of}, article=NJ_19) from None


async def judge_upload(runtime: DataExchangeRuntime, upload: Upload) -> Verdict:
    """Join the parts, judge them, and store the file that they make if it is accepted.

    Refusal DX_PARTS_MISSING while a number is absent between the first part and the last.
    """
    numbers = [part.n for part in upload.parts]
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        raise Refusal(
            Kind.CONFLICT,
            "DX_PARTS_MISSING",
            {"exchange": upload.exchange_id, "came": numbers},
            article=NJ_19,
        )
    data = b"".join([await read(runtime, part.sha256, of=upload.exchange_id) for part in upload.parts])
    verdict = judge(data, upload.declared)
    if verdict.is_accepted:
        await keep(runtime, data, of=upload.exchange_id)
    return verdict


def file_of(transfer: Transfer, n: int) -> FileEntry:
    """The file with this number. Refusal NOT_FOUND."""
    if not 1 <= n <= len(transfer.files):
        raise not_found(f"file {n} of {transfer.id}")
    return transfer.files[n - 1]
