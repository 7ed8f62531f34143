"""Officers and the roles that they hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final, assert_never

from common.values.clock import BEIJING
from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, OfficerId
from common.values.law import APL_42, MLPS_ACCESS


class Role(StrEnum):
    """The roles that can be assigned. PARTY and PARTNER follow from the kind of a person and are never assigned."""

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
    DATA_SHARING_OFFICER = "DATA_SHARING_OFFICER"
    DOMAIN_RULE_ADMIN = "DOMAIN_RULE_ADMIN"
    SUPERVISOR = "SUPERVISOR"
    SYSTEM_ADMIN = "SYSTEM_ADMIN"
    SECURITY_ADMIN = "SECURITY_ADMIN"
    AUDIT_ADMIN = "AUDIT_ADMIN"


ADMINISTRATORS: Final = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
ENFORCERS: Final = frozenset(
    {Role.EVIDENCE_REVIEWER, Role.CASE_OFFICER, Role.TEAM_LEAD, Role.SERVICE_OFFICER}
)
"""Roles whose acts are acts of enforcement, which only a certified officer may do (APL 42)."""

OFFICER_LEVEL: Final = 3


@dataclass(frozen=True)
class Officer:
    """An officer of one agency. The certificate is the licence to enforce the law; it has a last day."""

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
class OfficerAppointed(Fact):
    type: ClassVar[str] = "officer.appointed"
    owner: OfficerId
    agency_id: AgencyId
    level: int
    certificate_until: date | None

    @property
    def subject(self) -> str:
        return self.agency_id.stream


@dataclass(frozen=True)
class RoleAssigned(Fact):
    type: ClassVar[str] = "role.assigned"
    owner: OfficerId
    role: Role


@dataclass(frozen=True)
class RoleRevoked(Fact):
    type: ClassVar[str] = "role.revoked"
    owner: OfficerId
    role: Role


@dataclass(frozen=True)
class OfficerDisabled(Fact):
    """Nobody signs in as this officer any more. What the officer did stands, and stays the officer's."""

    type: ClassVar[str] = "officer.disabled"
    owner: OfficerId


@dataclass(frozen=True)
class OfficerTexts:
    """Of `OfficerAppointed`."""

    name: str
    title: str
    certificate: str | None


def appoint(officer: Officer, *, at: datetime) -> OfficerAppointed:
    """A certificate is optional here, but if there is one, it is valid on the day of appointment (APL 42)."""
    if officer.certificate_until is not None and officer.certificate_until < at.astimezone(BEIJING).date():
        raise _not_certified(officer)
    return OfficerAppointed(officer.id, officer.agency_id, officer.level, officer.certificate_until)


def begun(fact: OfficerAppointed, texts: OfficerTexts) -> Officer:
    """The officer that `fact` appoints, without a role yet."""
    return Officer(
        fact.owner,
        fact.agency_id,
        texts.name,
        texts.title,
        fact.level,
        texts.certificate,
        fact.certificate_until,
    )


def assign(officer: Officer, role: Role, *, at: datetime) -> RoleAssigned:
    """Give `officer` one more role.

    The person who runs the system, the person who grants in it and the person who audits both are three people, and
    none of them takes part in cases (三员分立): otherwise one person could act, permit the act and clear it away.
    An act of enforcement needs a certificate in force, so the roles for it need one too (APL 42).
    """
    roles = officer.roles
    if role in roles:
        raise Refusal(Kind.CONFLICT, "ROLE_ALREADY_ASSIGNED", {"officer": officer.id, "role": role})
    others = roles if role in ADMINISTRATORS else roles & ADMINISTRATORS
    if others:
        names = ", ".join(sorted(others))
        raise Refusal(
            Kind.CONFLICT,
            "ROLE_CONFLICT",
            {"officer": officer.id, "names": names, "role": role},
            wording="role",
            article=MLPS_ACCESS,
        )
    until = officer.certificate_until
    if role in ENFORCERS and (until is None or until < at.astimezone(BEIJING).date()):
        raise _not_certified(officer)
    return RoleAssigned(officer.id, role)


def revoke(officer: Officer, role: Role) -> RoleRevoked:
    """Take a role from `officer`: from the next request on nothing is permitted by it (GB/T 22239 8.1.4.2)."""
    if role not in officer.roles:
        raise Refusal(Kind.CONFLICT, "ROLE_NOT_ASSIGNED", {"officer": officer.id, "role": role})
    return RoleRevoked(officer.id, role)


def disable(officer: Officer) -> OfficerDisabled:
    """Let nobody act as `officer` any more: one who left must not keep an account (GB/T 22239 8.1.4.2)."""
    if not officer.active:
        raise Refusal(Kind.CONFLICT, "OFFICER_DISABLED", {"officer": officer.id})
    return OfficerDisabled(officer.id)


def after(officer: Officer, fact: RoleAssigned | RoleRevoked | OfficerDisabled) -> Officer:
    """The officer as `fact` leaves it."""
    match fact:
        case RoleAssigned():
            return replace(officer, roles=officer.roles | {fact.role})
        case RoleRevoked():
            return replace(officer, roles=officer.roles - {fact.role})
        case OfficerDisabled():
            return replace(officer, active=False)
        case _:
            assert_never(fact)


def _not_certified(officer: Officer) -> Refusal:
    return Refusal(Kind.CONFLICT, "OFFICER_NOT_CERTIFIED", {"officer": officer.id}, article=APL_42)
