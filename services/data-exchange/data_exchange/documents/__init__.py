"""The letters of the exchange (D-37): the request 协助函, its answer 复函, and the urging 催促函.

content.py   what each letter must say
wording.py   the sentences and numbers that are ours and not the template's
drafts.py    a letter on its way: read, rendered and stored before the change that makes it valid
letters.py   what each act of an exchange puts into its letter
*.typ        the templates, on the page of `common.documents`
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from common.documents import render as renderer
from common.documents.content import Content
from common.documents.render import Template
from data_exchange.documents.content import ReplyLetter, RequestLetter, UrgingLetter
from data_exchange.domain.letters import LetterKind

_FOLDER: Final = Path(__file__).parent
_VERSION: Final = 1

_TEMPLATES: Final = {
    LetterKind.REQUEST: Template("D-37", "协助函", _FOLDER / "request.typ", RequestLetter),
    LetterKind.REPLY: Template("D-37", "复函", _FOLDER / "reply.typ", ReplyLetter),
    LetterKind.URGING: Template("D-37", "催促函", _FOLDER / "urging.typ", UrgingLetter),
}


def template_of(kind: LetterKind) -> str:
    """The template and its version, as a record names them: `D-37/REQUEST@1`."""
    return f"{_TEMPLATES[kind].kind}/{kind}@{_VERSION}"


def render(kind: LetterKind, content: Content, at: datetime, *, salt: str = "") -> bytes:
    """The PDF/A-3a bytes of `content` as a letter of `kind` made at `at`."""
    return renderer.render(_TEMPLATES[kind], content, at, salt=salt)
