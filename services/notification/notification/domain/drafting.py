"""The life of a city's own words for a class of messages.

    DRAFT ──first approval──▶ DRAFT ──second approval──▶ IN_FORCE
      └──────────────── withdraw ──────────────────────────┴──────▶ WITHDRAWN (final)

The agency drafts, its legal office approves: two different persons, and neither of them wrote it. The newest version in
force is used. What was once sent keeps its words, whatever becomes of the template.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, assert_never

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, OfficerId, TemplateId
from ledger.canonical import canonical
from notification.domain.content import (
    MESSAGE_LENGTH,
    SUPPLEMENT_LENGTH,
    require_permitted_content,
    require_supplement,
    require_variables,
)
from notification.domain.templates import Language, Template, class_of

APPROVALS: Final = 2


class State(StrEnum):
    DRAFT = "DRAFT"
    IN_FORCE = "IN_FORCE"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True)
class Scope:
    """For which messages the words are: a class, in a language, on one channel or, where it is None, on all."""

    code: str
    language: Language
    channel: str | None = None


@dataclass(frozen=True)
class CityTemplate:
    """Words of an agency as they stand. `version` counts the drafts of one scope, from 1."""

    id: TemplateId
    agency_id: AgencyId
    scope: Scope
    version: int
    title: str
    text: str
    state: State
    drafted_by: OfficerId
    drafted_at: datetime
    approved_by: tuple[OfficerId, ...] = ()
    in_force_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def template(self) -> Template:
        return Template(f"{self.id}@{self.version}", self.scope.language, self.title, self.text)


@dataclass(frozen=True)
class TemplateDrafted(Fact):
    """Somebody wrote words. `text_sha256` is the digest of title and text in canonical JSON."""

    type: ClassVar[str] = "template.drafted"

    owner: TemplateId
    agency_id: AgencyId
    code: str
    language: Language
    channel: str | None
    version: int
    text_sha256: str
    by: OfficerId


@dataclass(frozen=True)
class TemplateApproved(Fact):
    """A person of the legal office approved the words of this digest. After the second they are in force."""

    type: ClassVar[str] = "template.approved"

    owner: TemplateId
    agency_id: AgencyId
    text_sha256: str
    by: OfficerId
    is_in_force: bool


@dataclass(frozen=True)
class TemplateWithdrawn(Fact):
    """The words are used no longer, from now on."""

    type: ClassVar[str] = "template.withdrawn"

    owner: TemplateId
    agency_id: AgencyId
    by: OfficerId


TemplateFact = TemplateApproved | TemplateWithdrawn


def draft(
    template_id: TemplateId,
    scope: Scope,
    *,
    agency_id: AgencyId,
    version: int,
    title: str,
    text: str,
    official_domain: str,
    by: OfficerId,
) -> TemplateDrafted:
    """Take words that the legal office shall approve. They already obey the rules of their class (NJ 15).

    A class that serves process keeps the words that ship: its document says what the law demands, and the message
    beside it nothing of its own.
    """
    of = class_of(scope.code)
    require_variables(of.code, text, of.needs)
    most = MESSAGE_LENGTH if scope.language is Language.ZH else SUPPLEMENT_LENGTH
    require_permitted_content(of.code, text, official_domain=official_domain, most=most)
    require_permitted_content("title", title, official_domain=official_domain)
    if scope.language is not Language.ZH:
        require_supplement(text)
    _require_used(scope)
    return TemplateDrafted(
        template_id, agency_id, of.code, scope.language, scope.channel, version, digest(title, text), by
    )


def _require_used(scope: Scope) -> None:
    """One text goes out on every channel. Words that two persons approve and nobody reads would deceive the legal
    office about what the parties are told."""
    if scope.channel is not None:
        raise Refusal(Kind.CONFLICT, "NOTI_TEMPLATE_UNUSED", {"channel": scope.channel})


def approve(template: CityTemplate, *, by: OfficerId) -> TemplateApproved:
    """A person of the legal office approves; the second one puts the words in force.

    Not its author, and nobody twice: one person alone could otherwise speak for the agency to everybody.
    """
    _require(template, State.DRAFT)
    if by == template.drafted_by or by in template.approved_by:
        raise Refusal(Kind.CONFLICT, "NOTI_TEMPLATE_SECOND_PERSON", {"template": template.id})
    text_sha256 = digest(template.title, template.text)
    is_last = len(template.approved_by) + 1 == APPROVALS
    return TemplateApproved(template.id, template.agency_id, text_sha256, by, is_last)


def withdraw(template: CityTemplate, *, by: OfficerId) -> TemplateWithdrawn:
    """Use the words no longer. The version before it, or the words that ship, take their place."""
    _require(template, State.DRAFT, State.IN_FORCE)
    return TemplateWithdrawn(template.id, template.agency_id, by)


def begun(fact: TemplateDrafted, *, title: str, text: str, at: datetime) -> CityTemplate:
    """The template that `fact`, recorded at `at`, begins."""
    scope = Scope(fact.code, fact.language, fact.channel)
    return CityTemplate(
        fact.owner, fact.agency_id, scope, fact.version, title, text, State.DRAFT, fact.by, at
    )


def after(template: CityTemplate, fact: TemplateFact, *, at: datetime) -> CityTemplate:
    """The template as `fact`, recorded at `at`, leaves it."""
    match fact:
        case TemplateApproved():
            approved = replace(template, approved_by=(*template.approved_by, fact.by))
            return replace(approved, state=State.IN_FORCE, in_force_at=at) if fact.is_in_force else approved
        case TemplateWithdrawn():
            return replace(template, state=State.WITHDRAWN, withdrawn_at=at)
        case _:
            assert_never(fact)


def digest(title: str, text: str) -> str:
    """SHA-256 of title and text in canonical JSON, lowercase hex."""
    return hashlib.sha256(canonical([title, text])).hexdigest()


def _require(template: CityTemplate, *states: State) -> None:
    if template.state not in states:
        raise Refusal(
            Kind.CONFLICT, "NOTI_TEMPLATE_STATE", {"template": template.id, "state": template.state}
        )
