"""What decodes foreign pictures: bytes in, facts out. It runs by itself (confined.py) and imports nothing of ours.

Nothing here repairs or rewrites a picture, and Pillow's `verify()` is not used, because it accepts flipped bytes: only
the hash of a picture shows that it is unchanged.

    JPEG: FF D8 │ segments, each with its length │ FF DA, a scan │ … │ FF D9      (ITU-T T.81, annex B)
    PNG:  signature │ chunks, each with its length │ … │ IEND                     (RFC 2083)
"""

from __future__ import annotations

import io
import re
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 40_000_000
_MOST_SCANS = 100
_TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png"}

_JPEG, _PNG, _END_OF_IMAGE = b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"\xff\xd9"
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FILLINGS = (b"\xaa\x0f\x71" * 64, b"\x55\xaa\x33" * 64, b"\xc3\x3c\x99\x12" * 48)
_UNREADABLE = "图片不是可以解码的 JPEG 或 PNG · the bytes are no JPEG or PNG that can be decoded"


def answer(data: bytes) -> dict[str, Any]:
    """The child's answer for one picture: its facts, or `error`; and in `pixels` how many were decoded or tried.

    An error is in Chinese and English.
    """
    # Each scan is decoded over the whole picture: thousands of scans fit into 100 kB and take minutes.
    if data.count(b"\xff\xda") > _MOST_SCANS and data.startswith(_JPEG):
        return {"error": f"图片的扫描超过 {_MOST_SCANS} 遍 · a picture has at most {_MOST_SCANS} scans"}
    tried: list[int] = []
    try:
        end = end_of(data)
        if end is None and data.startswith(_JPEG):
            facts = _without_end(data, tried)
        else:
            facts = _facts(data, tried) | {"has_trailing": end is not None and end < len(data)}
    except _TooManyPixels:
        facts = {"error": f"图片超过 {MAX_PIXELS} 像素 · a picture has at most {MAX_PIXELS} pixels"}
    except MemoryError:
        facts = {"error": "解码图片所需内存超过 1 GiB · a picture is decoded in at most 1 GiB"}
    except Exception:  # noqa: BLE001
        # Any error of a decoder means that this picture cannot be decoded.
        facts = {"error": _UNREADABLE}
    return facts | {"pixels": sum(tried)}


def end_of(data: bytes) -> int | None:
    """Where the picture ends in `data`: the offset after its last byte; None where the end does not come."""
    if data.startswith(_JPEG):
        return _end_of_jpeg(data)
    return _end_of_png(data) if data.startswith(_PNG) else None


def _end_of_jpeg(data: bytes) -> int | None:
    place = 2
    # Within a scan FF 00 and the restart marks are content, so a search for the next marker passes over it.
    while (match := _NEXT_MARKER.search(data, place)) is not None:
        place = match.end()
        marker = data[place - 1]
        if marker == 0xD9:
            return place
        if marker not in (0x01, 0xD8):  # every other marker is followed by the length of its segment
            place += int.from_bytes(data[place : place + 2])
    return None


def _end_of_png(data: bytes) -> int | None:
    place = len(_PNG)
    while place + 12 <= len(data):
        kind = data[place + 4 : place + 8]
        place += 12 + int.from_bytes(data[place : place + 4])
        if kind == b"IEND":
            return place if place <= len(data) else None
    return None


def _without_end(data: bytes, tried: list[int]) -> dict[str, Any]:
    """A JPEG whose end does not come: whole but for that mark, or cut within the picture.

    The decoder fills up a picture that was cut and says nothing. So the picture is decoded with different fillings: one
    that is whole has the same pixels each time, because none of the filling is used. One filling alone is not enough,
    because its first bits may be no code at all, for which the decoder puts the same as for nothing.
    """
    bare = data.rstrip(b"\xff")  # the first half of the mark may be there
    facts = _facts(bare + _END_OF_IMAGE, tried, sums_up=True)
    for filling in _FILLINGS:
        if _facts(bare + filling + _END_OF_IMAGE, tried, sums_up=True) != facts:
            return {"error": _UNREADABLE}
    del facts["sum"]
    return facts | {"is_truncated": True}


class _TooManyPixels(ValueError):
    pass


def _facts(data: bytes, tried: list[int], *, sums_up: bool = False) -> dict[str, Any]:
    """The facts of a picture that can be decoded, with `sums_up` also a sum over every pixel of it."""
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise _TooManyPixels
        tried.append(width * height)
        if not sums_up:
            # Of a JPEG every coded bit is read as for the whole picture, and an eighth of each side is computed: what
            # can be broken is in the code, and this takes a third of the time and little memory.
            image.draft(None, (1, 1))
        image.load()
        facts = {
            "media_type": _TYPES[str(image.format)],
            "width": width,
            "height": height,
            "colour": image.mode in ("RGB", "RGBA", "YCbCr", "CMYK", "P"),
            "dhash": difference_hash(image),
        }
        return facts | {"sum": zlib.crc32(image.tobytes())} if sums_up else facts


def difference_hash(image: Image) -> str:
    """The difference hash of a decoded picture, 16 hex digits: of nine by eight fields, which one outshines the next.

    Pictures that look the same have hashes with few different bits, however they were compressed.
    """
    fields = image.resize((9, 8), resample=4).convert("L").tobytes()  # 4: the mean of each field
    rows = (fields[start : start + 9] for start in range(0, 72, 9))
    bits = "".join("01"[row[n] > row[n + 1]] for row in rows for n in range(8))
    return f"{int(bits, 2):016x}"
