"""Who may hold which office. Each rule returns the fact that follows, or raises Refusal; time is an argument.

agency --establish--> officer --appoint--> role --assign--> client --enrol--> (access tokens)
                      party, partner ------------------------^          ^--revoke: tokens so far are dead
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from common.values.clock import BEIJING
from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, Id, OfficerId, PartnerId, PartyId
from common.values.law import APL_42, MLPS_ACCESS


class ClientId(Id, prefix="cli", noun="client"): ...


class Role(StrEnum):
    """The roles of spec/law/09 §9.1 that can be assigned. PARTY and PARTNER are what a person is, never assigned."""

    DEVICE_ADMIN = "DEVICE_ADMIN"
    DEVICE_LEGAL_REVIEWER = "DEVICE_LEGAL_REVIEWER"
    DEVICE_TECH_REVIEWER = "DEVICE_TECH_REVIEWER"
    DEVICE_OPERATOR = "DEVICE_OPERATOR"
    EVIDENCE_REVIEWER = "EVIDENCE_REVIEWER"
    CASE_OFFICER = "CASE_OFFICER"
    TEAM_LEAD = "TEAM_LEAD"
    CASE_LEGAL_REVIEWER = "CASE_LEGAL_REVIEWER"
    HEARING_CHAIR = "HEARING_CHAIR"
    AGENCY_HEAD = "AGENCY_HEAD"
    SERVICE_OFFICER = "SERVICE_OFFICER"
    FINANCE_CLERK = "FINANCE_CLERK"
    ARCHIVIST = "ARCHIVIST"
    EXCHANGE_OFFICER = "EXCHANGE_OFFICER"
    DOMAIN_RULE_ADMIN = "DOMAIN_RULE_ADMIN"
    SUPERVISOR = "SUPERVISOR"
    SYSTEM_ADMIN = "SYSTEM_ADMIN"
    SECURITY_ADMIN = "SECURITY_ADMIN"
    AUDIT_ADMIN = "AUDIT_ADMIN"


ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
ENFORCERS = frozenset({Role.EVIDENCE_REVIEWER, Role.CASE_OFFICER, Role.TEAM_LEAD, Role.SERVICE_OFFICER})
"""Roles whose acts are acts of enforcement, which only a certified officer may do."""

OFFICER_LEVEL = 3
PARTNER_LEVEL = 2
PARTY_LEVEL = 1
"""What a party may see beyond this concerns the party itself, whatever its level (spec/law/09 §9.2)."""


@dataclass(frozen=True)
class Agency:
    id: AgencyId
    parent_id: AgencyId | None
    name: str
    divisions: tuple[str, ...]


@dataclass(frozen=True)
class Officer:
    id: OfficerId
    agency_id: AgencyId
    name: str
    title: str
    level: int
    certificate: str | None
    certificate_until: date | None
    active: bool = True
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True)
class Outsider:
    """A party, or a partner system: somebody who belongs to no agency."""

    id: PartyId | PartnerId
    name: str


@dataclass(frozen=True)
class Client:
    """What somebody asks for tokens with. `sub` is `officer:off_…`, `party:pty_…` or `partner:ptn_…`."""

    id: ClientId
    sub: str
    secret_hash: bytes
    epoch: int = 0
    active: bool = True


@dataclass(frozen=True)
class Person:
    """What the gateway tells a service of somebody, and nothing that it does not need."""

    sub: str
    name: str
    title: str
    roles: frozenset[str]
    level: int
    agency_id: AgencyId | None = None
    agency_name: str | None = None
    visible: frozenset[AgencyId] = frozenset()
    certificate: str | None = None
    certificate_until: date | None = None

    @property
    def kind(self) -> str:
        return self.sub.partition(":")[0]


@dataclass(frozen=True)
class AgencyEstablished(Fact):
    type: ClassVar[str] = "agency.established"
    parent_id: AgencyId | None
    divisions: tuple[str, ...]


@dataclass(frozen=True)
class OfficerAppointed(Fact):
    type: ClassVar[str] = "officer.appointed"
    agency_id: AgencyId
    level: int
    certificate_until: date | None

    @property
    def subject(self) -> str:
        return self.agency_id.stream


@dataclass(frozen=True)
class RoleAssigned(Fact):
    type: ClassVar[str] = "role.assigned"
    role: Role


@dataclass(frozen=True)
class PartyRegistered(Fact):
    type: ClassVar[str] = "party.registered"


@dataclass(frozen=True)
class PartnerRegistered(Fact):
    type: ClassVar[str] = "partner.registered"


@dataclass(frozen=True)
class ClientEnrolled(Fact):
    type: ClassVar[str] = "client.enrolled"
    sub: str


@dataclass(frozen=True)
class ClientRevoked(Fact):
    type: ClassVar[str] = "client.revoked"
    epoch: int


def establish(agency: Agency, *, agencies: Mapping[AgencyId, Agency]) -> AgencyEstablished:
    """An agency stands under one that exists; only the first has nobody above it (APL 22).

    One root, because what somebody may see is a subtree: with two roots no supervisor sees everything.
    """
    if agency.parent_id is None and any(other.parent_id is None for other in agencies.values()):
        raise Refusal(
            Kind.CONFLICT, "AGENCY_ROOT_EXISTS", "There is a root agency already; name the agency above."
        )
    if agency.parent_id is not None and agency.parent_id not in agencies:
        raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", f"There is no {agency.parent_id}.")
    return AgencyEstablished(agency.id, agency.parent_id, agency.divisions)


def appoint(officer: Officer, *, at: datetime) -> OfficerAppointed:
    """A certificate is optional here, but one that is named is valid on the day of appointment (APL 42)."""
    if officer.certificate_until is not None and officer.certificate_until < at.astimezone(BEIJING).date():
        raise _certificate(officer)
    return OfficerAppointed(officer.id, officer.agency_id, officer.level, officer.certificate_until)


def assign(officer: Officer, role: Role, *, at: datetime) -> RoleAssigned:
    """Give `officer` the role, on top of those held.

    Whoever runs the system, whoever grants in it and whoever audits both are three people, and none of
    them takes part in cases (三员分立): otherwise one person could act, permit the act and clear it away.
    An act of enforcement needs a certificate in force, so the roles for it need one too (APL 42).
    """
    held = officer.roles
    if role in held:
        raise Refusal(Kind.CONFLICT, "ROLE_ALREADY_ASSIGNED", f"Officer {officer.id} holds {role} already.")
    others = held if role in ADMINISTRATORS else held & ADMINISTRATORS
    if others:
        names = ", ".join(sorted(others))
        raise Refusal(
            Kind.CONFLICT,
            "ROLE_CONFLICT",
            f"Officer {officer.id} holds {names}; {role} goes to another person.",
            article=MLPS_ACCESS,
        )
    until = officer.certificate_until
    if role in ENFORCERS and (until is None or until < at.astimezone(BEIJING).date()):
        raise _certificate(officer)
    return RoleAssigned(officer.id, role)


def register(outsider: Outsider) -> PartyRegistered | PartnerRegistered:
    """A party is known so that it can be told, see its case and be heard (APL 44, 45); a partner, to be answered."""
    if isinstance(outsider.id, PartyId):
        return PartyRegistered(outsider.id)
    return PartnerRegistered(outsider.id)


def enrol(client: Client) -> ClientEnrolled:
    """One client for one person or partner system: a shared account could not say who acted (APL 47)."""
    return ClientEnrolled(client.id, client.sub)


def revoke(client: Client) -> ClientRevoked:
    """Every token that this client was given so far is dead; a new one needs the secret again."""
    return ClientRevoked(client.id, client.epoch + 1)


def subtree(root: AgencyId, agencies: Iterable[Agency]) -> frozenset[AgencyId]:
    """`root` and every agency below it: what its officers may see at all (NJ 17)."""
    below: dict[AgencyId | None, list[AgencyId]] = {}
    for agency in agencies:
        below.setdefault(agency.parent_id, []).append(agency.id)
    seen: set[AgencyId] = set()
    waiting = [root]
    while waiting:
        agency_id = waiting.pop()
        if agency_id not in seen:
            seen.add(agency_id)
            waiting += below.get(agency_id, [])
    return frozenset(seen)


def _certificate(officer: Officer) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "OFFICER_NOT_CERTIFIED",
        f"Officer {officer.id} holds no enforcement certificate in force on this day; a valid one is needed first.",
        article=APL_42,
    )
