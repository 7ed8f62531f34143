"""What covers pictures: bytes in, a covered JPEG out. It runs by itself (confined.py) and imports nothing of ours.

The bytes are what is open, a line feed and the picture. What is open is a JSON list of [left, top, right, bottom] in
pixels. A picture alone, without such a line, is covered as a whole.
"""

from __future__ import annotations

import base64
import io
import json
from typing import Any

MAX_PIXELS = 40_000_000
_COVER = (58, 62, 66)
_QUALITY = 90


def answer(data: bytes) -> dict[str, Any]:
    """The covered picture in base64 as `jpeg`, or `error`."""
    head, _, rest = data.partition(b"\n") if data.startswith(b"[") else (b"[]", b"", data)
    try:
        return {"jpeg": base64.b64encode(_covered(rest, json.loads(head))).decode()}
    except Exception:  # noqa: BLE001
        # Any error of a decoder means that this picture cannot be covered, and is not shown.
        return {"error": "图片无法遮盖 · the picture cannot be covered"}


def _covered(data: bytes, boxes: list[list[int]]) -> bytes:
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
        if image.size[0] * image.size[1] > MAX_PIXELS:
            raise ValueError("too many pixels")
        # A new picture, onto which only the open parts are copied: nothing else of the original can stay behind.
        made = Image.new("RGB", image.size, _COVER)
        seen = image.convert("RGB")
        for box in boxes:
            left, top, right, bottom = box
            made.paste(seen.crop((left, top, right, bottom)), (left, top))
    out = io.BytesIO()
    made.save(out, "JPEG", quality=_QUALITY, subsampling=0)
    return out.getvalue()
