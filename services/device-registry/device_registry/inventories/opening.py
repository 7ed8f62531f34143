"""The bytes of a file become sheets: text in this process, a workbook in a child with little memory and time.

What a file is, its bytes say and not its media type: browsers on Windows call a CSV an Excel file.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from common.values.errors import Kind, Refusal
from common.values.law import PJ_2
from device_registry.domain.columns import heading, plain
from device_registry.domain.delimited import read_text
from device_registry.domain.sheets import Choice, Sheet

MEDIA_TYPES: Final = (
    "text/csv",
    "text/tab-separated-values",
    "text/plain",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-excel",
    "application/vnd.oasis.opendocument.spreadsheet",
)
_PROGRAM: Final = Path(__file__).with_name("workbook.py")
_PATIENCE_S: Final = 60
_MOST_ANSWERED: Final = 256 << 20
_ARCHIVE, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Opened:
    """A file's sheets, and what it turned out to be: CSV with its encoding and delimiter, or WORKBOOK."""

    format: str
    encoding: str | None
    sheets: tuple[Sheet, ...]


async def open_file(data: bytes, choice: Choice, *, most_rows: int) -> Opened:
    """The sheets of the file. Raises Refusal for a workbook that cannot be read, or that is made to do harm."""
    if data.startswith((_ARCHIVE, _COMPOUND)):
        return Opened("WORKBOOK", None, await _workbook(data, most_rows))
    if b"\0" in data[:4_096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refusal(Kind.UNSUPPORTED, "IMP_NOT_A_TABLE", {"media_types": MEDIA_TYPES})
    named = {plain(name) for name, _ in choice.columns}

    def known(row: object) -> int:
        assert isinstance(row, list)
        return sum(heading(cell) is not None or plain(cell) in named for cell in row if len(cell) < 64)

    text = await asyncio.to_thread(read_text, data, known)
    kind = "TSV" if text.delimiter == "\t" else "CSV"
    return Opened(kind, text.encoding.upper(), (text.sheet,))


async def _workbook(data: bytes, most_rows: int) -> tuple[Sheet, ...]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(_PROGRAM), str(most_rows),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={},
    )  # fmt: skip
    try:
        async with asyncio.timeout(_PATIENCE_S):
            out, _ = await child.communicate(data)
    except TimeoutError:
        out = b""
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    # A child that a limit ended says nothing: then the workbook is too much for it.
    answer: dict[str, Any] = (
        json.loads(out) if out and len(out) < _MOST_ANSWERED else {"error": "IMP_WORKBOOK_TOO_LARGE"}
    )
    if error := answer.get("error"):
        kind = Kind.INVALID if error == "IMP_WORKBOOK_UNREADABLE" else Kind.TOO_LARGE
        raise Refusal(kind, error, {"most": most_rows}, article=PJ_2)
    return tuple(Sheet(sheet["name"], sheet["rows"], sheet["hidden"]) for sheet in answer["sheets"])
