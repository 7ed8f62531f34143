"""The child process for foreign pictures: `<4-byte length><bytes>` in, one line of JSON out. `confined.py PROGRAM`.

A picture that somebody sent may take over its decoder, or unfold to gigabytes. So PROGRAM, a file beside this one whose
`answer` makes the JSON from the bytes, runs by itself: with little memory, no right to open a file or a socket, and
nothing of ours to import.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import runpy
import struct
import sys
from collections.abc import Callable
from typing import Any

from PIL import Image

_MEMORY = 1 << 30
_NICE = 10
_OWN_PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFUlEQVR4nGM8ceIEAzbAhFV00EoAANcnAmjjOKqVAAAAAElFTkSuQmCC"
)


def serve(answer: Callable[[bytes], dict[str, Any]]) -> None:
    """Answer each picture that comes in until the parent closes the pipe."""
    Image.MAX_IMAGE_PIXELS = None  # the program's own cap is an error, Pillow's a warning
    # Load every module now: after the last limit the child can open no file and no socket, so that foreign code which
    # takes over a decoder can neither read keys nor send them anywhere.
    Image.init()
    answer(base64.b64decode(_OWN_PICTURE))
    for limit, value in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(limit, (value, value))
    # Requests go first: a child takes the time that they leave.
    os.nice(_NICE)
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    while len(header := stdin.read(4)) == 4:
        data = stdin.read(struct.unpack(">I", header)[0])
        stdout.write(json.dumps(answer(data)).encode() + b"\n")
        stdout.flush()


if __name__ == "__main__":
    serve(runpy.run_path(sys.argv[1])["answer"])
