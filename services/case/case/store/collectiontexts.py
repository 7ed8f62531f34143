"""The words of the records of an investigation, to which their facts only commit."""

from __future__ import annotations

from dataclasses import dataclass

from case.store.documents import Document


@dataclass(frozen=True)
class RecordWords:
    """A record as its first officer sent it (JSON of the order), with the name and the certificate under it.

    `void_reason` says why it was taken back.
    """

    order: str
    signed_as: str
    certificate: str
    void_reason: str | None = None


@dataclass(frozen=True)
class KeptWords:
    """The proposal to keep evidence (JSON of the order), and why it was decided as it was."""

    order: str
    handling_reason: str | None = None


@dataclass(frozen=True)
class Voided:
    """Why a record was taken back."""

    reason: str


@dataclass(frozen=True)
class Handled:
    """The notice of what becomes of the evidence, and why."""

    document: Document
    reason: str
