"""The person behind a request, as the gateway describes it to the services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from common.values.ids import AgencyId
from gateway.identity.domain.agencies import Agency, subtree
from gateway.identity.domain.clients import Client
from gateway.identity.domain.officers import Officer
from gateway.identity.domain.outsiders import Outsider

PARTY_LEVEL: Final = 1
"""A party sees its own data at every level. This is the highest level of other data that it sees."""


@dataclass(frozen=True)
class Person:
    """The facts about a person that a service needs, and no others."""

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
    bound: Mapping[str, str] = field(
        default_factory=dict
    )  # what the token of a partner's system is limited to

    @property
    def kind(self) -> str:
        return self.sub.partition(":")[0]


@dataclass(frozen=True)
class Directory:
    """All people and clients at one instant: people by `sub`, clients by id."""

    people: dict[str, Person] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)

    def can_sign_in(self, sub: str, *, is_issuer: bool) -> bool:
        """Whether `sub` is somebody here who can get a token: where we issue it, by a client that is active.

        Another issuer keeps its own accounts; who is entered here has one there.
        """
        return sub in self.people and (
            not is_issuer or any(client.sub == sub for client in self.clients.values())
        )


def person_of_officer(officer: Officer, agencies: Mapping[AgencyId, Agency]) -> Person:
    """The officer as the services know it."""
    return Person(
        sub=f"officer:{officer.id}",
        name=officer.name,
        title=officer.title,
        roles=frozenset(officer.roles),
        level=officer.level,
        agency_id=officer.agency_id,
        agency_name=agencies[officer.agency_id].name,
        visible=subtree(officer.agency_id, agencies.values()),
        certificate=officer.certificate,
        certificate_until=officer.certificate_until,
    )


def person_of_outsider(outsider: Outsider) -> Person:
    """The party as the services know it."""
    return Person(f"party:{outsider.id}", outsider.name, "当事人", frozenset({"PARTY"}), PARTY_LEVEL)


def party_by_code(sub: str) -> Person:
    """The party whom a query code let in: a party of a case, whose name nobody checked here."""
    return Person(sub, "", "当事人", frozenset({"PARTY"}), PARTY_LEVEL)
