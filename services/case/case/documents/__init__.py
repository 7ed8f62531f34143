"""The legal documents (文书) of a case.

content.py   what each document must say
wording.py   the sentences and numbers that are ours and not the template's
drafts.py    a document on its way: read, rendered and stored before the change that makes it valid
*.typ        the templates, on the page of `common.documents`
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from case.documents.content import Decision, PriorNotice, Prompt
from common.documents import render as renderer
from common.documents.content import Content
from common.documents.render import Template

_FOLDER: Final = Path(__file__).parent


class DocumentKind(StrEnum):
    """The documents we can make, by their numbers in records."""

    PROMPT = "D-02"
    PRIOR_NOTICE = "D-14"
    DECISION = "D-20a"


_TEMPLATES: Final = {
    DocumentKind.PROMPT: Template("D-02", "涉嫌违法行为告知提示", _FOLDER / "prompt.typ", Prompt),
    DocumentKind.PRIOR_NOTICE: Template(
        "D-14", "行政处罚事先告知书", _FOLDER / "prior_notice.typ", PriorNotice
    ),
    DocumentKind.DECISION: Template("D-20a", "行政处罚决定书", _FOLDER / "decision.typ", Decision),
}


def render(kind: DocumentKind, content: Content, at: datetime, *, salt: str = "") -> bytes:
    """The PDF/A-3a bytes of `content` as a document of `kind` made at `at`."""
    return renderer.render(_TEMPLATES[kind], content, at, salt=salt)
