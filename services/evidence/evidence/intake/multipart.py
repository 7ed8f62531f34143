"""The parts of a multipart body (RFC 2046 §5.1, RFC 7578), as cameras write them: names and media types are claims."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MOST_PARTS: Final = 64
_MOST_HEAD: Final = 8_192
_BOUNDARY = re.compile(r"""boundary=(?:"([^"\r\n]{1,70})"|([^\s;,"]{1,70}))""", re.IGNORECASE)
_FIELD = re.compile(r"""[;\s](name|filename)=(?:"([^"]*)"|([^\s;]+))""", re.IGNORECASE)


class NotMultipart(ValueError):
    """The body has no parts that can be read; `wording` is that of the refusal EVD_NOT_MULTIPART."""

    def __init__(self, wording: str) -> None:
        super().__init__(f"this is no multipart body: {wording}")
        self.wording = wording


@dataclass(frozen=True)
class Part:
    """One part: its names and media type as they were claimed, "" where none was, and its bytes."""

    name: str
    filename: str
    media_type: str
    data: bytes


def parts_of(body: bytes, content_type: str) -> list[Part]:
    """The parts of `body`. Raises NotMultipart for a body that has none, or too many.

    The last delimiter may be missing: one firmware ends with its last picture.
    """
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise NotMultipart("boundary")
    delimiter = b"\r\n--" + (match[1] or match[2]).encode("latin1")
    found = list(_parts(b"\r\n" + body, delimiter))
    if not found:
        raise NotMultipart("empty")
    return found


def _parts(body: bytes, delimiter: bytes) -> Iterator[Part]:
    at, count = body.find(delimiter), 0
    while at >= 0:
        start = at + len(delimiter)
        if body[start : start + 2] == b"--":
            return
        end = body.find(delimiter, start)
        yield _part(body, start, end if end >= 0 else len(body))
        at, count = end, count + 1
        if count > MOST_PARTS:
            raise NotMultipart("many")


def _part(body: bytes, start: int, end: int) -> Part:
    # The head begins right behind the line of the delimiter, so that a part without any field is one too.
    cut = body.find(b"\r\n\r\n", start, min(end, start + _MOST_HEAD))
    if cut < 0:
        raise NotMultipart("head")
    fields: dict[str, str] = {}
    for line in body[start:cut].decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    names = {
        m[1].lower(): m[2] if m[2] is not None else m[3]
        for m in _FIELD.finditer(";" + fields.get("content-disposition", ""))
    }
    media_type = fields.get("content-type", "").partition(";")[0].strip().lower()
    return Part(names.get("name", ""), names.get("filename", ""), media_type, body[cut + 4 : end])
