"""Parties and partner systems: they belong to no agency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from common.values.facts import Fact
from common.values.ids import PartnerId, PartyId


@dataclass(frozen=True)
class Outsider:
    """A party or a partner system; the id says which."""

    id: PartyId | PartnerId
    name: str


@dataclass(frozen=True)
class PartyRegistered(Fact):
    type: ClassVar[str] = "party.registered"
    owner: PartyId


@dataclass(frozen=True)
class PartnerRegistered(Fact):
    type: ClassVar[str] = "partner.registered"
    owner: PartnerId


OutsiderFact = PartyRegistered | PartnerRegistered


@dataclass(frozen=True)
class OutsiderTexts:
    """Of `PartyRegistered` and `PartnerRegistered`."""

    name: str


def register(outsider: Outsider) -> OutsiderFact:
    """Register a party so that it can be informed and heard and see its case (APL 44, 45), or a partner system."""
    if isinstance(outsider.id, PartyId):
        return PartyRegistered(outsider.id)
    return PartnerRegistered(outsider.id)


def begun(fact: OutsiderFact, texts: OutsiderTexts) -> Outsider:
    """The party or partner that `fact` registers."""
    return Outsider(fact.owner, texts.name)
