"""`python -m <service> check`: whether a process with this environment could do its work, before one is started.

Settings, keys and files were read before. What is left is outside: databases, their schema, the other services. A peer
that does not answer is told and is no fault, because services may start in any order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg
import httpx

from common.door.address import plain, said_by
from common.web.settings import RelaySettings, Settings, is_address, prefix_of

_WITHIN_S: Final = 5.0
_SCHEMA: Final = "SELECT to_regclass('public.outbox') IS NOT NULL"


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    subject: str
    text: str
    is_fault: bool = False

    @property
    def line(self) -> str:
        return f"{'✗' if self.is_fault else '·'} {self.subject}: {self.text}"


async def look(service: str, settings: RelaySettings) -> list[Finding]:
    """What stands in the way of a process of `service` with these settings."""
    prefix = prefix_of(service)
    addresses = [name for name, field in type(settings).model_fields.items() if is_address(field)]
    peers = settings.peer_urls(service)
    async with httpx.AsyncClient(trust_env=False, timeout=_WITHIN_S) as http:
        found: Sequence[Finding] = await asyncio.gather(
            *(_database(prefix + name.upper(), getattr(settings, name)) for name in addresses),
            *(_peer(http, name, url) for name, url in peers.items()),
            *([_places(settings)] if isinstance(settings, Settings) else []),
        )
    return [Finding(service, "设置与密钥可用 (settings and keys can be used)"), *found]


async def _database(variable: str, url: str) -> Finding:
    try:
        conn = await asyncpg.connect(plain(url), timeout=_WITHIN_S)
        try:
            is_migrated = await conn.fetchval(_SCHEMA)
        finally:
            await conn.close()
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return Finding(variable, f"连接不上 (couldn't connect): {said_by(error)}", is_fault=True)
    if not is_migrated:
        return Finding(variable, "尚未迁移,请先 migrate (run `migrate` first)", is_fault=True)
    return Finding(variable, "连接正常 (answers)")


async def _places(settings: Settings) -> Finding:
    try:
        await asyncio.to_thread(settings.prove_places)
    except (OSError, ValueError) as error:
        return Finding("BLOBS", f"文件存放不可用 (files cannot be kept): {error}", is_fault=True)
    return Finding("BLOBS", "文件存放可用 (files can be kept)")


async def _peer(http: httpx.AsyncClient, name: str, url: str) -> Finding:
    try:
        answer = await http.get(f"{url}/livez")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Finding(f"{name} {url}", f"现无应答 (does not answer now): {type(error).__name__}")
    return Finding(
        f"{name} {url}", "应答正常 (answers)" if answer.is_success else f"HTTP {answer.status_code}"
    )
