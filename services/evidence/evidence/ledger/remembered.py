"""What the witnesses remember of this log, asked before a sequencer leads: is this database an older copy?

    witness ──GET /<hash>/checkpoint──▶ signed by a key of the log ─── ahead of us, or another root ──▶ never lead
                                   ├──▶ it is one of our own checkpoints, whoever signed it ─────────▶ lead
                                   ├──▶ anything else: nobody can rule out that we are older ────────▶ a person decides
                                   └──▶ 404, or no answer ───────────────────────────────────────────▶ lead

The third case is not nothing: whoever can reach a careless witness can replace the log's signature lines in its memory,
and a checkpoint without them says the same about our age. `./mz ledger accept` puts the decision on record; a start
looks for that record in the ledger that it is about to lead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from evidence.domain.overruling import ClockOverruled, OverrulingId, WitnessOverruled
from evidence.ledger.log import Log
from evidence.ledger.witnessing import Witnesses
from ledger.canonical import parse_instant
from ledger.checkpoint import Checkpoint, parse
from ledger.entry import data_of, micros_of, parse_entry
from ledger.notes import Note, Verifier, parse_note

_MOST_RECORDS = 10_000

Overruled = tuple[str, str]
"""A witness's name in the policy, and the hex digest of what it showed (`Doubt.shown`)."""


@dataclass(frozen=True)
class Doubt:
    """Why this database may be older than what `witness` saw. `reason` is one line.

    `shown` is the SHA-256 of the checkpoint that it shows, without signature lines, hex; of the whole answer if it is
    no note. A doubt that a key of the log signed is `is_proof`, and no person can overrule it.
    """

    witness: str
    shown: str
    reason: str
    is_proof: bool

    @property
    def key(self) -> Overruled:
        return self.witness, self.shown


async def doubts(witnesses: Witnesses, log: Log, *, origin: str, keys: Sequence[Verifier]) -> list[Doubt]:
    """The doubts that the witnesses raise, in the order of the policy. `keys` are all log keys, past ones too."""
    asked = [each for each in witnesses.policy.witnesses.values() if each.url]
    # In an older backup the newest log key may not be registered yet; the policy names it.
    known = [*keys, *(key for key in witnesses.policy.logs if key.name == origin)]
    answers = await asyncio.gather(*(witnesses.shown(each, origin) for each in asked))
    size = (await log.head()).size
    raised = [
        await _doubt(log, each.name, answer, size=size, origin=origin, known=known)
        for each, answer in zip(asked, answers, strict=True)
        if answer is not None
    ]
    return [each for each in raised if each is not None]


async def _doubt(
    log: Log, witness: str, answer: bytes, *, size: int, origin: str, known: Sequence[Verifier]
) -> Doubt | None:
    checkpoint, note = _read(answer)
    shown = sha256(answer if note is None else note.text).hexdigest()
    if checkpoint is None or note is None or checkpoint.origin != origin:
        reason = f"the witness {witness} shows something that is no checkpoint of this log"
        return Doubt(witness, shown, reason, is_proof=False)
    stored = await log.checkpoint(checkpoint.size) if checkpoint.size else None
    if not checkpoint.size or (stored is not None and parse(stored[1])[0] == checkpoint):
        return None
    signed = _is_signed(note, known)
    which = "" if signed else " (signed by no known key of this log)"
    reason = f"the witness {witness} cosigned {checkpoint.size} entries{which}"
    if checkpoint.size > size:
        return Doubt(witness, shown, f"{reason}, this database holds {size}", is_proof=signed)
    return Doubt(witness, shown, f"{reason} that are not those of this database of {size}", is_proof=signed)


def _read(answer: bytes) -> tuple[Checkpoint | None, Note | None]:
    try:
        return parse(answer)
    except ValueError:
        pass
    try:
        return None, parse_note(answer)
    except ValueError:
        return None, None


def _is_signed(note: Note, known: Iterable[Verifier]) -> bool:
    """Whether any line of `note` is right under a known key, whatever other lines stand before it."""
    return any(
        key.verifies(note.text, line.value)
        for key in known
        for line in note.signatures
        if (line.name, line.key_id) == (key.name, key.key_id)
    )


@dataclass(frozen=True)
class Overrulings:
    """What persons decided, by the records in this ledger: on witnesses, and on times until `until_us`."""

    doubts: frozenset[Overruled] = frozenset()
    until_us: int = 0


async def overrulings(log: Log) -> Overrulings:
    """Read the stream `log/overruled` of `log`."""
    rows = await log.stream(OverrulingId().stream, -1, _MOST_RECORDS)
    records = [parse_entry(row.entry).record for row in rows]
    doubts, times = set[Overruled](), [0]
    for record in records:
        data = data_of(record.raw)
        if record.type == WitnessOverruled.type:
            doubts.add((data["witness"], data["shown"]))
        elif record.type == ClockOverruled.type:
            times.append(micros_of(parse_instant(data["last"])))
    return Overrulings(frozenset(doubts), max(times))
