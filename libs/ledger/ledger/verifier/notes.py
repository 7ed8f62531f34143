"""The formats: public keys, signed notes, canonical JSON, statements, entries, checkpoints.

Every parser raises ValueError for a text that its format forbids.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from ledger.verifier.curves import sm2
from ledger.verifier.ed25519 import fastest_ed25519
from ledger.verifier.mldsa import PUBLIC_KEY, cosigned_by_ml_dsa, ml_dsa_44
from ledger.verifier.report import Fault
from ledger.verifier.sm3 import sha256

HEADER = re.compile(
    rb"ledger-entry/v1 (0|[1-9][0-9]{0,18})"
    rb" ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z) ([A-Za-z0-9+/]{43}=)"
)
"""The first line of an entry: index, time, hash of the entry before it."""

FIELDS = {"actor", "at", "data", "id", "prev", "seq", "stream", "type", "v"}
"""The fields of every record; `subject` may be added."""

TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{6}Z")
FIELD = re.compile(r"[a-z][a-z0-9_]{0,31}")


ED25519, COSIGNATURE, ML_DSA, SM2 = 0x01, 0x04, 0x06, 0xFF
_SM2_NAME = b"SM2-SM3"


@lru_cache(maxsize=4096)
def _signed(name: str, kind: int, public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether the key `public` of this `kind`, under its name, made `signature` over `text`."""
    if kind == SM2:
        return sm2(public, signature, text)
    if kind == ML_DSA:
        return cosigned_by_ml_dsa(name, public, signature, text)
    if kind == COSIGNATURE:  # c2sp.org/tlog-cosignature: eight bytes of POSIX time come first
        at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
        text = f"cosignature/v1\ntime {at}\n".encode() + text
    return fastest_ed25519()(public, signature, text)


def unbase64(text: bytes | str) -> bytes:
    """The bytes behind `text`, which must be their one standard Base64 form (RFC 4648)."""
    value = base64.b64decode(text, validate=True)
    if base64.b64encode(value) != (text.encode() if isinstance(text, str) else text):
        raise Fault("Base64 不规范")
    return value


@dataclass(frozen=True)
class Vkey:
    """A public key under its name: `<name>+<id>+<base64(kind || key)>`; SM2: kind 0xff || "SM2-SM3" || 04xy.

    A key of kind ML_DSA can be read everywhere; whether its signatures can be checked here, `is_judged` tells.
    """

    name: str
    key_id: bytes
    kind: int
    public: bytes

    @property
    def is_judged(self) -> bool:
        """Whether this program can check the key's signatures here."""
        return self.kind != ML_DSA or ml_dsa_44() is not None

    @property
    def vkey(self) -> str:
        material = bytes([self.kind]) + (_SM2_NAME if self.kind == SM2 else b"") + self.public
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(material).decode()}"

    @classmethod
    def parse(cls, text: object) -> Vkey:
        name, _, rest = str(text).partition("+")
        key_id, _, encoded = rest.partition("+")
        material = unbase64(encoded)
        kind, public = material[0], material[1:]
        if kind == SM2 and public.startswith(_SM2_NAME + b"\x04") and len(public) == 72:
            public = public[7:]
        elif len(public) != {ED25519: 32, COSIGNATURE: 32, ML_DSA: PUBLIC_KEY}.get(kind):
            raise Fault(f"公钥 {name} 的格式不对")
        expected = sha256(name.encode() + b"\n" + material)[:4]
        if key_id != expected.hex() or not re.fullmatch(r"[^\s+]+", name):
            raise Fault(f"公钥 {name} 的编号与内容不符")
        return cls(name, expected, kind, public)


@dataclass(frozen=True)
class Note:
    """A signed note: `text` ends in a newline; `signatures` are (name, key id, signature)."""

    raw: bytes
    text: bytes
    signatures: list[tuple[str, bytes, bytes]]

    @classmethod
    def parse(cls, raw: bytes) -> Note:
        cut = raw.rfind(b"\n\n")
        if (
            cut < 0
            or len(raw) > 1_000_000
            or not raw.endswith(b"\n")
            or re.search(rb"[\x00-\x09\x0b-\x1f]", raw)
        ):
            raise Fault("签名文本的格式不对")
        signatures = []
        for line in raw[cut + 2 : -1].decode().split("\n"):
            mark, name, encoded = line.split(" ")
            value = unbase64(encoded)
            if mark != "—" or len(value) < 5 or not re.fullmatch(r"[^\s+]+", name):
                raise Fault("签名行的格式不对")
            signatures.append((name, value[:4], value[4:]))
        raw[: cut + 1].decode()
        return cls(raw, raw[: cut + 1], signatures)

    def claims(self, key: Vkey) -> bool:
        """Whether a signature line names `key`, be it right or wrong."""
        return self.signature(key) is not None

    def signature(self, key: Vkey) -> bytes | None:
        """The first signature under the name and number of `key`."""
        for name, key_id, signature in self.signatures:
            if name == key.name and key_id == key.key_id:
                return signature
        return None

    def signed_by(self, key: Vkey) -> bool:
        """Whether the first signature that names `key` is right."""
        signature = self.signature(key)
        return signature is not None and _signed(key.name, key.kind, key.public, signature, self.text)

    def contradicts(self, key: Vkey) -> bool:
        """Whether any line that names `key` is wrong, be it beside a right one."""
        lines = [value for name, key_id, value in self.signatures if (name, key_id) == (key.name, key.key_id)]
        return not all(_signed(key.name, key.kind, key.public, value, self.text) for value in lines)

    def signed_by_exactly(self, keys: Iterable[Vkey]) -> bool:
        """Whether `keys` and no others signed: one right line for each key, in any order."""
        must = {(key.name, key.key_id): key for key in keys}
        lines = [(name, key_id) for name, key_id, _ in self.signatures]
        return sorted(lines) == sorted(must) and all(map(self.signed_by, must.values()))

    def only(self, keys: Iterable[Vkey]) -> bytes:
        """The note without the signature lines of other keys."""
        lines, ours = self.raw[len(self.text) + 1 :].split(b"\n"), {(key.name, key.key_id) for key in keys}
        own = [lines[n] for n, (name, key_id, _) in enumerate(self.signatures) if (name, key_id) in ours]
        return self.text + b"\n" + b"".join(line + b"\n" for line in own)


def canonical(value: Any) -> bytes:
    """The canonical JSON of `value`: sorted keys, no blanks (the integers and texts of RFC 8785)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def parse_canonical(line: bytes) -> Any:
    """The value in `line`, which must be canonical JSON without fractions."""

    def refuse(text: str) -> Any:
        raise Fault(f"记录里不得有 {text}")

    value = json.loads(line, parse_float=refuse, parse_constant=refuse)
    if canonical(value) != line or not all(FIELD.fullmatch(key) for key in _keys(value)):
        raise Fault("JSON 不是规范形式")
    return value


def _keys(value: Any, depth: int = 0) -> Iterator[str]:
    """Every key in `value`, at every depth."""
    if depth > 32:
        raise Fault("JSON 嵌套过深")
    for key, part in value.items() if isinstance(value, dict) else []:
        yield key
        yield from _keys(part, depth + 1)
    for part in value if isinstance(value, list) else []:
        yield from _keys(part, depth + 1)


def statement(note: Note, kind: str) -> dict[str, Any]:
    """The JSON in a statement note of this `kind`. The signatures are not checked here."""
    head, _, body = note.text.partition(b"\n")
    if head != f"mingzheng-statement/v1 {kind}".encode():
        raise Fault(f"不是 {kind} 声明")
    value = parse_canonical(body.removesuffix(b"\n"))
    if not isinstance(value, dict):
        raise Fault("声明的格式不对")
    return value


def moment(text: str) -> datetime:
    """The instant that `text` writes with six decimals and Z."""
    # What `fromisoformat` reads besides differs between versions of Python.
    if not TIME.fullmatch(text):
        raise Fault("时间的写法不对")
    return datetime.fromisoformat(text[:-1]).replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class Entry:
    """An entry of the ledger, and the record that it carries."""

    raw: bytes
    index: int
    time: str
    prev: bytes
    note: Note
    record: dict[str, Any]

    @classmethod
    def parse(cls, raw: bytes) -> Entry:
        header, _, rest = raw.partition(b"\n")
        match, note = HEADER.fullmatch(header), Note.parse(rest)
        if match is None or note.text.count(b"\n") != 1:
            raise Fault("账本条目的格式不对")
        record = parse_canonical(note.text[:-1])
        if not isinstance(record, dict) or not FIELDS <= record.keys() <= FIELDS | {"subject"}:
            raise Fault("记录的字段不对")
        if type(record["seq"]) is not int or not isinstance(record["data"], dict):
            raise Fault("记录的字段不对")
        moment(match[2].decode())
        return cls(raw, int(match[1]), match[2].decode(), unbase64(match[3]), note, record)

    @property
    def leaf(self) -> bytes:
        """The leaf hash of RFC 6962."""
        return sha256(b"\x00" + self.raw)

    @property
    def stream(self) -> str:
        return str(self.record["stream"])

    @property
    def seq(self) -> int:
        return int(self.record["seq"])

    @property
    def after(self) -> bytes:
        """The hash of the record before it in its stream."""
        return unbase64(self.record["prev"])

    @property
    def note_hash(self) -> bytes:
        """The hash by which the next record of its stream names this one."""
        return sha256(self.note.raw)


class Record:
    """The parts of an entry that later steps need; the bytes are let go. `folder` is where it lies in a bundle."""

    __slots__ = (
        "actor",
        "after",
        "data",
        "folder",
        "id",
        "index",
        "leaf",
        "note_hash",
        "prev",
        "seq",
        "stream",
        "subject",
        "time",
        "type",
    )

    def __init__(self, entry: Entry, folder: str) -> None:
        self.folder, self.index, self.time, self.prev = folder, entry.index, entry.time, entry.prev
        self.stream, self.seq, self.after = entry.stream, entry.seq, entry.after
        self.type, self.actor = str(entry.record["type"]), str(entry.record["actor"])
        self.id = str(entry.record["id"])
        self.subject, self.data = entry.record.get("subject"), dict[str, Any](entry.record["data"])
        self.leaf, self.note_hash = entry.leaf, entry.note_hash

    @property
    def at(self) -> datetime:
        return moment(self.time)


@dataclass(frozen=True)
class Checkpoint:
    """A signed checkpoint (c2sp.org/tlog-checkpoint): origin, number of entries, root."""

    note: Note
    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, raw: bytes) -> Checkpoint:
        note = Note.parse(raw)
        origin, size, root, *end = note.text.decode().split("\n")
        if end != [""] or not re.fullmatch(r"0|[1-9][0-9]{0,18}", size) or len(unbase64(root)) != 32:
            raise Fault("检查点的格式不对")
        return cls(note, origin, int(size), unbase64(root))
