"""Records and the entries that hold them (docs/LEDGER.md).

    ledger-entry/v1 <index> <time> <base64 leaf hash of the entry before>\\n
    {"actor":…,"at":…,"data":{…},"id":…,"prev":…,"seq":…,"stream":…,"subject":…,"type":…,"v":1}\\n
    \\n
    — <key name> <base64(key id || Ed25519)>\\n

A leaf of the tree is the whole entry. So the hash chain lies inside the tree, and the two cannot disagree. The bytes
of a record as submitted are the truth; they are never serialised again.
"""

from __future__ import annotations

import hashlib
import re
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from ledger.canonical import instant, parse_canonical
from ledger.notes import Note, Signature, parse_note, unbase64

NO_HASH = bytes(32)
MAX_NOTE = 60_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
_HEADER = re.compile(rf"ledger-entry/v1 (0|[1-9][0-9]{{0,18}}) ({_TIME}) ([A-Za-z0-9+/]{{43}}=)")
_PATTERNS = {
    "actor": re.compile(r"[a-z][a-z-]{0,31}:[!-~]{1,100}"),
    "at": re.compile(_TIME),
    "id": re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "prev": re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="),
    "stream": re.compile(r"[a-z][a-z_-]{0,31}(?:/[!-.0-~]{1,200})?"),
    "type": re.compile(r"[a-z][a-z_]*(?:\.[a-z][a-z_]*){1,3}"),
}
_FIELDS = {*_PATTERNS, "data", "seq", "v"}
_OPTIONAL = {"subject"}


def _inside_json(field: str) -> bytes:
    """The pattern of a field in the bytes of a record: without the quotes and backslashes that JSON escapes."""
    return _PATTERNS[field].pattern.replace("!-", "!#-").replace("-~", r"-\[\]-~").encode()


# The shape of nearly every record: ASCII, one signature of 64 bytes, canonical JSON around `data`, canonical Base64.
_COMMON = re.compile(
    rb'(\{"actor":"%b","at":"(%b)","data":(\{.*\}),"id":"(%b)","prev":"(%b)","seq":(0|[1-9][0-9]{0,14}),'
    rb'"stream":"(%b)",(?:"subject":(?:null|"[^"\\\x00-\x1f\x80-\xff]*"),)?"type":"(%b)","v":[1-9][0-9]{0,14}\}\n)'
    rb"\n\xe2\x80\x94 ([!-*,-~]{1,255}) ([A-Za-z0-9+/]{90}[AEIMQUYcgkosw048]=)\n"
    % tuple(map(_inside_json, ("actor", "at", "id", "prev", "stream", "type")))
)


class Record(NamedTuple):
    """A parsed record, unverified. `parsed` is the note if it was parsed already.

    `prev` is the hash of the record before it in its stream (32 zero bytes at seq 0), `hash` its own:
    SHA-256 of the whole note. `about_keys`: its stream is `log` or `keys/…`. The rarely used properties are
    computed from the bytes on each access.
    """

    raw: bytes
    parsed: Note | None
    id_text: str
    type: str
    stream: str
    seq: int
    prev: bytes
    hash: bytes
    about_keys: bool

    @property
    def note(self) -> Note:
        return self.parsed or parse_note(self.raw)

    @property
    def id(self) -> UUID:
        return UUID(self.id_text)

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = orjson.loads(self.note.text)
        return body


def parse_record(raw: bytes) -> Record:
    """The record in the note `raw`. Raises ValueError outside the profile (docs/LEDGER.md).

    One pattern reads records of the common shape, in half the time. It never refuses a record: `_by_the_rules`
    judges every record that does not fit the pattern or that fails within it.
    """
    common = _COMMON.fullmatch(raw) if len(raw) <= MAX_NOTE else None
    if common is None:
        return _by_the_rules(raw)
    text, at, data, named, prev, seq, stream, kind, name, signature = common.groups()
    try:
        # The pattern may end `data` at the wrong place; parsing proves that it is one JSON value.
        parse_canonical(data, inside=1)
        datetime.fromisoformat(at.decode())
    except ValueError:
        return _by_the_rules(raw)
    signed = a2b_base64(signature)
    note = Note(text, (Signature(name.decode(), signed[:4], signed[4:]),))
    about_keys = stream == b"log" or stream.startswith(b"keys/")
    return Record(
        raw,
        note,
        named.decode(),
        kind.decode(),
        stream.decode(),
        int(seq),
        a2b_base64(prev),
        hashlib.sha256(raw).digest(),
        about_keys,
    )


def body_of(note: bytes) -> dict[str, Any]:
    """The JSON of a record's note that this system wrote, read without a check: of one's own outbox, of the log."""
    body: dict[str, Any] = orjson.loads(note.partition(b"\n")[0])
    return body


def data_of(note: bytes) -> dict[str, Any]:
    """As `body_of`, of its field `data`: what the record says beside who, when and where."""
    data: dict[str, Any] = body_of(note)["data"]
    return data


def _by_the_rules(raw: bytes) -> Record:
    if len(raw) > MAX_NOTE:
        raise ValueError(f"a record has at most {MAX_NOTE} bytes")
    note = parse_note(raw)
    if note.text.count(b"\n") != 1:
        raise ValueError("a record is one line of canonical JSON")
    body = parse_canonical(note.text[:-1])
    if not isinstance(body, dict) or not _FIELDS <= body.keys() <= _FIELDS | _OPTIONAL:
        raise ValueError(f"a record has the fields {', '.join(sorted(_FIELDS | _OPTIONAL))}")
    for field, pattern in _PATTERNS.items():
        if not isinstance(body[field], str) or not pattern.fullmatch(body[field]):
            raise ValueError(f"the field {field} of a record does not have its form")
    for field, least in (("seq", 0), ("v", 1)):
        if type(body[field]) is not int or body[field] < least:
            raise ValueError(f"the field {field} of a record is an integer from {least}")
    if not isinstance(body["data"], dict) or not isinstance(body.get("subject"), str | None):
        raise ValueError("a record's data is an object, its subject text")
    micros(body["at"])
    stream, prev, digest = body["stream"], unbase64(body["prev"]), hashlib.sha256(raw).digest()
    about_keys = stream == "log" or stream.startswith("keys/")
    return Record(raw, note, body["id"], body["type"], stream, body["seq"], prev, digest, about_keys)


def micros(time: str) -> int:
    """Microseconds since 1970 of a time as records write it. Raises ValueError for a date that does not exist."""
    return micros_of(datetime.fromisoformat(time))


def micros_of(at: datetime) -> int:
    """Microseconds since 1970 of `at`."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    """The instant `us` microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=us)


@dataclass(frozen=True)
class Entry:
    """A parsed entry. `us` is its time in microseconds since 1970, `prev` the leaf hash before it."""

    raw: bytes
    index: int
    us: int
    prev: bytes
    record: Record

    @property
    def header(self) -> str:
        return self.raw[: self.raw.index(b"\n")].decode()


def make_entry(index: int, us: int, prev: bytes, note: bytes) -> bytes:
    """The bytes of entry `index`: its time `us`, the leaf hash `prev` of the entry before it, the record `note`."""
    return b"ledger-entry/v1 %d %b %b%b" % (index, _written(us), b2a_base64(prev), note)


@lru_cache(maxsize=4)
def _written(us: int) -> bytes:
    return instant(moment(us)).encode()


def parse_entry(raw: bytes) -> Entry:
    """The entry in `raw`. Raises ValueError for bytes that `make_entry` does not write."""
    header, _, note = raw.partition(b"\n")
    match = _HEADER.fullmatch(header.decode())
    if match is None:
        raise ValueError("an entry starts with ledger-entry/v1, an index, a time and a hash")
    return Entry(raw, int(match[1]), micros(match[2]), unbase64(match[3]), parse_record(note))
