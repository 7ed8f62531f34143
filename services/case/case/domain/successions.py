"""From an old article to the one that takes its place, when a statute is repealed or codified (ECO 1242).

    PROPOSED ──approve──▶ PUBLISHED ──withdraw──▶ WITHDRAWN (final)
       └─────────withdraw───────────────────────▲

A succession says: who cites the old article means the new one from a day on. It is approved once and holds for every
device that cites the old article. It counts from its day or from its approval, whichever is later: it speaks for the
device, and nothing that speaks for a device counts before it is on record.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, assert_never

from case.domain.legalsources import SourceArticle
from common.values.citations import Citation, cited, is_article
from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, LegalSuccessionId
from common.values.law import APL_41_1


class State(StrEnum):
    PROPOSED = "PROPOSED"
    PUBLISHED = "PUBLISHED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True)
class Succession:
    """`old` becomes `new` from the day `from_on` on."""

    id: LegalSuccessionId
    agency_id: AgencyId
    old: Citation
    new: Citation
    from_on: date
    state: State
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True)
class SuccessionProposed(Fact):
    type: ClassVar[str] = "legal_succession.proposed"

    owner: LegalSuccessionId
    agency_id: AgencyId
    old: Citation
    new: Citation
    from_on: date
    by: str


@dataclass(frozen=True)
class SuccessionPublished(Fact):
    """Every device that cites `old` rests on `new` from now on, and not before the day `from_on`."""

    type: ClassVar[str] = "legal_succession.published"

    owner: LegalSuccessionId
    old: Citation
    new: Citation
    from_on: date
    by: str


@dataclass(frozen=True)
class SuccessionWithdrawn(Fact):
    """The succession was an error, or is proposed no longer. It counts for no instant, past ones included."""

    type: ClassVar[str] = "legal_succession.withdrawn"

    owner: LegalSuccessionId
    by: str


Decision = SuccessionPublished | SuccessionWithdrawn
Known = tuple[tuple[Citation, SourceArticle], ...]
"""Published articles of the catalogue."""


def cited_article(title: str, article: str) -> Citation:
    """The citation of an article. Refusal LAW_ARTICLE_UNREADABLE where no article is named by its number."""
    if not is_article(article):
        raise Refusal(Kind.INVALID, "LAW_ARTICLE_UNREADABLE", {"article": article}, article=APL_41_1)
    return cited(title, article)


def propose(
    succession_id: LegalSuccessionId,
    old: Citation,
    new: Citation,
    *,
    agency_id: AgencyId,
    from_on: date,
    known: Known,
    by: str,
) -> SuccessionProposed:
    """Propose that `new` takes the place of `old`. The catalogue knows both, and `new` is in force on that day."""
    _require_known(old, new, from_on, known)
    return SuccessionProposed(succession_id, agency_id, old, new, from_on, by)


def approve(
    succession: Succession, known: Known, *, rival: LegalSuccessionId | None, by: str
) -> SuccessionPublished:
    """Let the succession count for all devices. Not its author, and only while the catalogue says what it rests on.

    `rival` is the published succession of the same old article: one article has one successor at a time.
    """
    _require(succession, State.PROPOSED)
    if rival is not None:
        facts = {"succession": rival, "title": succession.old.title, "article": succession.old.article}
        raise Refusal(Kind.CONFLICT, "LAW_SUCCESSION_STATE", facts, wording="rival", article=APL_41_1)
    if by == succession.proposed_by:
        raise Refusal(Kind.FORBIDDEN, "LAW_SECOND_PERSON", {"source": succession.id}, article=APL_41_1)
    _require_known(succession.old, succession.new, succession.from_on, known)
    return SuccessionPublished(succession.id, succession.old, succession.new, succession.from_on, by)


def withdraw(succession: Succession, *, by: str) -> SuccessionWithdrawn:
    """Take a succession back. What speaks against a device counts at once, and for its past too."""
    _require(succession, State.PROPOSED, State.PUBLISHED)
    return SuccessionWithdrawn(succession.id, by)


def begun(fact: SuccessionProposed, *, at: datetime) -> Succession:
    """The succession that `fact`, recorded at `at`, begins."""
    return Succession(
        fact.owner, fact.agency_id, fact.old, fact.new, fact.from_on, State.PROPOSED, fact.by, at
    )


def after(succession: Succession, fact: Decision, *, at: datetime) -> Succession:
    """The succession as `fact`, recorded at `at`, leaves it."""
    match fact:
        case SuccessionPublished():
            return replace(succession, state=State.PUBLISHED, approved_by=fact.by, approved_at=at)
        case SuccessionWithdrawn():
            return replace(succession, state=State.WITHDRAWN, withdrawn_at=at)
        case _:
            assert_never(fact)


def _require_known(old: Citation, new: Citation, from_on: date, known: Known) -> None:
    if not any(citation.includes(old) for citation, _ in known):
        facts = {"title": old.title, "article": old.article}
        raise Refusal(Kind.INVALID, "LAW_ARTICLE_UNKNOWN", facts, article=APL_41_1)
    in_force = any(
        citation.includes(new) and days.from_on <= from_on <= (days.until_on or date.max)
        for citation, days in known
    )
    if not in_force or old == new:
        raise Refusal(
            Kind.INVALID,
            "LAW_ARTICLE_UNKNOWN",
            {"title": new.title, "article": new.article, "day": from_on},
            wording="not_in_force",
            article=APL_41_1,
        )


def _require(succession: Succession, *states: State) -> None:
    if succession.state not in states:
        raise Refusal(
            Kind.CONFLICT,
            "LAW_SUCCESSION_STATE",
            {"succession": succession.id, "state": succession.state},
            article=APL_41_1,
        )
