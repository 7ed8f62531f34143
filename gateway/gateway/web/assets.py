"""Style sheets and scripts of the pages, at an address that changes with any of them, so that a browser keeps them.

Scripts are modules that the browser loads as they are written. They import each other by relative paths, so one digest
stands for the whole folder.
"""

from __future__ import annotations

import gzip
import hashlib
from importlib.resources import files
from typing import Annotated, Final

from fastapi import APIRouter, Header
from starlette.responses import Response

from common.values.errors import Kind, Refusal

_TYPES: Final = {
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "png": "image/png",
}


def _read() -> dict[str, bytes]:
    folder = files(__package__).joinpath("assets")
    return {
        file.name: file.read_bytes()
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.rpartition(".")[2] in _TYPES
    }


ASSETS: Final = _read()
"""The files by name."""

DIGEST: Final = hashlib.sha256(b"".join(name.encode() + body for name, body in ASSETS.items())).hexdigest()[
    :16
]


_PACKED: Final = {
    name: gzip.compress(body, mtime=0) for name, body in ASSETS.items() if not name.endswith(".png")
}


def asset(name: str) -> str:
    """The address of a file. Raises KeyError for a file that does not exist."""
    if name not in ASSETS:
        raise KeyError(name)
    return f"/assets/{DIGEST}/{name}"


router = APIRouter()


@router.get("/assets/{digest}/{name}")
async def read_asset(digest: str, name: str, accept_encoding: Annotated[str, Header()] = "") -> Response:
    """The file, to be kept for a year; a page of an earlier release gets today's, and keeps nothing."""
    if name not in ASSETS:
        raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", wording="address")
    kept = "public, max-age=31536000, immutable" if digest == DIGEST else "no-cache"
    media_type = _TYPES[name.rpartition(".")[2]]
    headers = {"cache-control": kept, "vary": "accept-encoding"}
    if "gzip" in accept_encoding and name in _PACKED:
        headers |= {"content-encoding": "gzip"}
        return Response(_PACKED[name], media_type=media_type, headers=headers)
    return Response(ASSETS[name], media_type=media_type, headers=headers)
