"""Who is speaking at the door of GA/T 1400: from headers and address to an account and a session.

request ──admit──▶ Admitted (session, message) ──receive (receiving.py)──▶ one status for each object
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from fastapi import Request

from common.door.uow import operational
from common.policy import Mandate
from common.values.errors import Kind, Refusal
from evidence.intake import answers, digest, gat1400
from evidence.intake.accounts import Account, Accounts
from evidence.intake.images import Decoder
from evidence.intake.message import Message
from evidence.runtime import EvidenceRuntime
from evidence.store import sessions
from evidence.store.sessions import Session

log = logging.getLogger(__name__)

REALM: Final = "viid.local"


@dataclass(frozen=True)
class Intake:
    """What the door needs besides the runtime; `app.py` puts it on the app."""

    accounts: Accounts
    decoder: Decoder = field(default_factory=Decoder)


def intake_of(request: Request) -> Intake:
    """The intake that `app.py` put on the app."""
    intake: Intake = request.app.state.intake
    return intake


@dataclass(frozen=True)
class Admitted:
    """A request of a known device. `named` says whether it sent User-Identify; `mandate` is what its address may do."""

    session: Session
    message: Message
    mandate: Mandate
    received_at: datetime
    named: bool


async def admit(
    request: Request, runtime: EvidenceRuntime, mandate: Mandate, *, envelope: str, anew: bool = False
) -> Admitted:
    """The sender of this request: by its Digest answer where it carries one, else by its session.

    Called once for each request. `envelope` is the object of the standard that the message holds; `anew` demands a
    Digest answer. Refusal: the challenge, or FORBIDDEN for a device that is not on the list of the account.
    """
    received_at, message = runtime.clock(), Message(request)
    if anew or request.headers.get("authorization"):
        account = await _prove(request, runtime, mandate)
        session = await _begin(request, runtime, mandate, account, await _named(message, envelope))
    else:
        session = await _continue(request, runtime, mandate, message, envelope)
    named = request.headers.get("user-identify") is not None
    return Admitted(session, message, mandate, received_at, named)


async def _prove(request: Request, runtime: EvidenceRuntime, mandate: Mandate) -> Account:
    """The account whose password the Digest answer proves. Refusal: the challenge, or LIMITED while it is locked.

    A wrong answer is counted; a nonce that merely grew old is not, or a slow camera would lock itself out.
    """
    given = digest.parse(request.headers.get("authorization"))
    if given is None:
        raise challenged()
    address, now = _address(mandate), runtime.clock()
    account = await intake_of(request).accounts.find(given.username)
    async with operational(runtime.db) as conn:
        if await sessions.is_locked(conn, given.username, address, now=now):
            raise Refusal(Kind.LIMITED, "VIID_ACCOUNT_LOCKED")
        # An unknown account is computed like a known one: how long it takes tells nothing.
        ha1 = account.ha1 if account and account.realm == given.realm == REALM else "0" * 32
        right = digest.verifies(given, ha1=ha1, method=request.method, path=request.url.path)
        replayed = await sessions.was_used(conn, given.nonce)
        fresh = await sessions.use_nonce(conn, given.nonce, now=now)
        if not right or replayed:
            await sessions.add_failure(conn, given.username, address, now=now)
    if account is None or not right or not fresh:
        log.warning("couldn't admit an account at %s: %s", address, "nonce" if right else "answer")
        raise challenged()
    return account


async def _named(message: Message, envelope: str) -> str | None:
    """The device that a message with a Digest answer names at its top."""
    if not (await message.body()).strip():
        return None
    return gat1400.device_id((await message.document())[0], envelope)


async def _begin(
    request: Request, runtime: EvidenceRuntime, mandate: Mandate, account: Account, named: str | None
) -> Session:
    """A session for the device that the message names, or the header; else for the account's only device."""
    identify = request.headers.get("user-identify")
    only = next(iter(account.devices)) if len(account.devices) == 1 else None
    code = named or identify or only
    if named is None and identify not in account.devices:
        code = only
    if code is None or code not in account.devices:
        log.warning("couldn't admit a device at %s: it is not on its account's list", mandate.actor.address)
        raise Refusal(Kind.FORBIDDEN, "VIID_DEVICE_NOT_LISTED")
    session = Session(account.name, code, _address(mandate), identify)
    async with operational(runtime.db) as conn:
        await sessions.begin(conn, session, user_agent=request.headers.get("user-agent"), now=runtime.clock())
    return session


async def _continue(
    request: Request, runtime: EvidenceRuntime, mandate: Mandate, message: Message, envelope: str
) -> Session:
    """The session to which this request belongs, by its address and its header; the challenge if there is none."""
    if request.method == "POST" and not (await message.body()).strip():
        # curl sends an empty body first and waits for the challenge; an empty push says nothing anyway.
        raise challenged()
    identify, now = request.headers.get("user-identify"), runtime.clock()
    async with operational(runtime.db) as conn:
        live = await sessions.list_live(conn, address=_address(mandate), identify=identify, now=now)
        if len({session.device_code for session in live}) > 1:
            # A camera that shares its address and sends no User-Identify is known by its message alone.
            code = await message.device_code(envelope)
            live = [session for session in live if session.device_code == code]
        if not live:
            raise challenged()
        # One device under two accounts is a rotation of passwords: the session seen last is the one that speaks.
        await sessions.renew(conn, live[0], now=now)
    return live[0]


def _address(mandate: Mandate) -> str:
    return mandate.actor.address or "-"


def challenged() -> Refusal:
    """The refusal that becomes 401 with a fresh challenge."""
    return Refusal(Kind.UNAUTHENTICATED, answers.DIGEST_REQUIRED)
