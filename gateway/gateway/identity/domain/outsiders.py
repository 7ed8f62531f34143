"""Parties: they belong to no agency. The systems of partners are applications of the exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from common.values.facts import Fact
from common.values.ids import PartyId


@dataclass(frozen=True)
class Outsider:
    """A party."""

    id: PartyId
    name: str


@dataclass(frozen=True)
class PartyRegistered(Fact):
    type: ClassVar[str] = "party.registered"
    owner: PartyId


@dataclass(frozen=True)
class OutsiderTexts:
    """Of `PartyRegistered`."""

    name: str


def register(outsider: Outsider) -> PartyRegistered:
    """Register a party so that it can be informed and heard and see its case (APL 44, 45)."""
    return PartyRegistered(outsider.id)


def begun(fact: PartyRegistered, texts: OutsiderTexts) -> Outsider:
    """The party that `fact` registers."""
    return Outsider(fact.owner, texts.name)
