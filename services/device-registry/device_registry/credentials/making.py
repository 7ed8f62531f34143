"""A new account: its name, its password, and the one answer that shows it."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from device_registry.contract import PushAccountIssued
from device_registry.domain.device import Device
from device_registry.store.accounts import Account

REALM: Final = "viid.local"
"""The realm of the answer to a GA/T 1400 registration; clients take it as it comes, some take no other."""

_LETTERS: Final = "abcdefghjkmnpqrstvwxyz23456789"


def issued_view(account: Account, device: Device, password: str | None) -> PushAccountIssued:
    """The account with its password, which nobody sees again."""
    return PushAccountIssued(
        account=account.name,
        password=password,
        realm=account.realm,
        device_id=device.id,
        device_code=device.code or "",
        host_code=account.host_code,
        sessions=account.sessions,
        digest=account.digest,
        media_hosts=list(account.media_hosts),
        valid_from=account.valid_from,
        valid_until=account.valid_until,
    )


def fresh() -> tuple[str, str]:
    """The name and the password of a new account."""
    return f"cam{_random(10)}", _random(24)


def ha1_of(account: str, password: str) -> str:
    """HA1 of RFC 2617 in hex. MD5 because devices of GA/T 1400 speak no other Digest."""
    return hashlib.md5(f"{account}:{REALM}:{password}".encode(), usedforsecurity=False).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
