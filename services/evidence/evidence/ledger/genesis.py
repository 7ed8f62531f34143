"""Makes the records about keys: the first entries of a log, and the later changes of keys.

    0      log.genesis    stream `log`          signed by the root keys
    1 …    key.register   stream `keys/<owner>` signed by the root keys and, as proof of possession, the key
           key.rotate     stream `keys/<owner>` signed by the old key and the new
           key.revoke     stream `keys/<owner>` signed by the root keys

`establish` is repeatable: it writes only missing records, for a new key or for a key with other streams.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.values.ids import record_id
from evidence.ledger.sequencer import Sequencer
from ledger.canonical import canonical, instant
from ledger.clock import Clock
from ledger.entry import NO_HASH
from ledger.keyfiles import NoteKey
from ledger.keys import CHECKPOINTS, KeyLog
from ledger.notes import Verifier

_ACTOR = "svc:evidence"


@dataclass(frozen=True)
class Enrolment:
    """A service's record key and the stream prefixes it may sign, each ending in a slash."""

    key: NoteKey
    streams: tuple[str, ...]


async def establish(
    sequencer: Sequencer,
    *,
    roots: Sequence[NoteKey],
    enrolments: Sequence[Enrolment],
    clock: Clock,
    threshold: int = 1,
    demo_clock: bool = False,
) -> int:
    """Write the genesis and the registrations that the log lacks; the result is the number of written entries.

    `threshold` is the number of root keys that a new log demands; `roots` must be as many. `demo_clock`: the times of a
    new log come from a clock that can be moved, and prove nothing. Raises Refusal
    LEDGER_NO_LEADER if `sequencer` does not lead.
    """
    before = sequencer.keys.version
    if not before:
        opening = genesis(sequencer, roots=roots, threshold=threshold, at=clock(), demo_clock=demo_clock)
        await sequencer.append(opening)
    # Without `roots` a new log key waits until the next start that has them.
    for key in log_keys_to_register(sequencer) if roots else []:
        note = log_key_registration(key, sequencer.keys, roots=roots, at=clock())
        await sequencer.append(note)
    for enrolment in enrolments:
        keys = sequencer.keys
        if keys.streams_of(enrolment.key.verifier) != enrolment.streams:
            note = registration(enrolment, keys, roots=roots, at=clock())
            await sequencer.append(note)
    return sequencer.keys.version - before


def log_keys_to_register(sequencer: Sequencer) -> list[NoteKey]:
    """The newest log keys of the sequencer that the profile's suites need and that the log lacks."""
    wanted = wanted_log_keys(sequencer)
    return [key for keys in wanted for key in keys if sequencer.keys.find(key.vkey) is None]


def wanted_log_keys(sequencer: Sequencer) -> tuple[list[NoteKey], list[NoteKey]]:
    """The keys that the genesis of a new log would name: for the log, and for its twin."""
    twin = sequencer.settings.twin
    log = [key for key in sequencer.signing.first if twin or key.algorithm is Verifier]
    return log, list(sequencer.signing.twin) if twin else []


def genesis(
    sequencer: Sequencer, *, roots: Sequence[NoteKey], threshold: int, at: datetime, demo_clock: bool = False
) -> bytes:
    """The record that opens a log: its keys and algorithms. It continues no earlier log."""
    log, twin = wanted_log_keys(sequencer)
    data: dict[str, Any] = {
        "log_keys": [key.vkey for key in log],
        "origin": sequencer.origin,
        "previous": None,
        "root_keys": [root.vkey for root in sequencer.roots],
        "suites": [str(suite) for suite in sequencer.settings.suites],
    }
    # Optional fields: a log of one suite, one root key and a real clock has none.
    if demo_clock:
        data["clock"] = "demo"
    if twin:
        data["twin_keys"] = [key.vkey for key in twin]
    if threshold > 1:
        data["root_threshold"] = threshold
    return _signed(_record("log.genesis", "log", data, after=(-1, NO_HASH), at=at), roots)


def registration(enrolment: Enrolment, keys: KeyLog, *, roots: Sequence[NoteKey], at: datetime) -> bytes:
    """The record that lets a key sign its streams."""
    data = {"key": enrolment.key.vkey, "streams": list(enrolment.streams)}
    stream = stream_of(enrolment.key.verifier)
    text = _record("key.register", stream, data, after=_end(keys, stream), at=at)
    return _signed(text, [*roots, enrolment.key])


def log_key_registration(key: NoteKey, keys: KeyLog, *, roots: Sequence[NoteKey], at: datetime) -> bytes:
    """The record after which `key` signs the checkpoints of the log, or of its twin."""
    data = {"key": key.vkey, "signs": CHECKPOINTS}
    return _signed(
        _record("key.register", keys.stream, data, after=_end(keys, keys.stream), at=at), [*roots, key]
    )


def rotation(old: NoteKey, new: NoteKey, keys: KeyLog, *, at: datetime) -> bytes:
    """The record by which `new` takes over the streams of `old`."""
    data = {"key": new.vkey, "replaces": old.vkey}
    stream = stream_of(old.verifier)
    return _signed(_record("key.rotate", stream, data, after=_end(keys, stream), at=at), [old, new])


def revocation(key: Verifier, keys: KeyLog, *, reason: str, roots: Sequence[NoteKey], at: datetime) -> bytes:
    """The record that ends `key`. `reason` is a code."""
    stream = keys.stream if key.name.startswith(keys.origin) else stream_of(key)
    data = {"key": key.vkey, "reason": reason}
    return _signed(_record("key.revoke", stream, data, after=_end(keys, stream), at=at), roots)


def stream_of(key: Verifier) -> str:
    """The stream of the records about a service's keys."""
    return f"keys/{key.name.rpartition('/')[0] or key.name}"


def _end(keys: KeyLog, stream: str) -> tuple[int, bytes]:
    return keys.ends.get(stream, (-1, NO_HASH))


def _signed(text: bytes, keys: Sequence[NoteKey]) -> bytes:
    return text + b"\n" + b"".join(key.line(text) for key in keys)


def _record(
    type_: str, stream: str, data: dict[str, Any], *, after: tuple[int, bytes], at: datetime
) -> bytes:
    seq, prev = after
    record = {
        "actor": _ACTOR,
        "at": instant(at),
        "data": data,
        "id": str(record_id(at)),
        "prev": base64.b64encode(prev).decode(),
        "seq": seq + 1,
        "stream": stream,
        "subject": stream,
        "type": type_,
        "v": 1,
    }
    return canonical(record) + b"\n"
