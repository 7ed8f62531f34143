"""Clients: the credentials with which a person asks for access tokens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from common.values.facts import Fact
from common.values.ids import Id


class ClientId(Id, prefix="cli", noun="client"): ...


@dataclass(frozen=True)
class Client:
    """The client of one subject. `sub` is `officer:off_…` or `party:pty_…`.

    `epoch` counts revocations: a token of an earlier epoch is refused.
    """

    id: ClientId
    sub: str
    secret_hash: bytes
    epoch: int = 0
    active: bool = True


@dataclass(frozen=True)
class ClientEnrolled(Fact):
    type: ClassVar[str] = "client.enrolled"
    owner: ClientId
    sub: str


@dataclass(frozen=True)
class ClientRevoked(Fact):
    type: ClassVar[str] = "client.revoked"
    owner: ClientId
    epoch: int


@dataclass(frozen=True)
class ClientSecret:
    """Of `ClientEnrolled`: the SHA-256 of the secret that the client got once."""

    hash: bytes


def enrol(client: Client) -> ClientEnrolled:
    """One client for one person: a shared account could not say who acted (APL 47)."""
    return ClientEnrolled(client.id, client.sub)


def begun(fact: ClientEnrolled, texts: ClientSecret) -> Client:
    """The client that `fact` enrols."""
    return Client(fact.owner, fact.sub, texts.hash)


def revoke(client: Client) -> ClientRevoked:
    """End every token of this client so far; a new one needs the secret again."""
    return ClientRevoked(client.id, client.epoch + 1)


def after(client: Client, fact: ClientRevoked) -> Client:
    """The client as `fact` leaves it."""
    return replace(client, epoch=fact.epoch)
