"""The first entries of a log: what it is called, whose word it is, and who may write to which streams.

    0      log.genesis    stream `log`          signed by the root key
    1 …    key.register   stream `keys/<owner>` signed by the root key and, as proof of possession, the key

Running it again writes only what is missing: a key that is new, or that may now sign other streams.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.clock import Clock
from common.crypto import NoteKey
from common.facts import canonical, instant
from common.ids import record_id
from evidence.ledger.entry import NO_HASH
from evidence.ledger.sequencer import Sequencer

_ACTOR = "svc:evidence"
_SUITE = "sha256-ed25519"


@dataclass(frozen=True)
class Enrolment:
    """A service's record key and the stream prefixes it may sign, each ending in a slash."""

    key: NoteKey
    streams: tuple[str, ...]


async def establish(
    sequencer: Sequencer, *, log: NoteKey, root: NoteKey, enrolments: Sequence[Enrolment], clock: Clock
) -> int:
    """Write the genesis and the registrations that the log lacks; returns how many entries that took.

    Raises Refusal LEDGER_NO_LEADER where `sequencer` does not lead.
    """
    before = sequencer.keys.version
    if not before:
        await sequencer.append(genesis(sequencer.origin, log=log, root=root, at=clock()))
    for enrolment in enrolments:
        keys = sequencer.keys
        if keys.streams_of(enrolment.key.verifier) != enrolment.streams:
            end = keys.ends.get(_stream(enrolment.key), (-1, NO_HASH))
            await sequencer.append(registration(enrolment, root=root, after=end, at=clock()))
    return sequencer.keys.version - before


def genesis(origin: str, *, log: NoteKey, root: NoteKey, at: datetime) -> bytes:
    """The record that opens the log `origin`: its keys, its algorithms, the log it continues (none)."""
    data = {
        "log_keys": [log.vkey],
        "origin": origin,
        "previous": None,
        "root_keys": [root.vkey],
        "suites": [_SUITE],
    }
    return root.note(_record("log.genesis", "log", data, after=(-1, NO_HASH), at=at))


def registration(enrolment: Enrolment, *, root: NoteKey, after: tuple[int, bytes], at: datetime) -> bytes:
    """The record that lets a key sign its streams, `after` the (seq, hash) of its owner's last."""
    data = {"key": enrolment.key.vkey, "streams": list(enrolment.streams)}
    text = _record("key.register", _stream(enrolment.key), data, after=after, at=at)
    return root.note(text) + enrolment.key.line(text)


def _stream(key: NoteKey) -> str:
    return f"keys/{key.name.rpartition('/')[0] or key.name}"


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
