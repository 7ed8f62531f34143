"""One document as a PDF/A-3a file that is PDF/UA-1 too: it lasts, and who does not see it can have it read out.

The same content at the same instant gives the same bytes, so anyone who has both can compute the digest that
stands in the ledger again. The content travels inside the file as `document.json` (PDF/A-3 attachment). The
fonts come from one pinned package, never from the machine, or two machines would make two different files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from common.documents.content import Content
from common.documents.figures import day, moment, yuan
from common.documents.glyphs import HINT, families, fonts, is_drawable, missing_in
from common.documents.qr import qr_rows
from common.values.clock import BEIJING
from common.values.errors import InputError, Kind, Refusal

_PAGE: Final = re.compile(rb"/Type/Page/")
_PACKAGES: Final = Path(__file__).parent / "typst"


@dataclass(frozen=True)
class Template:
    """One kind of document: `kind` is its number in records, `path` the typst file, `content` its class."""

    kind: str
    title: str
    path: Path
    content: type[Content]


@dataclass(frozen=True)
class Verification:
    """Where anybody verifies the document: the address, which holds the printed code."""

    address: str
    code: str


def render(
    template: Template,
    content: Content,
    at: datetime,
    *,
    salt: str = "",
    verification: Verification | None = None,
) -> bytes:
    """The PDF/A-3a bytes of `content` in `template`, made at `at`. Takes about 50 ms: call it in a thread.

    With a random `salt` in the attachment, a person who knows only the digest cannot test guesses of the content.
    With `verification` the page prints its code and address, and both as a QR code.

    Raises Refusal DOC_CHARACTER_MISSING, naming fields and never their values, where the font cannot
    draw a character; ValueError where `content` is not the content of that template.
    """
    if not isinstance(content, template.content):
        right, wrong = template.content.__name__, type(content).__name__
        raise ValueError(f"a {template.kind} is made from a {right}, not a {wrong}")
    _require_drawable(content)
    head = {"kind": template.kind, "title": template.title, "made_at": _machine(at)}
    machine = head | _machine(content) | ({"salt": salt} if salt else {})
    printed = _printed(content) | {"title": template.title, "made_on": day(at)}
    stamp = at.astimezone(UTC)  # the PDF writes its times with a Z
    import typst  # late: a process that draws nothing does not load it

    compiler = typst.Compiler(
        template.path,
        root=template.path.parent,
        font_paths=fonts(),
        sys_inputs={
            "content": json.dumps(printed, ensure_ascii=False),
            "families": json.dumps(families()),
            "verification": _marks(verification),
            "machine": json.dumps(machine, ensure_ascii=False, sort_keys=True),
            "made": json.dumps([stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second]),
        },
        package_path=_PACKAGES,
        package_cache_path=_PACKAGES,
    )
    pdf = compiler.compile(format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=int(at.timestamp()))
    if not isinstance(pdf, bytes):
        raise TypeError(f"typst gave no bytes for {template.kind}")
    return pdf


def _marks(verification: Verification | None) -> str:
    if verification is None:
        return "null"
    marks = {"address": verification.address, "code": verification.code, "qr": qr_rows(verification.address)}
    return json.dumps(marks, ensure_ascii=False)


def pages_of(pdf: bytes) -> int:
    """How many pages a document has that `render` made."""
    return len(_PAGE.findall(pdf))


def _require_drawable(content: Content) -> None:
    lacking = {pointer: text for pointer, text in _texts(content, "") if not is_drawable(text)}
    blank = list(lacking)
    if blank:
        raise Refusal(
            Kind.INVALID,
            "DOC_CHARACTER_MISSING",
            {"fields": blank, "characters": missing_in(lacking.values()), "package": HINT},
            errors=tuple(InputError(at, "DOC_CHARACTER_MISSING", wording="field") for at in blank),
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
