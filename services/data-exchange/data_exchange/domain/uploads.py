"""A file on its way into a package: announced, sent in parts, judged once."""

from __future__ import annotations

from dataclasses import dataclass

from common.files.declared import PART_BYTES, Declared
from common.values.errors import InputError, Kind, Refusal
from common.values.ids import ExchangeId
from common.values.law import NJ_19
from data_exchange.domain.transfers import Enclosure, FileEntry


@dataclass(frozen=True)
class Part:
    """One part that came: its number, its bytes' digest in hex, its size."""

    n: int
    sha256: str
    size: int


@dataclass(frozen=True)
class Upload:
    """One upload. `codes` are None until a verdict, empty once accepted, else the faults."""

    exchange_id: ExchangeId
    n: int
    enclosure: Enclosure
    level: int
    declared: Declared
    codes: tuple[str, ...] | None = None
    parts: tuple[Part, ...] = ()

    @property
    def file(self) -> FileEntry:
        """The file as an entry of the package; it gets its number there."""
        declared = self.declared
        return FileEntry(0, self.enclosure, declared.sha256, declared.size, declared.media_type, self.level)

    @property
    def verdict(self) -> str:
        if self.codes is None:
            return "PENDING"
        return "REFUSED" if self.codes else "ACCEPTED"


def require_pending(upload: Upload) -> None:
    """Refusal DX_UPLOAD_JUDGED once there is a verdict: a file that was refused comes again as a new upload."""
    if upload.codes is not None:
        facts = {"exchange": upload.exchange_id, "upload": upload.n, "verdict": upload.verdict}
        raise Refusal(Kind.CONFLICT, "DX_UPLOAD_JUDGED", facts, article=NJ_19)


def require_unchanged(upload: Upload, judged: Upload) -> None:
    """Refusal unless `upload` is what was judged: a part may have come, or a verdict, in between."""
    require_pending(upload)
    if upload.parts != judged.parts:
        facts = {"exchange": upload.exchange_id, "upload": upload.n}
        raise Refusal(Kind.CONFLICT, "DX_UPLOAD_CHANGED", facts, article=NJ_19)


def require_room(upload: Upload, part: int, size: int) -> None:
    """Refusal for a part that is empty or too large, or that makes the file larger than declared."""
    require_pending(upload)
    if not 0 < size <= PART_BYTES:
        raise Refusal(Kind.TOO_LARGE, "FILE_PART_SIZE", {"most": PART_BYTES})
    others = sum(each.size for each in upload.parts if each.n != part)
    if others + size > upload.declared.size:
        facts = {"came": others + size, "declared": upload.declared.size}
        error = InputError("/size", "FILE_SIZE_WRONG", facts)
        raise Refusal(Kind.INVALID, "FILE_NOT_ACCEPTED", errors=(error,))
