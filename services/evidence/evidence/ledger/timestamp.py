"""RFC 3161 tokens over checkpoints, from authorities that the log's operator does not control.

    newest checkpoint ──SHA-256, nonce──▶ authority ──token──▶ checked twice ──▶ ledger.time_token

    lower   newest stamped checkpoint without the record: the record was not in the log before it
    upper   first stamped checkpoint with the record: the record existed when its token was made

A token is stored unchanged if two programs that share no code accept it: rfc3161-client, and verify.py, which the
court's expert will run. If an authority is away, slow or lies, only its token is missing: the ledger takes records as
before, and after an hour an alarm is raised (ADR-0016). All times here are real time.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, cast

import asyncpg
import httpx
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.serialization import Encoding
from prometheus_client import Gauge
from rfc3161_client import TimeStampResponse, VerificationError, VerifierBuilder, decode_timestamp_response
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import Database, operational
from common.web.runtime import Runtime
from evidence.ledger.log import Log
from ledger.clock import Clock, real_time
from ledger.entry import moment, parse_entry
from ledger.verifier.report import Fault
from ledger.verifier.timestamps import time_token
from ledger.verifier.x509 import Der, Unproved

log = logging.getLogger(__name__)

MOST_AUTHORITIES: Final = 2
ALARM: Final = timedelta(hours=1)
"""How long an entry may wait for a token before an alarm is raised."""
LOOK_S: Final = 30.0
ANSWERS_WITHIN_S: Final = 10.0
EXPORT_WAITS_S: Final = 3.0
DRIFT_S: Final = 60.0
_MAX_REPLY: Final = 65_536
_FEW: Final = 4
_QUERY: Final = "application/timestamp-query"
_REPLY: Final = "application/timestamp-reply"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_SHA256: Final = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")

AGE = Gauge(
    "mingzheng_ledger_time_stamp_age_seconds",
    "How long the oldest entry that a time-stamping authority has not stamped has waited; 0 if there is none",
    ["authority"],
)


class NotStamped(Exception):
    """There is no token. The message tells operators why."""


@dataclass(frozen=True)
class Authority:
    """One authority. Its tokens must lead to `certificates`: roots, and intermediates below them.

    `drift` is the largest difference between its clock and ours. `transport` replaces the network in tests.
    """

    name: str
    url: str
    certificates: tuple[x509.Certificate, ...]
    drift: timedelta = timedelta(seconds=DRIFT_S)
    transport: httpx.AsyncBaseTransport | None = None

    @property
    def pem(self) -> bytes:
        return b"".join(one.public_bytes(Encoding.PEM) for one in self.certificates)


@dataclass(frozen=True)
class Stamped:
    """A token by which `authority` confirms that the checkpoint `note` of `size` entries existed at the time `at`."""

    size: int
    note: bytes
    authority: str
    token: bytes
    at: datetime


def authorities_in(
    listed: str,
    folder: Path | None,
    *,
    drift_s: float = DRIFT_S,
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
) -> tuple[Authority, ...]:
    """The authorities in the setting `<name>=<url>,…`. `folder` has the certificates of each in <name>.pem.

    Raises ValueError for more than two authorities, a name that is no file name, or unreadable certificates.
    """
    pairs = [pair.strip().partition("=") for pair in listed.split(",") if pair.strip()]
    if len(pairs) > MOST_AUTHORITIES or len({name for name, _, _ in pairs}) < len(pairs):
        raise ValueError(f"time stamps come from at most {MOST_AUTHORITIES} authorities, each named once")
    made = []
    for name, _, url in pairs:
        if not _NAME.fullmatch(name) or not url.startswith(("http://", "https://")):
            raise ValueError("a time-stamping authority is <name>=http(s)://…, its name of a-z, 0-9 and -")
        if folder is None or not (path := folder / f"{name}.pem").exists():
            raise ValueError(
                f"the certificates of the time-stamping authority {name} are not there: {name}.pem"
            )
        certificates = tuple(x509.load_pem_x509_certificates(path.read_bytes()))
        transport = (transports or {}).get(url)
        made.append(Authority(name, url, certificates, timedelta(seconds=drift_s), transport))
    return tuple(made)


async def request(authority: Authority, note: bytes, *, within_s: float = ANSWERS_WITHIN_S) -> bytes:
    """A checked token of `authority` over `note`. Raises NotStamped for any other answer, or none."""
    nonce = secrets.randbits(63) | 1 << 62
    reply = await _ask(authority, _query(note, nonce), within_s)
    # In a thread: pure Python needs tens of milliseconds for an elliptic curve, and the sequencer shares this loop.
    at = await asyncio.to_thread(_verify, authority, reply, note, nonce=nonce)
    if abs(at - real_time()) > authority.drift:
        raise NotStamped(f"its clock reads {at.isoformat()}")
    return reply


@asn1.sequence
class _Digested:
    oid: x509.ObjectIdentifier
    parameters: asn1.Null


@asn1.sequence
class _Imprint:
    algorithm: _Digested
    digest: bytes


@asn1.sequence
class _Query:
    """TimeStampReq (RFC 3161, section 2.4.1)."""

    version: int
    imprint: _Imprint
    nonce: int
    certificate_wanted: bool


def _query(note: bytes, nonce: int) -> bytes:
    algorithm = _Digested(oid=_SHA256, parameters=asn1.Null())
    imprint = _Imprint(algorithm=algorithm, digest=hashlib.sha256(note).digest())
    return asn1.encode_der(_Query(version=1, imprint=imprint, nonce=nonce, certificate_wanted=True))


async def _ask(authority: Authority, query: bytes, within_s: float) -> bytes:
    headers = {"content-type": _QUERY, "accept": _REPLY, "accept-encoding": "identity"}
    try:
        # One deadline for the whole exchange: a server that sends a byte a second meets every timeout between bytes.
        async with (
            asyncio.timeout(within_s),
            httpx.AsyncClient(transport=authority.transport, trust_env=False, timeout=within_s) as client,
            client.stream("POST", authority.url, content=query, headers=headers) as response,
        ):
            media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if response.status_code != 200 or media_type != _REPLY:
                raise NotStamped(f"it answered {response.status_code}")
            reply = b""
            async for chunk in response.aiter_raw():
                reply += chunk
                if len(reply) > _MAX_REPLY:
                    raise NotStamped(f"its answer is longer than {_MAX_REPLY} bytes")
            return reply
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
        raise NotStamped(type(error).__name__) from None


def _verify(authority: Authority, reply: bytes, note: bytes, *, nonce: int | None = None) -> datetime:
    """The time in `reply`, a granted token of `authority` over `note`. Raises NotStamped."""
    try:
        response = _parse(reply)
        checker = VerifierBuilder(roots=list(authority.certificates), nonce=nonce).build()
        checker.verify_message(response, note)
        at = response.tst_info.gen_time
    except (VerificationError, ValueError) as error:
        raise NotStamped(f"rfc3161-client: {error}") from None
    try:
        # rfc3161-client may drop fractions of a second.
        if abs(time_token(reply, note, authority.pem) - at) >= timedelta(seconds=1):
            raise NotStamped("verify.py reads another time in the token")
    except Unproved:
        # verify.py does not know an algorithm of the token, or the form of its root. An expert uses openssl ts then.
        log.info("%s: verify.py cannot judge its tokens", authority.name)
    except Fault as fault:
        raise NotStamped(f"verify.py: {fault}") from None
    return at


def _parse(reply: bytes) -> TimeStampResponse:
    """Parse `reply` with rfc3161-client. Raises ValueError.

    That library refuses certificates that are not sorted as a DER SET demands; OpenSSL sends them unsorted. The
    signature does not cover their order, so the library gets a sorted copy. verify.py checks the original bytes, and
    these are stored.
    """
    try:
        _, token = Der.all(reply)[0].parts()
        signed = token.parts()[1].only(0xA0).parts()
        certificates = next(part.body for part in signed if part.tag == 0xA0)
        ordered = b"".join(sorted(one.raw for one in Der.all(certificates)))
    except (ValueError, IndexError, StopIteration):
        return decode_timestamp_response(reply)
    return decode_timestamp_response(reply.replace(certificates, ordered))


def check_token(authority: Authority, token: bytes, note: bytes) -> str | None:
    """The fault of a stored token of `authority` over the checkpoint `note`; None if it is right."""
    try:
        _verify(authority, token, note)
    except NotStamped as error:
        return f"is no token of {authority.name} over this checkpoint: {error}"
    return None


class Stamper:
    """Gets time stamps from the authorities: of the newest checkpoint at intervals, and of any one for an export."""

    def __init__(self, authorities: Sequence[Authority] = ()) -> None:
        self.authorities = tuple(authorities)
        self._alarmed: dict[str, datetime] = {}  # when each authority's last alarm was raised

    async def stamp_due(self, runtime: Runtime) -> None:
        """One pass of the job: each authority stamps the newest checkpoint, if its last token is old enough.

        So every entry is stamped in the end, and an idle log is not stamped again.
        """
        passes = [self._keep_stamped(runtime, authority) for authority in self.authorities]
        for outcome in await asyncio.gather(*passes, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def stamp_now(self, db: Database, size: int, *, within_s: float = EXPORT_WAITS_S) -> list[Stamped]:
        """The tokens over the checkpoint of `size`. Authorities without one are asked now.

        The token of an authority that does not answer in time is missing from the list. Do not call it in a
        transaction.
        """
        async with operational(db) as conn:
            ledger = await _log(conn)
            signed = await ledger.checkpoint(size) if ledger else None
            if ledger is None or signed is None:
                return []
            names = await _stampers(ledger)
            stored = [one for name in names for one in (await _tokens(ledger, name, "=", size))[:1]]
        present = {one.authority for one in stored}
        missing = [authority for authority in self.authorities if authority.name not in present]
        passes = [self._stamp(db, authority, *signed, within_s=within_s) for authority in missing]
        return stored + [one for one in await asyncio.gather(*passes) if one is not None]

    async def _keep_stamped(self, runtime: Runtime, authority: Authority) -> None:
        async with operational(runtime.db) as conn:
            ledger = await _log(conn)
            newest = await ledger.checkpoint() if ledger else None
            if ledger is None or newest is None:
                return
            last = next(iter(await _tokens(ledger, authority.name, "<=", newest[0])), None)
            since = await _waiting_since(ledger, last, runtime.clock)
        now = real_time()
        every = timedelta(seconds=runtime.profile.ledger.time_stamp_every_s)
        due = since is not None and (last is None or now - last.at >= every)
        if due and await self._stamp(runtime.db, authority, *newest, within_s=ANSWERS_WITHIN_S):
            since = None
        age = timedelta(0) if since is None else now - since
        AGE.labels(authority.name).set(age.total_seconds())
        if age > ALARM and now - self._alarmed.get(authority.name, now - ALARM) >= ALARM:
            self._alarmed[authority.name] = now
            log.error("%s has not stamped what was recorded %s ago: is it away?", authority.name, age)

    async def _stamp(
        self, db: Database, authority: Authority, size: int, note: bytes, *, within_s: float
    ) -> Stamped | None:
        try:
            token = await request(authority, note, within_s=within_s)
        except NotStamped as error:
            log.warning("couldn't have checkpoint %d stamped by %s: %s", size, authority.name, error)
            return None
        async with operational(db) as conn:
            ledger = await _log(conn)
            assert ledger is not None
            await ledger.conn.execute(
                "SELECT ledger.add_time_token($1, $2, $3, $4)", ledger.log_id, size, authority.name, token
            )
        return Stamped(size, note, authority.name, token, _parse(token).tst_info.gen_time)


async def anchors(ledger: Log, first: int, last: int) -> tuple[list[Stamped], list[Stamped]]:
    """The tokens that bound the entries `first` to `last` in time, of every authority: (lower, upper).

    Lower: its newest token over a checkpoint of at most `first` entries. Upper: its first over more than `last`.
    """
    lower, upper = list[Stamped](), list[Stamped]()
    for name in await _stampers(ledger):
        lower += (await _tokens(ledger, name, "<=", first))[:1]
        upper += (await _tokens(ledger, name, ">", last))[:1]
    return lower, upper


async def _stampers(ledger: Log) -> list[str]:
    """The authorities that ever stamped this log. Takes one step in the index for each, however many tokens exist."""
    rows = await ledger.conn.fetch(
        "WITH RECURSIVE known AS ("
        " (SELECT authority FROM ledger.time_token WHERE log_id = $1 ORDER BY authority LIMIT 1) UNION ALL"
        " SELECT (SELECT t.authority FROM ledger.time_token t WHERE log_id = $1 AND t.authority > k.authority"
        " ORDER BY t.authority LIMIT 1) FROM known k WHERE k.authority IS NOT NULL)"
        " SELECT authority FROM known WHERE authority IS NOT NULL",
        ledger.log_id,
    )
    return [row["authority"] for row in rows]


async def _tokens(ledger: Log, authority: str, sizes: Literal["<=", "=", ">"], size: int) -> list[Stamped]:
    """A few tokens of `authority` over checkpoints of such sizes, the nearest to `size` first.

    Unreadable tokens are skipped here; fsck reports them.
    """
    order = "DESC" if sizes == "<=" else "ASC"
    rows = await ledger.conn.fetch(
        # LIMIT before the join; otherwise the planner may read either table from its beginning.
        "SELECT t.size, c.note, t.token FROM (SELECT size, token FROM ledger.time_token"
        f" WHERE log_id = $1 AND authority = $2 AND size {sizes} $3 ORDER BY size {order} LIMIT {_FEW}) t"
        " JOIN ledger.checkpoint c ON c.log_id = $1 AND c.size = t.size",
        ledger.log_id,
        authority,
        size,
    )
    tokens = []
    for row in rows:
        try:
            at = _parse(row["token"]).tst_info.gen_time
            tokens.append(Stamped(row["size"], row["note"], authority, row["token"], at))
        except ValueError:
            log.error("couldn't read a token of %s over checkpoint %d", authority, row["size"])
    return sorted(tokens, key=lambda one: one.size, reverse=sizes == "<=")


async def _waiting_since(ledger: Log, last: Stamped | None, clock: Clock) -> datetime | None:
    """The real time since which the first entry not covered by `last` waits; None if `last` covers all."""
    rows = await ledger.entries(last.size if last else 0, 1)
    if not rows:
        return None
    # The ledger's clock may be a demo's. Subtract its present lead over real time: the result is never too late.
    try:
        arrived = moment(parse_entry(rows[0].entry).us) - (clock() - real_time())
    except ValueError:
        arrived = real_time()  # the entry is damaged: fsck reports it, and later entries are stamped as usual
    return max(arrived, last.at) if last else arrived


async def _log(conn: AsyncConnection) -> Log | None:
    raw = (await conn.get_raw_connection()).driver_connection
    return await Log.newest(cast("asyncpg.Connection[Any]", raw))
