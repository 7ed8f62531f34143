"""The words of the head about a suspected crime, to which the fact only commits."""

from __future__ import annotations

from dataclasses import dataclass

from case.store.documents import Document


@dataclass(frozen=True)
class Judged:
    """The head's reasons, and the letter where the transfer is approved."""

    document: Document | None
    reason: str
