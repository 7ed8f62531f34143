"""The client of the witnesses (c2sp.org/tlog-witness): gets new checkpoints cosigned, and knows how fresh that is.

    newest checkpoint ──▶ each witness that lacks it, or cosigned it a minute ago ──▶ ledger.cosignature
         409 <size>: prove from that size      wrong, slow, dead: logged, and asked again after a rest

Without a quorum the ledger goes on, calls itself `unwitnessed` and raises an alarm. Only legal effects wait (see the
service case). A witness that is ahead of the database, or contradicts it, is a sign of a restored backup or a second
history: then the sequencer does not start, see `contradiction`.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import httpx
import sqlalchemy as sa
from prometheus_client import Gauge

from common.door.uow import Database, operational, view
from common.policy import Action, authorize, service_actor
from evidence.ledger.log import Log
from evidence.ledger.proofs import consistency
from ledger.checkpoint import Checkpoint, parse
from ledger.clock import Clock, real_time
from ledger.cosigning import CosignatureKey
from ledger.trust import Cosignature, Policy, Witness, origin_hash

log = logging.getLogger(__name__)

REFRESH: Final = timedelta(seconds=60)
"""The age after which a cosignature is requested again, even if the log did not grow."""

STALE: Final = timedelta(minutes=10)
"""The age after which a missing quorum is an alarm: somebody may delay the log in order to rewrite it."""

AHEAD: Final = timedelta(seconds=60)
"""How far a witness's clock may be ahead of ours. A cosignature from the far future would stay fresh for ever."""

_ANSWER_S: Final = 5.0
_COLLECTING: Final = timedelta(seconds=2 * _ANSWER_S)
_START_S: Final = 2.0
_MOST_REST_S: Final = 60.0
_ATTEMPTS: Final = 3
_MAX_ANSWER: Final = 64 * 1024
_MAX_NOTE: Final = 1_000_000
_LINES: Final = 64
_SIZES: Final = 64
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n?")

AGE = Gauge("mingzheng_ledger_witness_age_seconds", "Since a quorum of witnesses last vouched for the ledger")
UNWITNESSED = Gauge(
    "mingzheng_ledger_unwitnessed", "1 while the newest checkpoint has no quorum of witnesses"
)

NOBODY: Final = Policy((), {}, {}, None)
"""The policy of a log without witnesses."""

Prove = Callable[[int, int], Awaitable[list[bytes]]]


class Unwitnessed(Exception):
    """A witness did not cosign. The message tells the operator why, in one line."""


@dataclass(frozen=True)
class Vouched:
    """The standing of the log with its witnesses. `size` and `at` are of the newest checkpoint with a quorum, or None.

    `newest` maps a witness to the largest size it cosigned and the time; `published` is the size of the log.
    """

    size: int | None
    at: datetime | None
    newest: Mapping[str, tuple[int, datetime]]
    published: int

    def is_unwitnessed(self, at: datetime) -> bool:
        """Whether the newest checkpoint lacks its quorum although it is more than a few seconds old."""
        if self.at is not None and self.size == self.published:
            return False
        return self.at is None or at - self.at > _COLLECTING


class Witnesses:
    """The witnesses of a policy. Each may take `patience_s` to answer. `transports` replaces the network, by URL.

    `own` is a key of the log's, with which it cosigns its own checkpoints once a minute (ML-DSA-44). The policy must
    name it like a witness, without a URL. Raises ValueError if it does not.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
        clock: Clock = real_time,
        patience_s: float = _ANSWER_S,
        own: CosignatureKey | None = None,
    ) -> None:
        if own is not None and own.cosigner.vkey not in {each.vkey for each in policy.witnesses.values()}:
            name, vkey = own.cosigner.name, own.cosigner.vkey
            raise ValueError(f"the policy lacks the log's own cosigner; add: witness {name} {vkey}")
        self.own = own
        self.policy = policy
        self.clock = clock
        self.patience_s = patience_s
        self.alarmed: datetime | None = None  # when the last alarm was raised
        self.standing: Vouched | None = None  # the result of the last pass
        self._transports = dict(transports or {})
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._sizes: dict[str, int] = {}
        # The loop time at which the rest ends, and the length of the next one.
        self._resting: dict[str, tuple[float, float]] = {}

    def name_of(self, key: CosignatureKey) -> str:
        """The name in the policy of the witness with this key."""
        return next(each.name for each in self.policy.witnesses.values() if each.vkey == key.cosigner.vkey)

    def awake(self) -> list[Witness]:
        """The witnesses that have a URL and are not at rest after a failure."""
        now = asyncio.get_running_loop().time()
        known = self.policy.witnesses.values()
        return [each for each in known if each.url and self._resting.get(each.name, (0.0, 0.0))[0] <= now]

    async def cosign(
        self, witness: Witness, checkpoint: Checkpoint, *, note: bytes, prove: Prove
    ) -> list[str]:
        """The verified lines of `witness` on `note`. Raises Unwitnessed, at the latest after `patience_s`."""
        try:
            async with asyncio.timeout(self.patience_s):
                lines = await self._cosign(witness, checkpoint, note=note, prove=prove)
        except (Unwitnessed, TimeoutError) as error:
            now = asyncio.get_running_loop().time()
            rest = min(_MOST_REST_S, 2 * self._resting.get(witness.name, (0.0, 0.5))[1])
            self._resting[witness.name] = (now + rest, rest)
            raise Unwitnessed(str(error) or "it did not answer in time") from None
        self._resting.pop(witness.name, None)
        return lines

    async def _cosign(
        self, witness: Witness, checkpoint: Checkpoint, *, note: bytes, prove: Prove
    ) -> list[str]:
        for _ in range(_ATTEMPTS):
            old = self._sizes.get(witness.name, 0)
            if old > checkpoint.size:
                self._sizes.pop(witness.name)
                raise Unwitnessed(f"it cosigned {old} entries, and the ledger here has {checkpoint.size}")
            hashes = b"".join(base64.b64encode(part) + b"\n" for part in await prove(old, checkpoint.size))
            body = b"old %d\n" % old + hashes + b"\n" + note
            status, answer = await self._exchange(witness, "POST", "add-checkpoint", body)
            if status == 200:
                self._sizes[witness.name] = checkpoint.size
                return self._lines(witness, answer, checkpoint.text())
            known = _SIZE.fullmatch(answer) if status == 409 else None
            if known is None or int(known[1]) == old:
                self._sizes.pop(witness.name, None)
                raise Unwitnessed(f"it answers {status} to {checkpoint.size} entries after {old}")
            self._sizes[witness.name] = int(known[1])
        raise Unwitnessed("it names another size each time")

    def _lines(self, witness: Witness, answer: bytes, text: bytes) -> list[str]:
        """The line of `answer` by the key that we know. Lines by other keys are dropped."""
        lines = answer.decode(errors="replace").splitlines(keepends=True)
        cosignature = (
            Policy((), {witness.name: witness}, {}, None).cosignatures(lines, text).get(witness.name)
        )
        if cosignature is None or cosignature.at > self.clock() + AHEAD:
            raise Unwitnessed("its answer holds no cosignature that verifies, of a time that has come")
        return [cosignature.line]

    async def _exchange(
        self, witness: Witness, method: str, path: str, content: bytes = b"", *, most: int = _MAX_ANSWER
    ) -> tuple[int, bytes]:
        """Status and body of the answer. Raises Unwitnessed if it is missing or too long. Follows no redirect."""
        body = b""
        try:
            async with self._client(witness).stream(method, path, content=content or None) as response:
                async for part in response.aiter_raw():
                    body += part
                    if len(body) > most:
                        raise Unwitnessed(f"it answers with more than {most} bytes")
                return response.status_code, body
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            raise Unwitnessed(f"it does not answer: {type(error).__name__}") from None

    def _client(self, witness: Witness) -> httpx.AsyncClient:
        assert witness.url is not None
        if witness.name not in self._clients:
            self._clients[witness.name] = httpx.AsyncClient(
                base_url=witness.url + "/",
                transport=self._transports.get(witness.url),
                timeout=_ANSWER_S,
                headers={"accept-encoding": "identity"},
                trust_env=False,
                follow_redirects=False,
            )
        return self._clients[witness.name]

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    async def shown(self, witness: Witness, origin: str) -> bytes | None:
        """What `witness` shows as the last checkpoint of `origin` that it cosigned, unverified.

        None if it never saw this log, or does not answer within two seconds: a dead witness stops no start.
        """
        try:
            async with asyncio.timeout(_START_S):
                path = f"{origin_hash(origin)}/checkpoint"
                status, note = await self._exchange(witness, "GET", path, most=_MAX_NOTE)
        except (Unwitnessed, TimeoutError) as error:
            log.warning(
                "couldn't ask the witness %s what it saw: %s", witness.name, str(error) or "no answer"
            )
            return None
        if status not in (200, 404):
            log.warning("couldn't ask the witness %s what it saw: it answers %d", witness.name, status)
        return note if status == 200 else None


async def vouched(log_: Log, policy: Policy, *, at: datetime) -> Vouched:
    """The standing of the log with the witnesses of `policy`. Verifies all cosignatures again; `at` is real time."""
    newest: dict[str, tuple[int, datetime]] = {}
    published = await log_.checkpoint()
    for size in await log_.cosigned_sizes(_SIZES):
        cosignatures = await _cosignatures(log_, policy, size, at=at)
        for one in cosignatures:
            newest.setdefault(one.witness, (size, one.at))
        vouched_at = policy.witnessed_at(cosignatures)
        if vouched_at is not None:
            return Vouched(size, vouched_at, newest, published[0] if published else 0)
    return Vouched(None, None, newest, published[0] if published else 0)


async def _cosignatures(log_: Log, policy: Policy, size: int, *, at: datetime) -> list[Cosignature]:
    signed = await log_.checkpoint(size)
    if signed is None:
        return []
    lines = await log_.cosignatures(size, _LINES)
    verified = policy.cosignatures(lines, parse(signed[1])[1].text).values()
    return [one for one in verified if one.at <= at + AHEAD]


async def cosigned(log_: Log, size: int | None = None) -> tuple[int, bytes] | None:
    """Size and note of the checkpoint of `size` (None: the newest), with the newest line of each witness."""
    signed = await log_.checkpoint(size)
    if signed is None:
        return None
    lines: dict[str, str] = {}
    for line in await log_.cosignatures(signed[0], _LINES):
        _, name, encoded = line.split(" ", 2)
        lines.setdefault(
            f"{name} {encoded[:6]}", line
        )  # these 6 letters are the key's id and leading zeros of the time
    return signed[0], signed[1] + "".join(lines.values()).encode()


async def witness(db: Database, witnesses: Witnesses) -> None:
    """Ask each witness without a fresh cosignature of the newest checkpoint. Any number of processes may do this."""
    reading = authorize(service_actor("evidence"), Action.LEDGER_READ)
    async with view(db, reading) as v:
        log_ = await Log.within(v.conn)
        newest = await log_.checkpoint()
        if newest is None:
            return
        size, note = newest
        if witnesses.standing is not None and _is_settled(witnesses, size):
            _report(witnesses, witnesses.standing)
            return
        verified = await _cosignatures(log_, witnesses.policy, size, at=witnesses.clock())
    fresh = {one.witness for one in verified if witnesses.clock() - one.at < REFRESH}
    waiting = [each for each in witnesses.awake() if each.name not in fresh]
    checkpoint, _ = parse(note)
    if witnesses.own is not None and witnesses.name_of(witnesses.own) not in fresh:
        line = witnesses.own.line(checkpoint.text(), int(witnesses.clock().timestamp()))
        await _store(db, checkpoint, [line.decode()])
    if waiting:
        requests = (_ask(db, each, witnesses=witnesses, checkpoint=checkpoint, note=note) for each in waiting)
        await asyncio.gather(*requests)
    async with view(db, reading) as v:
        witnesses.standing = await vouched(await Log.within(v.conn), witnesses.policy, at=witnesses.clock())
    _report(witnesses, witnesses.standing)


def _is_settled(witnesses: Witnesses, size: int) -> bool:
    """Whether the last pass saw a fresh cosignature of the newest checkpoint by every witness."""
    last = witnesses.standing
    if last is None or len(last.newest) < len(witnesses.policy.witnesses):
        return False
    return all(seen == size and witnesses.clock() - at < REFRESH for seen, at in last.newest.values())


async def _ask(
    db: Database, each: Witness, *, witnesses: Witnesses, checkpoint: Checkpoint, note: bytes
) -> None:
    async def prove(old: int, new: int) -> list[bytes]:
        async with view(db, authorize(service_actor("evidence"), Action.LEDGER_READ)) as v:
            return await consistency(await Log.within(v.conn), old, new)

    try:
        lines = await witnesses.cosign(each, checkpoint, note=note, prove=prove)
    except Unwitnessed as error:
        log.warning("the witness %s did not cosign: %s", each.name, error)
        return
    await _store(db, checkpoint, lines)


async def _store(db: Database, checkpoint: Checkpoint, lines: list[str]) -> None:
    query = "SELECT ledger.add_cosignature(log_id, :size, :line) FROM ledger.log WHERE origin = :origin"
    async with operational(db) as conn:
        for line in lines:
            await conn.execute(
                sa.text(query), {"size": checkpoint.size, "line": line, "origin": checkpoint.origin}
            )


def _report(witnesses: Witnesses, standing: Vouched) -> None:
    """Set the metrics. Raise an alarm when the quorum is lost, and again every ten minutes while it is."""
    now = witnesses.clock()
    age = None if standing.at is None else now - standing.at
    AGE.set(age.total_seconds() if age is not None else float("inf"))
    unwitnessed = standing.is_unwitnessed(now)
    UNWITNESSED.set(unwitnessed)
    if not unwitnessed and age is not None and age < STALE:
        witnesses.alarmed = None
    elif witnesses.alarmed is None or now - witnesses.alarmed >= STALE:
        witnesses.alarmed = now
        log.error(
            "the ledger is unwitnessed: a quorum of its witnesses last vouched %s", standing.at or "never"
        )
