"""The child process that decodes foreign pictures: `<4-byte length><bytes>` in, one line of JSON out.

Nothing here repairs or rewrites a picture, and Pillow's `verify()` is not used, because it accepts flipped bytes: only
the hash of a picture shows that it is unchanged. This file runs by itself (images.py starts it), so it imports nothing
of ours.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from typing import Any

MAX_PIXELS = 40_000_000
_MEMORY = 1 << 30
_NICE = 10
_MOST_SCANS = 100
_TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png"}


def serve() -> None:
    """The child: decode each picture that comes in until the parent closes the pipe."""
    import resource

    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # our own cap below is an error, Pillow's a warning
    # Load every module now: after the last limit the child can open no file and no socket, so that foreign code which
    # takes over a decoder can neither read keys nor send them anywhere.
    Image.init()
    for limit, value in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(limit, (value, value))
    # Requests go first: a decoder takes the time that they leave.
    os.nice(_NICE)
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    while len(header := stdin.read(4)) == 4:
        data = stdin.read(struct.unpack(">I", header)[0])
        stdout.write(json.dumps(look_at(data)).encode() + b"\n")
        stdout.flush()


def look_at(data: bytes) -> dict[str, Any]:
    """The child's answer for one picture: its facts, or `error`; and in `pixels` how many were decoded or tried."""
    import io

    from PIL import Image

    # Each scan is decoded over the whole picture: thousands of scans fit into 100 kB and take minutes.
    if data.count(b"\xff\xda") > _MOST_SCANS and data.startswith(b"\xff\xd8"):
        return {"error": f"a picture has at most {_MOST_SCANS} scans"}
    pixels = 0
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            if image.width * image.height > MAX_PIXELS:
                return {"error": f"a picture has at most {MAX_PIXELS} pixels"}
            width, height = image.size
            pixels = width * height
            # Of a JPEG every coded bit is read as for the whole picture, and an eighth of each side is computed: what
            # can be broken is in the code, and this takes a third of the time and little memory.
            image.draft(None, (1, 1))
            image.load()
            return {
                "pixels": pixels,
                "media_type": _TYPES[str(image.format)],
                "width": width,
                "height": height,
                "colour": image.mode in ("RGB", "RGBA", "YCbCr", "CMYK", "P"),
            }
    except MemoryError:
        return {"error": "a picture is decoded in at most 1 GiB", "pixels": pixels}
    except Exception:  # noqa: BLE001
        # Any error of a decoder means that this picture cannot be decoded.
        return {"error": "the bytes are no JPEG or PNG that can be decoded", "pixels": pixels}


if __name__ == "__main__":
    serve()
