"""What people said about money, a rest or an execution; its record only commits to it."""

from __future__ import annotations

from dataclasses import dataclass

from case.store.documents import Document


@dataclass(frozen=True)
class Said:
    """Somebody's words, and the words of the answer once there is one."""

    words: str
    answer: str | None = None


@dataclass(frozen=True)
class Papered:
    """A document, and the words of the person whose act it is, where there are any."""

    document: Document
    words: str | None = None
