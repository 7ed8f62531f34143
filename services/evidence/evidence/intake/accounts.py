"""Push accounts, as the registry keeps them, by name and by TLS certificate, remembered for at most a minute.

An account that is revoked stops within that minute; an account that does not exist is remembered too, so
that guessing names does not become a load on the registry.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Final

from common.calls.http import Peers
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, DeviceId
from device_registry.contract import DeviceRegistry
from evidence.intake.remembering import Remembered
from ledger.clock import Clock

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Account:
    """A push account: realm and HA1 (hex) of its password, the devices it may speak for by code, their agency.

    `host_code` names a platform, recorder or terminal host, which is no device itself; None for a camera. `sessions`
    lets a push rest on the proof of an earlier Register, `digest` a capture on the password alone. `media_hosts` are
    the hosts (`address[:port]`) from which pictures are fetched that a push names by URL, `signing` the codes of the
    devices that sign their captures. It speaks from `valid_from` until `valid_until`.
    """

    name: str
    realm: str
    ha1: str
    devices: dict[str, DeviceId]
    agency_id: AgencyId
    valid_from: datetime
    valid_until: datetime
    host_code: str | None = None
    sessions: bool = False
    digest: bool = False
    media_hosts: tuple[str, ...] = ()
    signing: frozenset[str] = frozenset()

    @property
    def own_code(self) -> str:
        """The code by which a client of this account is known where it names no device of the list."""
        return self.host_code or next(iter(self.devices))


@dataclass(frozen=True)
class Certified:
    """A TLS certificate that is an account, while it is valid."""

    account: str
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True)
class Addressed:
    """The account of a secret address, and the networks from which it is good."""

    account: str
    networks: tuple[str, ...]


class Accounts:
    """Asks the registry at most once a minute for each account, certificate and secret address."""

    def __init__(self, peers: Peers, *, clock: Clock) -> None:
        self._clock = clock
        self._registry = DeviceRegistry(peers)
        self._named = Remembered(self._ask)
        self._certified = Remembered(self._ask_certified)
        self._addressed = Remembered(self._ask_addressed)

    async def find(self, name: str) -> Account | None:
        """The account, or None if there is none now. Raises Refusal UNAVAILABLE when the registry does not answer.

        What is remembered names the account's window, so that it ends to the second and not a minute late.
        """
        # The name becomes part of a path at the registry.
        account = await self._named.get(name) if NAME.fullmatch(name) else None
        is_valid = account is not None and account.valid_from <= self._clock() < account.valid_until
        return account if is_valid else None

    async def find_certified(self, sha256: str, *, now: datetime) -> Account | None:
        """The account that a TLS certificate is, by the SHA-256 of its DER in hex, if it is valid `now`.

        The newest account that it was bound to; None if there is none. Raises Refusal UNAVAILABLE.
        """
        for each in await self._certified.get(sha256):
            if each.valid_from <= now < each.valid_until:
                return await self.find(each.account)
        return None

    async def find_addressed(self, token: str, *, address: str) -> Account | None:
        """The account behind a secret address, asked from one of its networks; None for anything else."""
        known = await self._addressed.get(hashlib.sha256(token.encode()).hexdigest())
        if known is None or not _is_within(address, known.networks):
            return None
        return await self.find(known.account)

    def forget(self) -> None:
        """Ask the registry again about every account."""
        for each in (self._named, self._certified, self._addressed):
            each.forget()

    async def _ask(self, name: str) -> Account | None:
        try:
            issued = await self._registry.push_account(name)
        except Refusal as refusal:
            _require_answered(refusal)
            return None
        return Account(
            name,
            issued.realm,
            issued.ha1,
            dict(issued.devices),
            issued.agency_id,
            issued.valid_from,
            issued.valid_until,
            issued.host_code,
            issued.sessions,
            issued.digest,
            media_hosts=tuple(issued.media_hosts),
            signing=frozenset(issued.signing),
        )

    async def _ask_certified(self, sha256: str) -> tuple[Certified, ...]:
        listed = (await self._registry.client_certificate(sha256)).items
        return tuple(Certified(each.account, each.valid_from, each.valid_until) for each in listed)

    async def _ask_addressed(self, digest: str) -> Addressed | None:
        try:
            known = await self._registry.secret_address(digest)
        except Refusal as refusal:
            _require_answered(refusal)
            return None
        return Addressed(known.account, tuple(known.addresses))


def _require_answered(refusal: Refusal) -> None:
    """Raises `refusal` where the registry only failed to answer; any other means that there is no such account."""
    if refusal.kind in (Kind.UNAVAILABLE, Kind.UNAUTHENTICATED):
        raise refusal


def _is_within(address: str, networks: tuple[str, ...]) -> bool:
    try:
        client = ip_address(address)
    except ValueError:
        return False
    return any(client in ip_network(network) for network in networks)
