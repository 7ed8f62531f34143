"""The words of a remedy, which its records only commit to."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from case.store.documents import Document


@dataclass(frozen=True)
class RemedyTexts:
    """What is written in a remedy, each None until somebody writes it.

    The party's request and reasons, the agency's opinion, the name of the organ or court and its number, and the
    orders about the execution.
    """

    request: str | None = None
    reasons: str | None = None
    opinion: str | None = None
    organ: str | None = None
    reference: str | None = None
    halt_order: str | None = None
    resume_order: str | None = None

    def joined(self, later: RemedyTexts) -> RemedyTexts:
        """These words with what `later` adds or writes anew."""
        written: dict[str, Any] = {field.name: getattr(later, field.name) for field in fields(later)}
        return replace(self, **{name: text for name, text in written.items() if text is not None})


@dataclass(frozen=True)
class AnsweredRemedy:
    """The answer to a remedy: the document that went out."""

    document: Document
