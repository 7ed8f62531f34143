"""Push accounts, as the registry keeps them, by name and by TLS certificate, remembered for at most a minute.

An account that is revoked stops within that minute; an account that does not exist is remembered too, so
that guessing names does not become a load on the registry.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from time import monotonic
from typing import Final

from common.calls.http import Peers
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, DeviceId
from device_registry.contract import DeviceRegistry

REMEMBERED_S: Final = 60.0
_MOST: Final = 10_000
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Account:
    """A push account: realm and HA1 (hex) of its password, the devices it may speak for by code, their agency.

    `host_code` names a platform, recorder or terminal host, which is no device itself; None for a camera. `sessions`
    lets a push rest on the proof of an earlier Register, `digest` a capture on the password alone. `media_hosts` are
    the hosts (`address[:port]`) from which pictures are fetched that a push names by URL, `signing` the codes of the
    devices that sign their captures.
    """

    name: str
    realm: str
    ha1: str
    devices: dict[str, DeviceId]
    agency_id: AgencyId
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


class Accounts:
    """Asks the registry at most once a minute for each account."""

    def __init__(self, peers: Peers) -> None:
        self._registry = DeviceRegistry(peers)
        self._known: OrderedDict[str, tuple[float, Account | None]] = OrderedDict()
        self._addressed: OrderedDict[str, tuple[float, tuple[str, tuple[str, ...]] | None]] = OrderedDict()
        self._certified: OrderedDict[str, tuple[float, tuple[Certified, ...]]] = OrderedDict()

    async def find(self, name: str) -> Account | None:
        """The account, or None if there is none. Raises Refusal UNAVAILABLE when the registry does not answer."""
        if not NAME.fullmatch(name):
            # The name becomes part of a path at the registry.
            return None
        at, account = self._known.get(name, (float("-inf"), None))
        if monotonic() - at < REMEMBERED_S:
            return account
        account = await self._ask(name)
        self._known[name] = (monotonic(), account)
        self._known.move_to_end(name)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return account

    async def find_certified(self, sha256: str, *, now: datetime) -> Account | None:
        """The account that a TLS certificate is, by the SHA-256 of its DER in hex, if it is valid `now`.

        The newest account that it was bound to; None if there is none. Raises Refusal UNAVAILABLE.
        """
        at, bound = self._certified.get(sha256, (float("-inf"), ()))
        if monotonic() - at >= REMEMBERED_S:
            listed = (await self._registry.client_certificate(sha256)).items
            bound = tuple(Certified(c.account, c.valid_from, c.valid_until) for c in listed)
            self._certified[sha256] = (monotonic(), bound)
            self._certified.move_to_end(sha256)
            while len(self._certified) > _MOST:
                self._certified.popitem(last=False)
        for each in bound:
            if each.valid_from <= now < each.valid_until:
                return await self.find(each.account)
        return None

    async def find_addressed(self, token: str, *, address: str) -> Account | None:
        """The account behind a secret address, asked from one of its networks; None for anything else."""
        digest = hashlib.sha256(token.encode()).hexdigest()
        at, known = self._addressed.get(digest, (float("-inf"), None))
        if monotonic() - at >= REMEMBERED_S:
            known = await self._ask_addressed(digest)
            self._addressed[digest] = (monotonic(), known)
            self._addressed.move_to_end(digest)
            while len(self._addressed) > _MOST:
                self._addressed.popitem(last=False)
        if known is None or not _is_within(address, known[1]):
            return None
        return await self.find(known[0])

    async def _ask_addressed(self, digest: str) -> tuple[str, tuple[str, ...]] | None:
        try:
            found = await self._registry.secret_address(digest)
        except Refusal as refusal:
            if refusal.kind in (Kind.UNAVAILABLE, Kind.UNAUTHENTICATED):
                raise
            return None
        return found.account, tuple(found.addresses)

    def forget(self) -> None:
        """Ask the registry again about every account."""
        self._known.clear()
        self._certified.clear()
        self._addressed.clear()

    async def _ask(self, name: str) -> Account | None:
        try:
            issued = await self._registry.push_account(name)
        except Refusal as refusal:
            if refusal.kind in (Kind.UNAVAILABLE, Kind.UNAUTHENTICATED):
                raise
            return None
        return Account(
            name,
            issued.realm,
            issued.ha1,
            dict(issued.devices),
            issued.agency_id,
            issued.host_code,
            issued.sessions,
            issued.digest,
            media_hosts=tuple(issued.media_hosts),
            signing=frozenset(issued.signing),
        )


def _is_within(address: str, networks: tuple[str, ...]) -> bool:
    try:
        client = ip_address(address)
    except ValueError:
        return False
    return any(client in ip_network(network) for network in networks)
