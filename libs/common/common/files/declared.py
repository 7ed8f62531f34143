"""What a caller says about a file before its bytes come, and the rules that a declaration follows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from common.values.errors import InputError, Kind, Refusal

PART_BYTES: Final = 4 << 20
"""The most bytes of one part."""
PART_BODY_BYTES: Final = PART_BYTES + (1 << 16)
"""The most that a service reads of a body: its route refuses a part that is too long itself, and says how long."""

ENDINGS: Final = {
    "application/json": (".json",),
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "text/csv": (".csv",),
    "text/plain": (".txt",),
    "video/mp4": (".mp4",),
}
"""The media types that are accepted, each with the endings of a name. Archives are none: they hide what they hold."""

# Characters that a file system or a shell reads as more than a part of a name.
_FORBIDDEN: Final = frozenset('/\\:*?"<>|')
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_NAME_LENGTH: Final = 120


@dataclass(frozen=True)
class Declared:
    """A file as its sender announces it. `sha256` is lowercase hex, `size` bytes."""

    name: str
    media_type: str
    size: int
    sha256: str

    @property
    def parts(self) -> int:
        """How many parts its bytes fill, if each but the last is as large as may be."""
        return -(-self.size // PART_BYTES)


def require_declarable(declared: Declared, *, most_bytes: int) -> None:
    """Raises Refusal FILE_NOT_ACCEPTED with a pointer for each fault of the declaration."""
    errors = tuple(_faults(declared, most_bytes))
    if errors:
        raise Refusal(Kind.INVALID, "FILE_NOT_ACCEPTED", errors=errors)


def is_name(name: str) -> bool:
    """Whether `name` is a name of a file on every system: no folder, no device, nothing invisible."""
    visible = all(unicodedata.category(char)[0] != "C" and char not in _FORBIDDEN for char in name)
    edges = not name.startswith((".", " ")) and not name.endswith((".", " "))
    return 0 < len(name) <= _NAME_LENGTH and visible and edges and not _RESERVED.fullmatch(name)


def disposition(name: str) -> str:
    """The Content-Disposition of a download under `name`, which may hold any character (RFC 8187)."""
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


def _faults(declared: Declared, most_bytes: int) -> Iterator[InputError]:
    if not is_name(declared.name):
        yield InputError("/name", "FILE_NAME_NOT_ALLOWED", {"most": _NAME_LENGTH})
    if declared.media_type not in ENDINGS:
        yield InputError("/media_type", "FILE_TYPE_NOT_ALLOWED", {"types": sorted(ENDINGS)})
    elif not declared.name.lower().endswith(ENDINGS[declared.media_type]):
        yield InputError("/name", "FILE_ENDING_WRONG", {"endings": ENDINGS[declared.media_type]})
    if not 0 < declared.size <= most_bytes:
        yield InputError("/size", "FILE_SIZE_NOT_ALLOWED", {"most": most_bytes})
