"""Legal documents (文书): typed content in, PDF/A-3a out.

The same content at the same instant gives the same bytes, so the digest in the ledger can be made again
by anyone who has both. The content travels inside the file as `document.json` (PDF/A-3 attachment). The
fonts are those of one pinned package and nothing the machine has, or two machines would print two files.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

from case.documents.content import (
    Agency,
    Answer,
    CaptureLine,
    Collection,
    Content,
    Decision,
    DeviceLine,
    Officer,
    Party,
    PriorNotice,
    Prompt,
    Remedies,
)
from case.documents.glyphs import is_drawable
from case.documents.wording import day, document_number, masked_name, moment, yuan
from common.values.clock import BEIJING
from common.values.errors import InputError, Kind, Refusal

__all__ = [
    "Agency",
    "Answer",
    "CaptureLine",
    "Collection",
    "Content",
    "Decision",
    "DeviceLine",
    "DocumentKind",
    "Officer",
    "Party",
    "PriorNotice",
    "Prompt",
    "Remedies",
    "document_number",
    "masked_name",
    "render",
    "rendered",
]


class DocumentKind(StrEnum):
    """The documents we can make, by the numbers of spec/law/05."""

    PROMPT = "D-02"
    PRIOR_NOTICE = "D-14"
    DECISION = "D-20a"


_TEMPLATES: dict[DocumentKind, tuple[str, str, type[Content]]] = {
    DocumentKind.PROMPT: ("prompt.typ", "涉嫌违法行为告知提示", Prompt),
    DocumentKind.PRIOR_NOTICE: ("prior_notice.typ", "行政处罚事先告知书", PriorNotice),
    DocumentKind.DECISION: ("decision.typ", "行政处罚决定书", Decision),
}


def render(kind: DocumentKind, data: Content, at: datetime, *, salt: str = "") -> bytes:
    """The PDF/A-3a bytes of `data` as a document of `kind` made at `at`. Takes about 50 ms.

    With a random `salt` in its attachment nobody who knows the digest can try out whom the document names.

    Raises Refusal DOC_CHARACTER_MISSING, naming fields and never their values, where the font cannot
    draw a character; ValueError where `data` is not the content of that kind.
    """
    template, title, content = _TEMPLATES[kind]
    if not isinstance(data, content):
        raise ValueError(f"a {kind} is made from a {content.__name__}, not a {type(data).__name__}")
    _require_drawable(data)
    machine = {"kind": kind, "title": title, "made_at": _machine(at)} | _machine(data)
    if salt:
        machine["salt"] = salt
    stamp = at.astimezone(UTC)  # the PDF writes its times with a Z
    folder = Path(str(files("case.documents")))
    compiler = typst.Compiler(
        folder / template,
        root=folder,
        font_paths=_fonts(),
        sys_inputs={
            "content": json.dumps(_printed(data) | {"title": title, "made_on": day(at)}, ensure_ascii=False),
            "machine": json.dumps(machine, ensure_ascii=False, sort_keys=True),
            "made": json.dumps([stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second]),
        },
    )
    pdf = compiler.compile(format="pdf", pdf_standards=["a-3a"], timestamp=int(at.timestamp()))
    assert isinstance(pdf, bytes)
    return pdf


async def rendered(kind: DocumentKind, data: Content, at: datetime, *, salt: str = "") -> bytes:
    """`render` in a thread, so that the event loop answers others meanwhile."""
    return await asyncio.to_thread(render, kind, data, at, salt=salt)


@cache
def _fonts() -> typst.Fonts:
    folder = pylopdf_fonts_zh_cn.serif_path().parent
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])


def _require_drawable(data: Content) -> None:
    blank = [pointer for pointer, text in _texts(data, "") if not is_drawable(text)]
    if blank:
        raise Refusal(
            Kind.INVALID,
            "DOC_CHARACTER_MISSING",
            f"The document font has no glyph for a character in {', '.join(blank)};"
            " write that field with characters of GBK, without line breaks.",
            errors=tuple(
                InputError(at, "DOC_CHARACTER_MISSING", "a character cannot be printed") for at in blank
            ),
        )


def _texts(value: object, pointer: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield pointer, value
        case tuple():
            for index, item in enumerate(value):
                yield from _texts(item, f"{pointer}/{index}")
        case Content():
            for field in fields(value):
                yield from _texts(getattr(value, field.name), f"{pointer}/{field.name}")


def _machine(value: Any) -> Any:
    """`value` as the attachment holds it: RFC 3339 instants, ISO days, fen."""
    match value:
        case Content():
            return {field.name: _machine(getattr(value, field.name)) for field in fields(value)}
        case tuple():
            return [_machine(item) for item in value]
        case datetime():
            return value.astimezone(BEIJING).isoformat()
        case date():
            return value.isoformat()
    return value


def _printed(value: Any, name: str = "") -> Any:
    """`value` as the page shows it: Chinese dates, amounts in figures and capitals, none for no amount."""
    match value:
        case Content():
            return {field.name: _printed(getattr(value, field.name), field.name) for field in fields(value)}
        case tuple():
            return [_printed(item) for item in value]
        case datetime():
            return moment(value)
        case date():
            return day(value)
        case int() if name.endswith("_fen"):
            return yuan(value) if value else None
    return value
