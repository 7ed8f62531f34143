"""Who asked about whom, for the person that it concerns (PIPL 44, 45).

    question about a subject ──▶ usage.noted on the line of that subject        the person's list
             └─ while a deferral of its case is in force ─▶ held ─the end─▶ usage.noted

A line is the stream of one identifier: of an identity number or a credit code everywhere, of a plate for one case,
because a vehicle changes hands. The id of a line is a digest under a key of its own, so nobody can try identifiers out,
and who gets the key can check that the line is that of the identifier. A line has no gap: each usage bears its number
on the line, and the stream of records bears it too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, CaseId, ComparisonId, DeferralId, UsageLineId
from common.values.law import PIPL_45
from data_exchange.domain.batches import Batch
from data_exchange.domain.comparison import (
    Comparison,
    ComparisonAnswered,
    ComparisonKind,
    ComparisonRead,
    ComparisonRefused,
)
from data_exchange.domain.exchange import Purpose
from data_exchange.domain.subjects import Subject, SubjectKind, subject_of

FORMAT: Final = "mingzheng-usage-line/v1"


class UsageAct(StrEnum):
    """What somebody did: asked and got an answer, asked in vain, looked at the answer again, asked by a file."""

    ANSWERED = "ANSWERED"
    REFUSED = "REFUSED"
    READ_AGAIN = "READ_AGAIN"
    IN_FILE = "IN_FILE"


@dataclass(frozen=True)
class Line:
    """The line of one identifier, and the key by which its holder checks that it is that identifier's."""

    id: UsageLineId
    identifier: str
    key: bytes


@dataclass(frozen=True)
class Identity:
    """An identifier that an officer confirmed for a party in a case."""

    kind: SubjectKind
    text: str
    case_id: CaseId


@dataclass(frozen=True)
class Usage:
    """One usage. `fields` are the categories that were given; a sealed one tells none of them (PSP 136).

    `code` says why nothing was given.
    """

    comparison_id: ComparisonId
    act: UsageAct
    agency_id: AgencyId
    kind: ComparisonKind
    purpose: Purpose
    case_id: CaseId | None
    register: str | None
    fields: tuple[str, ...]
    is_sealed: bool
    code: str | None
    asked_at: datetime


@dataclass(frozen=True)
class UsageNoted(Fact):
    """A usage stands on the line of an identifier, as its `nth`. `deferral_id`: the notice was deferred by law."""

    type: ClassVar[str] = "usage.noted"
    owner: UsageLineId
    nth: int
    usage: Usage
    deferral_id: DeferralId | None = None


@dataclass(frozen=True)
class Noted:
    """A usage on its line, as the list shows it. `record_id` names its record."""

    line_id: UsageLineId
    nth: int
    usage: Usage
    noted_at: datetime
    deferral_id: DeferralId | None = None


def note(
    line_id: UsageLineId, usage: Usage, *, nth: int, deferral_id: DeferralId | None = None
) -> UsageNoted:
    """Put `usage` on the line. The person has the right to know it and to see it (PIPL 44, 45)."""
    return UsageNoted(line_id, nth, usage, deferral_id)


def identifier_of(subject: Subject, case_id: CaseId | None) -> str | None:
    """The identifier whose line a question about `subject` enters; None for a plate without a case.

    A plate names the owner of today. On a line of all its cases a later owner would read about an earlier one.
    """
    text = subject.canonical.decode()
    if subject.kind is not SubjectKind.PLATE:
        return text
    return f"{text}\n{case_id}" if case_id is not None else None


def line_of(identifier: str, key: bytes) -> Line:
    """The line of `identifier` under its own `key`."""
    text = f"{FORMAT}\n{key.hex()}\n{identifier}"
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])
    return Line(UsageLineId.numbered(number), identifier, key)


def identifiers_of(identities: list[Identity]) -> list[str]:
    """The identifiers of one person, of the identities that officers confirmed in the person's cases.

    Raises Refusal DX_IDENTITY_UNCLEAR for two identity numbers of one kind: one of them is another person's, and
    nobody may read about another person because of a slip.
    """
    found: dict[str, SubjectKind] = {}
    for identity in identities:
        subject = subject_of(identity.kind, identity.text)
        identifier = identifier_of(subject, identity.case_id) if subject else None
        if identifier is not None:
            found[identifier] = identity.kind
    for kind in (SubjectKind.PERSON_ID, SubjectKind.CREDIT_CODE):
        if list(found.values()).count(kind) > 1:
            raise Refusal(Kind.CONFLICT, "DX_IDENTITY_UNCLEAR", {"identifier": kind}, article=PIPL_45)
    return sorted(found)


def usage_of(fact: ComparisonAnswered | ComparisonRefused, *, at: datetime) -> Usage:
    """The usage that a question about one subject is."""
    answered = isinstance(fact, ComparisonAnswered)
    return Usage(
        fact.owner,
        UsageAct.ANSWERED if answered else UsageAct.REFUSED,
        fact.agency_id,
        fact.kind,
        fact.purpose,
        fact.case_id,
        fact.register,
        fact.fields if isinstance(fact, ComparisonAnswered) else (),
        isinstance(fact, ComparisonAnswered) and fact.is_sealed,
        fact.code if isinstance(fact, ComparisonRefused) else None,
        at,
    )


def usage_in_file(batch: Batch, fields: tuple[str, ...], *, at: datetime) -> Usage:
    """The usage of each subject whose row was compared. `fields` are those of the rows that were compared with it."""
    return _of(batch.comparison, UsageAct.IN_FILE, fields, at=at)


def usage_again(comparison: Comparison, fact: ComparisonRead, *, at: datetime) -> Usage:
    """The usage that looking at an answer again is."""
    assert fact.owner == comparison.id
    return _of(comparison, UsageAct.READ_AGAIN, comparison.fields, at=at)


def _of(comparison: Comparison, act: UsageAct, fields: tuple[str, ...], *, at: datetime) -> Usage:
    return Usage(
        comparison.id,
        act,
        comparison.agency_id,
        comparison.kind,
        comparison.purpose,
        comparison.case_id,
        comparison.register,
        fields,
        comparison.is_sealed,
        None,
        at,
    )
