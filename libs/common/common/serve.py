"""From settings to a running service: what `python -m <service> serve` and the all-in-one share."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp, Message

from common.blobs import BlobStore
from common.clock import OffsetClock, real_time
from common.crypto import RecordSigner
from common.datafiles import load_calendar, load_profile
from common.http import Peers
from common.runtime import Runtime
from common.settings import RECORD_KEY, TOKEN_KEY, Settings, record_key_name
from common.tokens import InternalVerifier, KeyRing, TokenKey
from common.uow import Database


def build_runtime(service: str, settings: Settings, *, background: bool = True, pool: int = 5) -> Runtime:
    """The surroundings of `service`. Opens no connection; raises ValueError or OSError for an unusable key file."""
    profile = load_profile(settings.profile)
    clock = OffsetClock(settings.clock) if settings.clock else real_time
    signer = RecordSigner.load(record_key_name(service, profile.city_domain), settings.keys / RECORD_KEY)
    return Runtime(
        service=service,
        settings=settings,
        db=Database.connect(settings.database_url, service=service, signer=signer, clock=clock, pool=pool),
        relay_url=settings.relay_url,
        clock=clock,
        # Token lifetimes are in real time: a demo clock that jumps a month must not end every session.
        verifier=InternalVerifier(KeyRing(settings.ring), audience=service),
        peers=Peers(service, TokenKey.load(settings.keys / TOKEN_KEY), settings.peer_urls()),
        profile=profile,
        calendar=load_calendar(),
        blobs=BlobStore(settings.blobs) if settings.blobs else None,
        backup=BlobStore(settings.backup) if settings.backup else None,
        background=background,
    )


def main(service: str, create: Callable[[Runtime], ASGIApp], settings: type[Settings] = Settings) -> None:
    """`python -m <service> serve | migrate`, from the environment alone."""
    command = sys.argv[1:] or ["serve"]
    if command == ["migrate"]:
        url = os.environ.get("MINGZHENG_OWNER_URL")
        if not url:
            raise SystemExit(
                "couldn't migrate: MINGZHENG_OWNER_URL names the database as its owner own_<database>"
            )
        # Alembic takes longer to import than a service to start, and only this command needs it.
        from common.migrate import upgrade

        asyncio.run(upgrade(url, service.replace("-", "_")))
        return
    if command != ["serve"]:
        raise SystemExit(f"python -m {service.replace('-', '_')} serve | migrate")
    chosen = settings.read(os.environ, service)
    run(create(build_runtime(service, chosen)), host=chosen.host, port=chosen.port)


@asynccontextmanager
async def alive(app: ASGIApp) -> AsyncIterator[None]:
    """The lifespan of `app`: started on entry, ended on exit. Raises RuntimeError if it does not start."""
    said: asyncio.Queue[Message] = asyncio.Queue()
    told: asyncio.Queue[Message] = asyncio.Queue()
    life = asyncio.ensure_future(app({"type": "lifespan", "asgi": {"version": "3.0"}}, told.get, said.put))
    await told.put({"type": "lifespan.startup"})
    answer = await _first(said, life)
    if answer["type"] != "lifespan.startup.complete":
        raise RuntimeError(f"couldn't start: {answer.get('message', '')}")
    try:
        yield
    finally:
        await told.put({"type": "lifespan.shutdown"})
        await life


async def _first(said: asyncio.Queue[Message], life: asyncio.Future[None]) -> Message:
    """What the app says first. If it dies without a word, its own exception."""
    word = asyncio.ensure_future(said.get())
    either: set[asyncio.Future[Any]] = {word, life}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if not word.done():
        word.cancel()
        life.result()
        raise RuntimeError("couldn't start: the app has no lifespan")
    if life.done():
        life.exception()
    return word.result()


def run(app: Any, *, host: str, port: int) -> None:
    """Serve `app` until it is told to stop; requests under way are answered first."""
    uvicorn.run(app, host=host, port=port, **SERVER)


SERVER: Final[dict[str, Any]] = {
    "loop": "uvloop",
    # One parser everywhere: two that disagree about a request are how requests are smuggled (spec/security.md §0-6).
    "http": "httptools",
    "lifespan": "on",
    # The gateway is the edge: nobody in front of it is believed about the caller's address.
    "proxy_headers": False,
    "server_header": False,
    "date_header": True,
    "access_log": False,
    "log_level": "warning",
    "timeout_graceful_shutdown": 10,
}
