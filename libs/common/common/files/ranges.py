"""One part of a file: Range, If-Range and Content-Range (RFC 9110 §14).

A request for several ranges at once, in another unit, or that cannot be read gets the whole file, as the RFC permits.
If-Range holds only for the same strong ETag: a part of a newer file behind the beginning of an older one is damage.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from common.files.digests import digest_field
from common.values.errors import Kind, Refusal

_RANGE: Final = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")


@dataclass(frozen=True)
class Span:
    """Bytes `first` to `last` of a file, both included. `is_part`: the request asked for a range."""

    first: int
    last: int
    is_part: bool

    @property
    def status(self) -> int:
        return 206 if self.is_part else 200

    def of(self, data: bytes) -> bytes:
        return data[self.first : self.last + 1]

    def headers(self, data: bytes, *, sha256: str) -> dict[str, str]:
        """The fields of the answer that gives this span of `data`, the whole file, whose SHA-256 in hex is `sha256`."""
        fields = {
            "accept-ranges": "bytes",
            "etag": f'"{sha256}"',
            "content-digest": digest_field(self.of(data)),
            "repr-digest": digest_field(data),
        }
        if self.is_part:
            fields["content-range"] = f"bytes {self.first}-{self.last}/{len(data)}"
        return fields


def span_of(asked: str, *, size: int, etag: str, if_range: str = "") -> Span:
    """The span that the Range field `asked` asks of a file of `size` bytes.

    Raises Refusal RANGE_NOT_SATISFIABLE (416) for a range that begins behind the end.
    """
    whole = Span(0, size - 1, is_part=False)
    numbers = _RANGE.fullmatch(asked)
    if numbers is None or numbers[1] == numbers[2] == "" or (if_range and if_range != etag):
        return whole
    if numbers[1] == "":
        length = min(int(numbers[2]), size)
        return Span(size - length, size - 1, is_part=True) if length else _unsatisfiable(size)
    first = int(numbers[1])
    last = min(int(numbers[2]), size - 1) if numbers[2] else size - 1
    if numbers[2] and int(numbers[2]) < first:
        return whole
    return Span(first, last, is_part=True) if first < size else _unsatisfiable(size)


def _unsatisfiable(size: int) -> Span:
    refusal = Refusal(Kind.RANGE, "RANGE_NOT_SATISFIABLE", {"size": size})
    refusal.headers["content-range"] = f"bytes */{size}"
    raise refusal
