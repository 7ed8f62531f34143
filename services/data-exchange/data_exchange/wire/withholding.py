"""The header Mingzheng-Fields-Withheld: what the body says was withheld, as a list of structured fields (RFC 9651).

    Mingzheng-Fields-Withheld: "/owner/id";clause="4.1", "/photo";clause=%"%e7%ac%ac%e4%ba%94%e6%9d%a1"

A text beyond ASCII is a display string (RFC 9651 §3.3.8). The header repeats the body, so a repeated answer has it too.
It names the first fields; the body names them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

_MOST: Final = 40
"""How many fields the header names: clients and proxies accept 8 KiB of headers."""
_NDJSON: Final = "application/x-ndjson"


def withheld_field(content_type: str | None, body: bytes) -> str | None:
    """The value of the header for an answer; None for one that withholds nothing."""
    media_type = (content_type or "").partition(";")[0]
    if b'"withheld"' not in body or media_type not in ("application/json", _NDJSON):
        return None
    lines = body.splitlines() if media_type == _NDJSON else [body]
    members = list(dict.fromkeys(_members(lines)))[:_MOST]
    return ", ".join(members) or None


def _members(lines: Iterable[bytes]) -> Iterator[str]:
    for line in lines:
        answer: Any = orjson.loads(line)
        listed = answer.get("withheld") if isinstance(answer, dict) else None
        for each in listed or ():
            yield f"{_text(each['pointer'])};clause={_text(each['clause'])}"


def _text(text: str) -> str:
    """A string, or a display string where `text` is no printable ASCII."""
    if text.isascii() and text.isprintable():
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    shown = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'%"' else f"%{byte:02x}" for byte in text.encode()
    )
    return f'%"{shown}"'
