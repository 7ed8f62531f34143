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
    """What anybody may read: the masked content of a decision, as canonical JSON, and why it was withdrawn.

    It is sealed although it is public: what fell is shown to nobody, and an erasure leaves nothing of it.
    """

    content: str | None = None
    withdrawn_for: str | None = None

    def joined(self, before: PublicWords | None) -> PublicWords:
        """These words with those that were known before them."""
        known = before or PublicWords()
        return PublicWords(self.content or known.content, self.withdrawn_for or known.withdrawn_for)


@dataclass(frozen=True)
class Corrected:
    """A correction of typing errors: its document, and its words."""

    document: Document
    texts: AmendmentTexts
