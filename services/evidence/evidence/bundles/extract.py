"""The ledger's entries for the streams of a bundle, proved under one checkpoint.

    lower ──consistency──▶ final ◀──consistency── upper        all proofs of inclusion lead to `final`
      │ before the case's first record      after the last │
    RFC 3161 tokens                            RFC 3161 tokens      witnesses' cosignatures on `final`

`final` is the newest checkpoint that names every record and that a quorum of witnesses signed. If no such checkpoint
exists, `final` is the newest one. Everything here is read from committed rows; nothing waits for an outsider.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from evidence.domain.anchoring import TwinId
from evidence.ledger import proofs
from evidence.ledger.log import Log, Row, Twin
from evidence.ledger.timestamp import Stamped
from evidence.ledger.witnessing import cosigned
from ledger.checkpoint import parse as parse_checkpoint
from ledger.entry import Entry, parse_entry
from ledger.notes import Verifier, unbase64
from ledger.proofs import tlog_extension, tlog_proof
from ledger.trust import Policy

_PAGE: Final = 1_000
_CANDIDATES: Final = 20


@dataclass(frozen=True)
class Proven:
    """One ledger entry with its inclusion proof under the bundle's checkpoint."""

    entry: Entry
    proof: bytes


@dataclass(frozen=True)
class Twinned:
    """The same entries in the twin: its checkpoint of the same size, a proof by index, the entry that binds it.

    `leads` is the proof from the tree that `anchor` names to `checkpoint`; both are None before the first anchor.
    """

    checkpoint: bytes
    proofs: Mapping[int, bytes]
    anchor: Proven | None
    leads: bytes | None


@dataclass(frozen=True)
class Extract:
    """The entries of the streams of a bundle under one checkpoint, which `witnesses` (their vkeys, in order) signed."""

    origin: str
    size: int
    checkpoint: bytes
    streams: tuple[str, ...]
    records: tuple[Proven, ...]
    keys: tuple[Proven, ...]
    witnesses: tuple[str, ...] = ()
    twin: Twinned | None = None

    @property
    def log_keys(self) -> list[str]:
        """The Ed25519 vkeys whose lines the checkpoint carries."""
        note = parse_checkpoint(self.checkpoint)[1]
        claimed = {signature.key_id.hex() for signature in note.signatures if signature.name == self.origin}
        named = [key for proven in self.keys for key in _log_keys_in(proven.entry)]
        return [key for key in named if key.split("+")[1] in claimed and _kind(key) == Verifier.kind]

    @property
    def span(self) -> tuple[int, int]:
        """Index of the first record of the case or the evidence, and of the last record of any stream."""
        indexes = [p.entry.index for p in self.records]
        own = [p.entry.index for p in self.records if not p.entry.record.stream.startswith("device/")]
        return min(own or indexes), max(indexes)


@dataclass(frozen=True)
class Anchor:
    """A checkpoint that authorities stamped: their tokens by name; `leads`: the proof from it to the final one."""

    size: int
    note: bytes
    tokens: Mapping[str, bytes]
    leads: bytes


@dataclass(frozen=True)
class Vouchers:
    """Statements of outsiders: stamped checkpoints, tokens on the final one, a monitor's note.

    `statement` is the monitor's note, `leads` the proof from its tree to the final one.
    """

    lower: Anchor | None = None
    upper: Anchor | None = None
    final: Mapping[str, bytes] = field(default_factory=dict)
    statement: bytes | None = None
    leads: bytes = b""


async def extract(
    log: Log, streams: Iterable[str], *, policy: Policy | None = None, least: int = 0
) -> Extract:
    """Every record of `streams`, proved under a checkpoint of at least `least` entries."""
    wanted = tuple(sorted(set(streams)))
    rows = sorted(
        [row for name in wanted for row in await whole_stream(log, name)], key=lambda row: row.index
    )
    keys = await log.about_keys()
    needed = max([least, *(row.index + 1 for row in rows[-1:])])
    size, note, witnesses = await final_checkpoint(log, least=needed, policy=policy)
    keys = [row for row in keys if row.index < size]
    paths = await proofs.inclusions(log, [row.index for row in (*rows, *keys)], size)
    origin = (await log.head()).origin
    proven = {
        row.index: Proven(parse_entry(row.entry), tlog_proof(row.index, paths[row.index], note))
        for row in (*rows, *keys)
    }
    return Extract(
        origin,
        size,
        note,
        wanted,
        tuple(proven[row.index] for row in rows),
        tuple(proven[row.index] for row in keys),
        witnesses,
        await _twinned(log, [*rows, *keys], size=size, note=note),
    )


async def whole_stream(log: Log, stream: str) -> list[Row]:
    """All records of one stream, in order."""
    rows: list[Row] = []
    while page := await log.stream(stream, rows[-1].seq if rows else -1, _PAGE):
        rows += page
    return rows


async def final_checkpoint(
    log: Log, *, least: int, policy: Policy | None
) -> tuple[int, bytes, tuple[str, ...]]:
    """Size, note with its cosignatures, and the witnesses whose cosignatures hold: see the head of this file."""
    newest = await log.checkpoint()
    if newest is None or newest[0] < least:
        raise RuntimeError(f"couldn't extract from the ledger: no checkpoint names {least} entries")
    for size in await log.cosigned_sizes(_CANDIDATES) if policy is not None else []:
        signed = await cosigned(log, size)
        if policy is None or signed is None or size < least:
            break
        own, witnesses = (await log.checkpoint(size) or newest)[1], _cosignatures(policy, signed[1])
        if witnesses and policy.quorum(witnesses.keys()):
            return (
                size,
                own + b"".join(witnesses.values()),
                tuple(policy.witnesses[name].vkey for name in witnesses),
            )
    return *newest, ()


def _cosignatures(policy: Policy, note: bytes) -> dict[str, bytes]:
    """The newest right line of each witness of the policy, by its name there. A line by nobody known is left out."""
    text = parse_checkpoint(note)[1].text
    lines = note[len(text) + 1 :].decode().splitlines(keepends=True)
    return {name: one.line.encode() for name, one in sorted(policy.cosignatures(lines, text).items())}


async def _twinned(log: Log, rows: Sequence[Row], *, size: int, note: bytes) -> Twinned | None:
    twin = Twin(log.conn, log.log_id)
    signed = await twin.checkpoint(size)
    if signed is None:
        return None
    anchors = [row for row in await _last_of(log, TwinId().stream) if row.index < size][-1:]
    anchor, leads = None, None
    for row in anchors:
        path = await proofs.inclusion(log, row.index, size)
        anchor = Proven(parse_entry(row.entry), tlog_proof(row.index, path, note))
        bound = int(anchor.entry.record.body["data"]["size"])
        path = await proofs.consistency(twin, bound, size)
        leads = tlog_extension(bound, path, signed[1])
    paths = await proofs.inclusions(twin, [row.index for row in (*rows, *anchors)], size)
    proved = {index: tlog_proof(index, path, signed[1]) for index, path in paths.items()}
    return Twinned(signed[1], proved, anchor, leads)


async def _last_of(log: Log, stream: str) -> list[Row]:
    """The last records of a stream, as many as can have come since a witnessed checkpoint."""
    ends = await log.stream_ends([stream])
    return await log.stream(stream, ends[0].seq - _CANDIDATES, _CANDIDATES) if ends else []


async def leads_to(log: Log, old: int, extract: Extract) -> bytes:
    """The proof that the tree of `old` entries is the beginning of the extract's."""
    return tlog_extension(old, await proofs.consistency(log, old, extract.size), extract.checkpoint)


async def anchored(
    log: Log, extract: Extract, stamped: Sequence[Stamped]
) -> tuple[Anchor | None, Anchor | None]:
    """The anchors below and above the extract's records, out of all tokens that bound them."""
    first, last = extract.span
    below = max((one.size for one in stamped if one.size <= first), default=None)
    above = min((one.size for one in stamped if last < one.size <= extract.size), default=None)
    return (
        await _anchor(log, extract, [one for one in stamped if one.size == below]),
        await _anchor(log, extract, [one for one in stamped if one.size == above]),
    )


async def _anchor(log: Log, extract: Extract, chosen: Sequence[Stamped]) -> Anchor | None:
    if not chosen:
        return None
    tokens = {one.authority: one.token for one in chosen}
    return Anchor(chosen[0].size, chosen[0].note, tokens, await leads_to(log, chosen[0].size, extract))


def _kind(vkey: str) -> bytes:
    return unbase64(vkey.split("+", 2)[2])[:1]


def _log_keys_in(entry: Entry) -> list[str]:
    """The vkeys for checkpoints that an entry about keys names."""
    data = entry.record.body["data"]
    if entry.record.type == "log.genesis":
        return [str(key) for key in data["log_keys"]]
    return [str(data["key"])] if data.get("signs") == "checkpoints" else []
