"""One document of every kind with invented content, and more where a template prints other words for other content.

Each module here has `SAMPLES`: the name of the golden text (`D-20a`, `D-20a-warning`) to the kind and its content. A
new module joins by itself, and `tests/case/test_golden_documents.py` fails until every kind has a sample.
"""

from __future__ import annotations

import io
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from pypdf import PdfReader

from case.documents import DocumentKind, render
from common.documents.content import Content
from common.values.clock import BEIJING

AT: Final = datetime(2025, 4, 10, 10, 0, tzinfo=BEIJING)


def every_sample() -> dict[str, tuple[DocumentKind, Content]]:
    """Every sample by the name of its golden text."""
    found: dict[str, tuple[DocumentKind, Content]] = {}
    for module in iter_modules(__path__):
        samples = import_module(f"{__name__}.{module.name}").SAMPLES
        if twice := samples.keys() & found.keys():
            raise ValueError(f"{module.name} has samples that another module has: {sorted(twice)}")
        found |= samples
    return found


def printed_lines(kind: DocumentKind, content: Content) -> str:
    """What a reader sees, line by line; a page begins with its number. The text ends with a line end."""
    pages = PdfReader(io.BytesIO(render(kind, content, AT))).pages
    lines = []
    for number, page in enumerate(pages, 1):
        lines.append(f"-- {number} --")
        lines += [line.strip() for line in page.extract_text().splitlines() if line.strip()]
    return "\n".join(lines) + "\n"
