"""The package of a transfer: which enclosures it needs, its files, and the receiver's receipt for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from common.values.errors import InputError, Refusal
from common.values.errors import Kind as RefusalKind
from common.values.ids import AgencyId
from common.values.law import CRIMT_6, NJ_19
from data_exchange.domain.exchange import Exchange, Side, State, require_side, require_state
from data_exchange.domain.transfers import Enclosure, FileEntry, Transfer, TransferFact, refused

MOST_FILES: Final = 200
MOST_BYTES: Final = 32 << 20
"""The most bytes of one file: it is sealed and read whole."""

_ALWAYS: Final = (Enclosure.TRANSFER_LETTER, Enclosure.INVESTIGATION_REPORT, Enclosure.GOODS_LIST)


@dataclass(frozen=True)
class FilesAdded(TransferFact):
    """Files that were judged and entered the package."""

    type: ClassVar[str] = "exchange.files_added"
    files: tuple[FileEntry, ...]

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return exchange

    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        return replace(transfer, files=(*transfer.files, *self.files))


@dataclass(frozen=True)
class FileFetched(TransferFact):
    """An agency fetched bytes `first` to `last` of a file, both included."""

    type: ClassVar[str] = "exchange.file_fetched"
    n: int
    sha256: str
    first: int
    last: int
    by_agency_id: AgencyId | None

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return exchange

    def noted(self, transfer: Transfer, *, at: datetime) -> Transfer:
        return transfer


def add_files(transfer: Transfer, files: tuple[FileEntry, ...], *, agency_id: AgencyId | None) -> FilesAdded:
    """Put files into the package of a draft, before it is submitted. They take the next numbers."""
    require_open(transfer, agency_id=agency_id)
    if len(transfer.files) + len(files) > MOST_FILES:
        raise refused(transfer, "DX_PACKAGE_FULL", most=MOST_FILES)
    first = len(transfer.files) + 1
    return FilesAdded(transfer.id, tuple(replace(file, n=first + i) for i, file in enumerate(files)))


def fetch(transfer: Transfer, n: int, *, first: int, last: int, agency_id: AgencyId | None) -> FileFetched:
    """Record that bytes `first` to `last` of file `n` were fetched, before they leave."""
    return FileFetched(transfer.id, n, transfer.files[n - 1].sha256, first, last, agency_id)


def require_open(transfer: Transfer, *, agency_id: AgencyId | None) -> None:
    """Raises Refusal unless the caller's agency may still change the package."""
    require_side(transfer.exchange, agency_id, Side.SENDER)
    require_state(transfer.exchange, State.DRAFT, act="a change of its package")
    if transfer.manifest_sha256 is not None:
        raise refused(transfer, "DX_PACKAGE_CLOSED")


def required(transfer: Transfer) -> tuple[Enclosure, ...]:
    """The enclosures that this package needs (CrimT 6). The report of an inspection is needed where there is one."""
    return (*_ALWAYS, Enclosure.EXPERT_REPORT) if transfer.examined else _ALWAYS


def require_complete(transfer: Transfer, *, coming: frozenset[Enclosure] = frozenset()) -> None:
    """Raises Refusal DX_ENCLOSURES_MISSING that lists each enclosure that is neither there nor `coming`."""
    there = {file.enclosure for file in transfer.files} | coming
    errors = tuple(
        InputError(f"/enclosures/{enclosure}", "DX_ENCLOSURE_MISSING", {"enclosure": enclosure})
        for enclosure in required(transfer)
        if enclosure not in there
    )
    if errors:
        article = CRIMT_6 if transfer.is_criminal else NJ_19
        missing = [error.facts["enclosure"] for error in errors]
        raise Refusal(
            RefusalKind.INVALID,
            "DX_ENCLOSURES_MISSING",
            {"exchange": transfer.id, "missing": missing},
            article=article,
            errors=errors,
        )


def require_verified(transfer: Transfer, manifest_sha256: str, digests: Mapping[int, str]) -> None:
    """Raises Refusal DX_PACKAGE_NOT_VERIFIED: a receipt names the manifest and the digest of every file in it.

    `digests` are those that the receiver computed, by the number of the file.
    """
    errors = tuple(_differences(transfer, manifest_sha256, digests))
    if errors:
        raise Refusal(
            RefusalKind.INVALID,
            "DX_PACKAGE_NOT_VERIFIED",
            {"exchange": transfer.id},
            article=NJ_19,
            errors=errors,
        )


def _differences(
    transfer: Transfer, manifest_sha256: str, digests: Mapping[int, str]
) -> Iterator[InputError]:
    if manifest_sha256 != transfer.manifest_sha256:
        yield InputError("/manifest_sha256", "DX_MANIFEST_DIFFERS", {"manifest": transfer.manifest_sha256})
    for file in transfer.files:
        if file.n not in digests:
            yield InputError("/files", "DX_FILE_UNVERIFIED", {"file": file.n})
    expected = {file.n: file.sha256 for file in transfer.files}
    for place, (n, sha256) in enumerate(digests.items()):
        if n not in expected:
            yield InputError(f"/files/{place}/n", "DX_FILE_UNKNOWN", {"file": n})
        elif sha256 != expected[n]:
            yield InputError(f"/files/{place}/sha256", "DX_FILE_DIFFERS", {"file": n, "sha256": expected[n]})
