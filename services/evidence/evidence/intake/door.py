"""Who is speaking at the door of GA/T 1400: from headers and address alone, before anything of a body is read.

    headers ──▶ TLS certificate ──▶ the account that it is ───┐
           ├──▶ Digest answer ──▶ the account that it proves ─┤
           └──▶ session of a relaxed account ─────────────────┴──▶ Speaker ──body──▶ Admitted ──▶ receive (receiving.py)

The gateway asks first, without the body (`ASKED`). The door answers with the challenge, or with its word about the
speaker, which comes back inside the token of the request that has the body. So strangers cost no memory.
"""

from __future__ import annotations

import json
import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Final

from fastapi import Depends, Request

from common.door.uow import operational
from common.policy import Mandate
from common.values.errors import Kind, Refusal
from common.web.auth import ASKED
from evidence.domain.capture import Flag, Transport
from evidence.intake import digest, gat1400
from evidence.intake.accounts import NAME, Account, Accounts
from evidence.intake.budget import Budget
from evidence.intake.covering import Cover
from evidence.intake.images import Decoders
from evidence.intake.message import Message
from evidence.intake.signing import SigningKeys
from evidence.runtime import EvidenceRuntime
from evidence.store import challenges, sessions
from evidence.store.challenges import FAILURES_ALLOWED, Nonces, Used
from evidence.store.sessions import Session

log = logging.getLogger(__name__)

REALM: Final = "viid.local"


@dataclass(frozen=True)
class Intake:
    """What the door needs besides the runtime; `app.py` puts it on the app.

    `relaxes` says that the profile lets an account rest on a password or an address alone.
    """

    accounts: Accounts
    keys: SigningKeys
    decoders: Decoders = field(default_factory=Decoders)
    cover: Cover = field(default_factory=Cover)
    budget: Budget = field(default_factory=Budget)
    nonces: Nonces = field(default_factory=Nonces)
    relaxes: bool = False

    @classmethod
    def of(cls, runtime: EvidenceRuntime) -> Intake:
        """The intake of this service, its decoders not started yet."""
        return cls(
            Accounts(runtime.peers, clock=runtime.clock),
            SigningKeys(runtime.peers),
            Decoders(runtime.settings.decoders),
            relaxes=runtime.profile.evidence.digest_by_account,
        )

    def close(self) -> None:
        """End the children that decode and cover pictures."""
        self.decoders.close()
        self.cover.close()


def intake_of(request: Request) -> Intake:
    """The intake that `app.py` put on the app."""
    intake: Intake = request.app.state.intake
    return intake


IntakeOf = Annotated[Intake, Depends(intake_of)]


@dataclass(frozen=True)
class Speaker:
    """The account of a request, and the code of its session; None where the request itself carries the proof.

    `has_certificate` says that the proof is the TLS certificate of the connection.
    """

    account: str
    session_code: str | None = None
    has_certificate: bool = False

    @property
    def written(self) -> str:
        """The speaker as the gateway carries it."""
        return urlsafe_b64encode(json.dumps([*vars(self).values()]).encode()).decode()

    @classmethod
    def read(cls, written: str) -> Speaker:
        """The speaker that the gateway brought back."""
        return cls(*json.loads(urlsafe_b64decode(written)))


@dataclass(frozen=True)
class Admitted:
    """A request of a known client. `code` is the camera or host that it is; `mandate` is what its address may do.

    `default_device` is the device of an object that names none; None where such an object could be anybody's.
    `transport` is how it is known who sent it.
    """

    account: Account
    code: str
    default_device: str | None
    flags: frozenset[Flag]
    message: Message
    mandate: Mandate
    received_at: datetime
    transport: Transport


class Known(Exception):
    """The answer to a gateway that asked without the body: `speaker` may send it."""

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker


class Challenged(Refusal):
    """The refusal that becomes 401 with a fresh challenge. `is_stale`: the answer was right, its nonce was not."""

    def __init__(self, *, is_stale: bool = False) -> None:
        super().__init__(Kind.UNAUTHENTICATED, "VIID_DIGEST_REQUIRED")
        self.is_stale = is_stale


async def admit(
    request: Request, runtime: EvidenceRuntime, mandate: Mandate, *, envelope: str, proof: bool = False
) -> Admitted:
    """The sender of this request: by its Digest answer where it carries one, else by the session of a relaxed account.

    Called once for each request. `envelope` is the object of the standard that the message holds; `proof` demands a
    Digest answer. Raises Known where the gateway asks first. Refusal: the challenge, LIMITED after too many wrong
    answers, or FORBIDDEN for a device that is not on the list of the account.
    """
    received_at, message, said = runtime.clock(), Message(request), mandate.actor.admission
    if said is None or said == ASKED:
        speaker = await _speaker(request, runtime, mandate, proof=proof)
    else:
        speaker = Speaker.read(said)
    if said == ASKED:
        raise Known(speaker)
    account = await intake_of(request).accounts.find(speaker.account)
    if account is None or (speaker.session_code and not account.sessions):
        # The account was revoked, or lost its relaxation, since the session began.
        raise Challenged
    identify, code = request.headers.get("user-identify"), speaker.session_code
    if code is None and envelope in gat1400.PUSHES:
        code = _listed(account, identify) or account.own_code
    elif code is None:
        code = await _begin(request, runtime, mandate, account, await _named(message, envelope))
    device = code if code in account.devices else None
    flags = frozenset[Flag]() if identify is not None else frozenset({Flag.NO_USER_IDENTIFY})
    if speaker.session_code:
        flags |= {Flag.SESSION_ONLY}
        # Behind one address there may be others: a session that only the address tells speaks for no unnamed device.
        device = device if identify is not None else None
    transport = Transport.MUTUAL_TLS if speaker.has_certificate else Transport.DIGEST
    return Admitted(account, code, device, flags, message, mandate, received_at, transport)


async def _speaker(request: Request, runtime: EvidenceRuntime, mandate: Mandate, *, proof: bool) -> Speaker:
    certificate = mandate.actor.tls_certificate
    if certificate is not None:
        known = await intake_of(request).accounts.find_certified(certificate, now=runtime.clock())
        if known is not None:
            return Speaker(known.name, has_certificate=True)
        log.warning("couldn't admit the certificate %s at %s", certificate, mandate.actor.address)
    if proof or request.headers.get("authorization"):
        return Speaker((await _prove(request, runtime, mandate)).name)
    session = await _continue(request, runtime, mandate)
    return Speaker(session.account, session.device_code)


async def _prove(request: Request, runtime: EvidenceRuntime, mandate: Mandate) -> Account:
    """The account whose password the Digest answer proves. Refusal: the challenge, or LIMITED.

    The answer is judged before anything else: a right one is never refused for the wrong ones that came before it
    from the same address. A nonce that grew old, or a count that was answered already, is a fresh challenge and no
    wrong answer, or a slow camera would lock itself out.
    """
    given = digest.parse(request.headers.get("authorization"))
    if given is None:
        raise Challenged
    address, now = _address(mandate), runtime.clock()
    account = await intake_of(request).accounts.find(given.username)
    # An unknown account is computed like a known one: how long it takes tells nothing.
    ha1 = account.ha1 if account and account.realm == given.realm == REALM else "0" * 32
    right = digest.verifies(given, ha1=ha1, method=request.method, path=request.url.path)
    if account is None or not right:
        raise await _wrong(runtime, given.username, address, now=now)
    if not await _count(runtime, intake_of(request).nonces, given, now=now):
        raise Challenged(is_stale=True)
    return account


async def _count(
    runtime: EvidenceRuntime, nonces: Nonces, given: digest.Authorization, *, now: datetime
) -> bool:
    """Count this answer to its nonce; False for a count that was answered before, or a nonce that is not ours or old.

    The database decides. What this process remembers only saves the question before.
    """
    count, seen = digest.count_of(given), nonces.of(given.nonce)
    if count is None:
        return False
    while True:
        # Counts are only ever added, so that a count which was answered once was answered for good.
        counts = digest.counted(seen.highest, seen.below, count)
        if counts is None:
            return False
        used = Used(*counts)
        if await challenges.use_nonce(runtime.db, given.nonce, seen, used, now=now):
            nonces.remember(given.nonce, used)
            return True
        found = await challenges.find_nonce(runtime.db, given.nonce, now=now)
        if found is None:
            return False
        seen = found


async def _wrong(runtime: EvidenceRuntime, username: str, address: str, *, now: datetime) -> Refusal:
    """Count a wrong answer of this sender. After the fifth in five minutes it gets no further challenge."""
    # A name that can be no account's is counted as one: its text is the stranger's.
    name = username if NAME.fullmatch(username) else "-"
    async with operational(runtime.db) as conn:
        before = await challenges.count_failures(conn, name, address, now=now)
        if before < FAILURES_ALLOWED:
            await challenges.add_failure(conn, name, address, now=now)
    log.warning("couldn't admit account %s at %s: wrong answer %d", name, address, before + 1)
    return Challenged() if before < FAILURES_ALLOWED else Refusal(Kind.LIMITED, "VIID_ACCOUNT_LOCKED")


async def _named(message: Message, envelope: str) -> str | None:
    """The device that a system message names."""
    if not (await message.body()).strip():
        return None
    return gat1400.device_id((await message.document())[0], envelope)


async def _begin(
    request: Request, runtime: EvidenceRuntime, mandate: Mandate, account: Account, named: str | None
) -> str:
    """A session for the device or host that the message names, or the header; else for the account's own."""
    identify = request.headers.get("user-identify")
    code = named or _listed(account, identify) or account.own_code
    if _listed(account, code) is None:
        log.warning("couldn't admit a device at %s: it is not on its account's list", mandate.actor.address)
        raise Refusal(Kind.FORBIDDEN, "VIID_DEVICE_NOT_LISTED")
    session = Session(account.name, code, _address(mandate), identify)
    async with operational(runtime.db) as conn:
        await sessions.begin(conn, session, user_agent=request.headers.get("user-agent"), now=runtime.clock())
    return code


async def _continue(request: Request, runtime: EvidenceRuntime, mandate: Mandate) -> Session:
    """The session to which this request belongs, by its address and its header; the challenge if there is none."""
    if mandate.actor.admission is None and request.method == "POST":
        # The gateway read no body, so there is none. curl sends that first and waits for the challenge; an empty
        # push says nothing anyway.
        raise Challenged
    identify, now = request.headers.get("user-identify"), runtime.clock()
    async with operational(runtime.db) as conn:
        live = await sessions.list_live(conn, address=_address(mandate), identify=identify, now=now)
    live = [session for session in live if await _is_relaxed(request, session)]
    if len({session.device_code for session in live}) != 1:
        # None, or several that share this address: only its own proof tells which of them speaks.
        raise Challenged
    async with operational(runtime.db) as conn:
        # One device under two accounts is a rotation of passwords: the session seen last is the one that speaks.
        await sessions.renew(conn, live[0], now=now)
    return live[0]


async def _is_relaxed(request: Request, session: Session) -> bool:
    account = await intake_of(request).accounts.find(session.account)
    return account is not None and account.sessions


def _listed(account: Account, code: str | None) -> str | None:
    """`code` if the account may speak under it."""
    return code if code in account.devices or code == account.host_code else None


def _address(mandate: Mandate) -> str:
    return mandate.actor.address or "-"
