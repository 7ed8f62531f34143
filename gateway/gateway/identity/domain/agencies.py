"""Agencies: a tree with one root."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId


@dataclass(frozen=True)
class Agency:
    """An agency; `parent_id` is the one above it, `divisions` are the areas that it is competent for."""

    id: AgencyId
    parent_id: AgencyId | None
    name: str
    divisions: tuple[str, ...]


@dataclass(frozen=True)
class AgencyEstablished(Fact):
    type: ClassVar[str] = "agency.established"
    owner: AgencyId
    parent_id: AgencyId | None
    divisions: tuple[str, ...]


@dataclass(frozen=True)
class AgencyTexts:
    """Of `AgencyEstablished`."""

    name: str


def establish(agency: Agency, *, agencies: Mapping[AgencyId, Agency]) -> AgencyEstablished:
    """Place an agency under one that exists; only the first has none above it (APL 22).

    There is one root, because an officer sees the subtree of an agency: with two roots no supervisor sees everything.
    """
    if agency.parent_id is None and any(other.parent_id is None for other in agencies.values()):
        raise Refusal(Kind.CONFLICT, "AGENCY_ROOT_EXISTS")
    if agency.parent_id is not None and agency.parent_id not in agencies:
        raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", {"id": agency.parent_id})
    return AgencyEstablished(agency.id, agency.parent_id, agency.divisions)


def begun(fact: AgencyEstablished, texts: AgencyTexts) -> Agency:
    """The agency that `fact` establishes."""
    return Agency(fact.owner, fact.parent_id, texts.name, fact.divisions)


def subtree(root: AgencyId, agencies: Iterable[Agency]) -> frozenset[AgencyId]:
    """`root` and every agency below it: the agencies whose objects its officers may see (NJ 17)."""
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
