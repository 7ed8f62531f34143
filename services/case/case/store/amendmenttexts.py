"""The words of an amendment and its document, which records only commit to."""

from __future__ import annotations

from dataclasses import dataclass

from case.domain.clerical import Pair
from case.store.documents import Document


@dataclass(frozen=True)
class AmendmentTexts:
    """Why the decision is amended, as the D-36 prints it, and the legal reviewer's opinion, which stays inside.

    `pairs` are the mistyped and the right words of a correction.
    """

    reason: str
    opinion: str | None = None
    pairs: tuple[Pair, ...] = ()


@dataclass(frozen=True)
class Opinion:
    """The words of the legal reviewer."""

    opinion: str


@dataclass(frozen=True)
class SettlementReason:
    """Why the head settled an invalidation so."""

    reason: str


@dataclass(frozen=True)
class PublicWords:
    """What anybody may read: the masked content of a decision, or the reason why it was withdrawn, in UTF-8."""

    words: bytes


@dataclass(frozen=True)
class Corrected:
    """A correction of typing errors: its document, and its words."""

    document: Document
    texts: AmendmentTexts
