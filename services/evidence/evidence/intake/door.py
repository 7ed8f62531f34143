"""Who is speaking at the GA/T 1400 door: from headers and address to an account and a session (§A.3, §A.4)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any, cast

from fastapi import Request

from common.door.uow import operational
from common.policy import Actor, Mandate
from common.values.errors import Kind, Refusal
from evidence.domain.capture import Flag
from evidence.intake import answers, digest, gat1400, session
from evidence.intake.accounts import Account, Accounts
from evidence.intake.images import Decoder
from evidence.intake.session import Session
from evidence.runtime import EvidenceRuntime

log = logging.getLogger(__name__)

REALM = "viid.local"
DEVICE_LEVEL = 3


@dataclass(frozen=True)
class Intake:
    """What the door holds besides the runtime; `app.py` puts it on the app."""

    accounts: Accounts
    decoder: Decoder = field(default_factory=Decoder)


def intake_of(request: Request) -> Intake:
    """What `app.py` put on the app."""
    return cast(Intake, request.app.state.intake)


def device_actor(account: Account, speaking: Session, address: str | None) -> Actor:
    """The device behind a session, for the policy and the record."""
    return Actor(
        sub=f"device:{account.devices[speaking.device_code]}",
        kind="device",
        agency_id=account.agency_id,
        level=DEVICE_LEVEL,
        visible=frozenset({account.agency_id}),
        address=address,
    )


async def prove(request: Request, runtime: EvidenceRuntime, mandate: Mandate) -> Account:
    """The account whose password the Digest answer proves. Refusal: the challenge, or LIMITED while it is locked.

    A wrong answer is counted; a nonce that merely grew old is not, or a slow camera would lock itself out.
    """
    given = digest.parse(request.headers.get("authorization"))
    if given is None:
        raise challenged()
    address, now = mandate.actor.address or "-", runtime.clock()
    account = await intake_of(request).accounts.find(given.username)
    async with operational(runtime.db) as conn:
        if await session.is_locked(conn, given.username, address, now=now):
            raise Refusal(Kind.LIMITED, "VIID_ACCOUNT_LOCKED", "Too many wrong answers; wait five minutes.")
        # An unknown account is computed like a known one: how long it takes tells nothing.
        ha1 = account.ha1 if account and account.realm == given.realm == REALM else "0" * 32
        right = digest.verifies(given, ha1=ha1, method=request.method, path=request.url.path)
        replayed = await session.was_used(conn, given.nonce)
        fresh = await session.use_nonce(conn, given.nonce, now=now)
        if not right or replayed:
            await session.note_failure(conn, given.username, address, now=now)
    if account is None or not right or not fresh:
        log.warning("couldn't admit an account at %s: %s", address, "nonce" if right else "answer")
        raise challenged()
    return account


async def begin(
    request: Request, runtime: EvidenceRuntime, mandate: Mandate, account: Account, *, envelope: str
) -> Session:
    """A session for the device that the request names; the account's only device where it names none."""
    identify = request.headers.get("user-identify")
    body = await request.body()
    named = gat1400.device_id((await parsed(body))[0], envelope) if body.strip() else None
    only = next(iter(account.devices)) if len(account.devices) == 1 else None
    code = named or identify or only
    if named is None and identify not in account.devices:
        code = only
    if code is None or code not in account.devices:
        log.warning("couldn't admit a device at %s: it is not on its account's list", mandate.actor.address)
        raise Refusal(Kind.FORBIDDEN, "VIID_DEVICE_NOT_LISTED", "This device is not on the account's list.")
    begun = Session(account.name, code, mandate.actor.address or "-", identify)
    async with operational(runtime.db) as conn:
        await session.begin(conn, begun, user_agent=request.headers.get("user-agent"), now=runtime.clock())
    return begun


async def speaking_of(
    request: Request, runtime: EvidenceRuntime, mandate: Mandate, *, envelope: str
) -> Session:
    """The session of this request: by its Digest answer where it carries one, else by header and address."""
    if request.headers.get("authorization"):
        account = await prove(request, runtime, mandate)
        return await begin(request, runtime, mandate, account, envelope=envelope)
    body = await request.body()
    if request.method == "POST" and not body.strip():
        # curl sends an empty body first and waits for the challenge; an empty push says nothing anyway.
        raise challenged()
    address, now = mandate.actor.address or "-", runtime.clock()
    async with operational(runtime.db) as conn:
        live = await session.live(
            conn, address=address, identify=request.headers.get("user-identify"), now=now
        )
        if len({s.device_code for s in live}) > 1:
            named = await _named(body, envelope)
            live = [s for s in live if s.device_code == named]
        if not live:
            raise challenged()
        # One device under two accounts is a rotation of passwords: the session seen last is the one that speaks.
        await session.renew(conn, live[0], now=now)
    return live[0]


async def _named(body: bytes, envelope: str) -> str | None:
    """The device that the body names, for a camera that shares its address and sends no User-Identify."""
    document, _ = await parsed(body)
    if envelope != "MotorVehicleListObject":
        return gat1400.device_id(document, envelope)
    try:
        objects, _ = gat1400.vehicles(document)
    except gat1400.Unreadable as error:
        raise Refusal(Kind.MALFORMED, "VIID_NO_ENVELOPE", str(error)) from None
    first = gat1400.parse(objects[0]) if objects else None
    return first.device_code if isinstance(first, gat1400.Item) else None


async def account_of(request: Request, name: str) -> Account:
    """The account behind a session. One that was revoked meanwhile is challenged."""
    account = await intake_of(request).accounts.find(name)
    if account is None:
        raise challenged()
    return account


def challenged() -> Refusal:
    """The refusal that becomes 401 with a fresh challenge."""
    return Refusal(Kind.UNAUTHENTICATED, answers.DIGEST_REQUIRED, "Register with HTTP Digest.")


async def parsed(body: bytes) -> tuple[Any, frozenset[Flag]]:
    """`body` as JSON, read in a thread because it may be large. Refusal MALFORMED."""
    try:
        return await asyncio.to_thread(gat1400.read_json, body)
    except gat1400.Unreadable as error:
        raise Refusal(Kind.MALFORMED, "VIID_NOT_JSON", str(error)) from None
