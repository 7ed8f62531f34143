"""FileHash of GA/T 1400: the one place of the standard for a digest of a picture.

The standard does not say which digest; its length tells. A text of another form says nothing, and is not compared.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from ledger import notes

_HEX: Final = re.compile(r"[0-9a-fA-F]+")


def differs(file_hash: str | None, data: bytes) -> bool:
    """Whether `file_hash` is a digest in hex, and not that of `data`: MD5, SHA-1, SHA-256 or SM3."""
    if file_hash is None or not _HEX.fullmatch(file_hash):
        return False
    match len(file_hash):
        case 32:
            wanted = {hashlib.md5(data, usedforsecurity=False).hexdigest()}
        case 40:
            wanted = {hashlib.sha1(data, usedforsecurity=False).hexdigest()}
        case 64:
            wanted = {hashlib.sha256(data).hexdigest(), notes.digest("sm3", data).hex()}
        case _:
            return False
    return file_hash.lower() not in wanted
