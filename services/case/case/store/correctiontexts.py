"""The words of an order to correct, to which its record only commits."""

from __future__ import annotations

from dataclasses import dataclass

from case.store.documents import Document


@dataclass(frozen=True)
class OrderTexts:
    """What the party is to do."""

    content: str


@dataclass(frozen=True)
class OrderedCorrection:
    """An order to correct: its words, and its document where that is one of its own."""

    texts: OrderTexts
    document: Document | None
