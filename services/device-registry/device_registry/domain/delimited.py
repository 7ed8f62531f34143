"""A text file becomes rows, as RFC 4180 reads records: a quoted cell may hold line breaks, commas and doubled quotes.

The encoding is the first under which a heading row is readable: UTF-8, then GB18030, then Big5; UTF-16 says itself what
it is. A quote that is not closed never takes the rows after it with it: its record ends with its line, and is refused.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from device_registry.domain.sheets import Broken, Sheet

_LOOKED_AT: Final = 60
_ENCODINGS: Final = ("utf-8", "gb18030", "big5hkscs")
_DELIMITERS: Final = (",", "\t", ";", "，")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))

Row = Sequence[str] | Broken


@dataclass(frozen=True)
class Text:
    """A text file as it was read."""

    encoding: str
    delimiter: str
    sheet: Sheet


def read_text(data: bytes, count_headings: Callable[[Sequence[str]], int]) -> Text:
    """The rows of `data`. `count_headings` says how many cells of a row are headings that we know.

    Of the encodings and delimiters that fit, the pair wins under which the most headings are readable.
    """
    marked = next(((len(mark), encoding) for mark, encoding in _MARKS if data.startswith(mark)), None)
    encodings = (marked[1],) if marked else _ENCODINGS
    data = data[marked[0] :] if marked else data
    best: tuple[int, str, str] = (-1, "utf-8", ",")
    for encoding in encodings:
        head = _decoded(data[: 1 << 18], encoding)
        for delimiter in _DELIMITERS:
            top = islice(_records(head, delimiter), _LOOKED_AT)
            known = max((count_headings(row) for row in top if not isinstance(row, Broken)), default=0)
            if known > best[0]:
                best = (known, encoding, delimiter)
    if best[0] == 0:
        best = (0, _strictest(data, encodings), best[2])
    _, encoding, delimiter = best
    rows = list(_records(_decoded(data, encoding), delimiter))
    return Text(encoding, delimiter, Sheet(None, rows))


def _strictest(data: bytes, encodings: Sequence[str]) -> str:
    """The first encoding in which all of the file is readable; it names no column by which to judge."""
    for encoding in encodings:
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return encodings[0]


def _decoded(data: bytes, encoding: str) -> str:
    # A byte that is none of the encoding's becomes half of a surrogate pair: its row alone is refused for it.
    return data.decode(encoding, "surrogateescape").rstrip("\x1a")


def _records(text: str, delimiter: str) -> Iterator[Row]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    at = 0
    while at < len(lines):
        reader = csv.reader(_within(lines, at), delimiter=delimiter, strict=True)
        begun = 0
        try:
            for row in reader:
                yield row
                begun = reader.line_num
        except csv.Error:
            yield Broken("IMP_QUOTE")
            at += begun + 1
        else:
            at += begun
            if begun == 0:
                return


def _within(lines: Sequence[str], at: int) -> Iterator[str]:
    """The lines from `at` on. The reader takes a cell of at most 128 kB, so a quote left open ends there."""
    for n in range(at, len(lines)):
        yield lines[n] + "\n"
