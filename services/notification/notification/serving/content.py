"""What a return of service (送达回证, D-25) must say (CPL 87, 89; APL 61)."""

from __future__ import annotations

from dataclasses import dataclass

from common.documents.content import Content
from common.values.law import CPL_87


@dataclass(frozen=True)
class Agency(Content):
    """The agency that serves, with its address and phone."""

    name: str
    address: str
    phone: str


@dataclass(frozen=True)
class Line(Content):
    """One manner that was tried: what was done, when, and how it ended."""

    n: str
    manner: str
    at: str
    course: str
    result: str


@dataclass(frozen=True)
class Return(Content):
    """D-25. `lines` are the manners in order; `effect` is the sentence of the day and its article, or that there is
    none yet. `proofs` and `records` are digests and numbers of the ledger that anybody can check.
    """

    article = CPL_87

    number: str
    agency: Agency
    case_code: str
    document: str
    document_sha256: str
    addressee: str
    effect: str
    lines: tuple[Line, ...] = ()
    signer: str | None = None
    witness: str | None = None
    place: str | None = None
    servers: str | None = None
    proofs: tuple[str, ...] = ()
    missing: str | None = None
    records: str = "—"
