"""The media type that the bytes of a file show. The name and the sender's word say nothing about them."""

from __future__ import annotations

import unicodedata
from typing import Final

import orjson

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_END: Final = b"\x00\x00\x00\x00IEND\xae\x42\x60\x82"
_PDF_TAIL: Final = 1_024
_KNOWN: Final = ("application/pdf", "image/jpeg", "image/png", "video/mp4", "text/plain")
UNKNOWN: Final = "application/octet-stream"


def fits(data: bytes, media_type: str) -> bool:
    """Whether `data` can be a file of `media_type`: its first bytes are those of the type."""
    if media_type == "application/pdf":
        return data.startswith(b"%PDF-")
    if media_type == "image/jpeg":
        return data.startswith(b"\xff\xd8\xff")
    if media_type == "image/png":
        return data.startswith(_PNG)
    if media_type == "video/mp4":
        return data[4:8] == b"ftyp"
    if media_type == "application/json":
        return _is_json(data)
    return media_type in ("text/plain", "text/csv") and _is_text(data)


def type_of(data: bytes) -> str:
    """The media type that the bytes show, of those that anybody may open; `UNKNOWN` for any other."""
    return next((each for each in _KNOWN if fits(data, each)), UNKNOWN)


def is_whole(data: bytes, media_type: str) -> bool:
    """Whether `data` ends where a file of `media_type` ends.

    Bytes behind the end are how one file is made to read as two: as a picture for the eye, as an archive for a tool.
    """
    if media_type == "image/jpeg":
        return data.endswith(b"\xff\xd9")
    if media_type == "image/png":
        return data.endswith(_PNG_END)
    if media_type == "application/pdf":
        return b"%%EOF" in data[-_PDF_TAIL:]
    return True


def _is_json(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return all(char in "\t\n\r\ufeff" or unicodedata.category(char) not in ("Cc", "Cs") for char in text)
