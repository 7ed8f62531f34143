"""The words that go with the facts of `domain/deliberation.py`, and the documents that hold the rest of them."""

from __future__ import annotations

from dataclasses import dataclass

from case.store.documents import Document


@dataclass(frozen=True)
class Words:
    """What one person wrote, and the name under which documents print it."""

    text: str
    signed_as: str


@dataclass(frozen=True)
class Letter:
    """The superior organ that decided about a head, and the number of its letter."""

    organ: str
    number: str


@dataclass(frozen=True)
class Application:
    """Why an officer is to withdraw, and the names that D-07 prints. `first_vote_by`: the first of two heads, `letter`
    that of the superior organ.
    """

    reason: str
    officer_name: str
    applicant: str
    first_vote_by: str | None
    letter: Letter | None = None


@dataclass(frozen=True)
class Voted:
    """The name of the first head who said whether another head withdraws."""

    signed_as: str


@dataclass(frozen=True)
class Placed:
    """The notice of a hearing, and the place that it names."""

    document: Document
    place: str


@dataclass(frozen=True)
class Worded:
    """A document, and the words beside it that its table seals."""

    document: Document
    words: Words
