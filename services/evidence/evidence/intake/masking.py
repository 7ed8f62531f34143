"""The child process that covers pictures: `<4-byte length><what is open, LF, bytes>` in, one line of JSON out.

It reads a picture that a camera sent, so it runs by itself, like decoding.py beside it, with the same limits; and it
imports nothing of ours. What is open is a JSON list of [left, top, right, bottom] in pixels. A picture alone, without
such a line, is covered as a whole.
"""

from __future__ import annotations

import base64
import io
import json
import os
import struct
import sys
from typing import Any

MAX_PIXELS = 40_000_000
_MEMORY = 1 << 30
_NICE = 10
_COVER = (58, 62, 66)
_QUALITY = 90


def serve() -> None:
    """The child: cover each picture that comes in until the parent closes the pipe."""
    import resource

    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # our own cap below is an error, Pillow's a warning
    Image.init()
    cover(_own_picture())  # load the writer too, before no file can be opened any more
    for limit, value in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(limit, (value, value))
    os.nice(_NICE)
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    while len(header := stdin.read(4)) == 4:
        data = stdin.read(struct.unpack(">I", header)[0])
        stdout.write(json.dumps(cover(data)).encode() + b"\n")
        stdout.flush()


def cover(data: bytes) -> dict[str, Any]:
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


def _own_picture() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    return out.getvalue()


if __name__ == "__main__":
    serve()
