"""The key log: which key may sign which streams or the checkpoints, and over which interval of entries.

    log.genesis    in `log`, by the roots        names origin, root keys and log keys; always entry 0
    key.register   in `keys/<owner>`, roots + new one  binds a key to stream prefixes, or to checkpoints
    key.rotate     in `keys/<owner>`, old + new one    the new key takes over the old one's prefixes
    key.revoke     in `keys/<owner>`, roots            ends a key

Registering a valid key again replaces its prefixes. A key is valid from the entry that registered it to the entry
that ended it. These are indexes, so validity does not depend on a clock. Root keys sign the streams `log` and `keys/…`
and no other. The genesis says in `root_threshold` (1 by default) how many of them must sign, each counted once.

The name of a log key is the origin, and it signs checkpoints; the keys of the twin are named `<origin>/sm3`. The
checkpoint of n entries carries a line by every log key that is valid after n entries: two while one replaces another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ledger.entry import Record
from ledger.notes import Verifier
from ledger.sm2 import parse_vkey
from ledger.twin import twin_origin

CHECKPOINTS: Final = "checkpoints"
NamedSigner = tuple[str, str, bytes]
"""The signer that an ordinary record names: the noun of its stream, the key's name, the key's id."""


def named_signer(record: Record) -> NamedSigner | None:
    """Cache key of an ordinary record with exactly one signature; None if `KeyLog.signers` must judge the record."""
    if record.about_keys or record.type.startswith(("key.", "log.genesis")):
        return None
    signatures = record.note.signatures
    if len(signatures) != 1:
        return None
    name, key_id, _ = signatures[0]
    return record.stream.partition("/")[0], name, key_id


@dataclass(frozen=True)
class RegisteredKey:
    """A key and the stream prefixes it may sign; a log key has none. `until` is the entry that ended the key."""

    verifier: Verifier
    streams: tuple[str, ...]
    since: int
    until: int | None = None

    def signs(self, size: int) -> bool:
        """Whether it is valid after the entries 0 to size - 1."""
        return self.since < size and (self.until is None or size <= self.until)


class KeyLog:
    """The keys that are valid after the entries applied so far."""

    def __init__(self, origin: str, roots: tuple[Verifier, ...]) -> None:
        self.origin = origin
        self.roots = roots
        self.threshold = 1
        self.suites: tuple[str, ...] = ()
        self.version = 0
        self.ends: dict[str, tuple[int, bytes]] = {}
        self._keys: dict[str, RegisteredKey] = {}
        self.known_signers: dict[NamedSigner, Verifier] = {}

    @property
    def stream(self) -> str:
        """The stream of the records about log keys."""
        return f"keys/{self.origin.rpartition('/')[0] or self.origin}"

    @property
    def every_key(self) -> Sequence[RegisteredKey]:
        """Every key ever registered, in order of registration. The root keys are not among them."""
        return tuple(self._keys.values())

    @property
    def every_log_key(self) -> Sequence[Verifier]:
        """Every key, past ones too, that signed checkpoints of the log. Keys of the twin are not among them."""
        return [key.verifier for key in self._of(self.origin)]

    @property
    def log_keys(self) -> tuple[Verifier, ...]:
        """The keys that sign the next checkpoint."""
        return tuple(key.verifier for key in self._of(self.origin) if key.until is None)

    @property
    def twin_keys(self) -> tuple[Verifier, ...]:
        """The keys that sign the next checkpoint of the twin; empty if the log has no twin."""
        return tuple(key.verifier for key in self._of(twin_origin(self.origin)) if key.until is None)

    def log_keys_at(self, size: int) -> tuple[Verifier, ...]:
        """The keys whose lines the checkpoint of `size` carries, in this order."""
        return tuple(key.verifier for key in self._of(self.origin) if key.signs(size))

    def twin_keys_at(self, size: int) -> tuple[Verifier, ...]:
        return tuple(key.verifier for key in self._of(twin_origin(self.origin)) if key.signs(size))

    def _of(self, name: str) -> list[RegisteredKey]:
        return [key for key in self._keys.values() if key.verifier.name == name and not key.streams]

    def streams_of(self, verifier: Verifier) -> tuple[str, ...]:
        """The prefixes that `verifier` may sign now; empty if it is not registered, or has ended."""
        key = self._keys.get(verifier.vkey)
        return key.streams if key is not None and key.until is None else ()

    def find(self, vkey: str) -> RegisteredKey | None:
        return self._keys.get(vkey)

    def copy(self) -> KeyLog:
        other = KeyLog(self.origin, self.roots)
        other.threshold, other.suites, other.version = self.threshold, self.suites, self.version
        other.ends, other._keys = dict(self.ends), dict(self._keys)
        return other

    def signer(self, record: Record) -> Verifier | None:
        """The key that must have signed an ordinary record with one signature; None if `signers` must judge it."""
        named = named_signer(record)
        if named is None or not self.version:
            return None
        key = self.known_signers.get(named)
        if key is None:
            try:
                key = self.known_signers[named] = self._key_of(record)
            except ValueError:
                return None
        return key

    def holds(self, named: NamedSigner, public: bytes) -> bool:
        """Whether the cached key for `named` is `public`. False also if `signer` has not cached one yet."""
        key = self.known_signers.get(named)
        return key is not None and key.public == public

    def signers(self, record: Record) -> list[tuple[Verifier, bytes]]:
        """The keys whose signatures on `record` the caller must verify, each with its signature.

        These are the keys that must sign, and every other known key that the signature lines name. Raises
        ValueError if no key may sign the record's stream, or a key that must sign did not.
        """
        signers = [(verifier, self._signature_of(record, verifier)) for verifier in self._must_sign(record)]
        if len(record.note.signatures) > len(signers):
            for known in [*self.roots, *(key.verifier for key in self._keys.values())]:
                signature = known.signature(record.note)
                if signature is not None and (known, signature) not in signers:
                    signers.append((known, signature))
        return signers

    def _signature_of(self, record: Record, verifier: Verifier) -> bytes:
        signature = verifier.signature(record.note)
        if signature is None:
            raise ValueError(f"the key {verifier.name} must sign a record of type {record.type}")
        return signature

    def _must_sign(self, record: Record) -> list[Verifier]:
        if not self.version and record.type != "log.genesis":
            raise ValueError("the first entry of a log is its genesis")
        if not record.about_keys and not record.type.startswith(("key.", "log.genesis")):
            return [self._key_of(record)]
        if (record.stream == "log") is not (record.type == "log.genesis") or (
            record.type.startswith("key.") and not record.stream.startswith("keys/")
        ):
            raise ValueError("log.genesis is the one type of the stream log; key.… belong to keys/…")
        match record.type:
            case "log.genesis":
                return self._roots_of(record, self._check_genesis(record))
            case "key.register":
                return [*self._roots_of(record, self.threshold), _key_in(record)]
            case "key.rotate":
                return [self._valid(record.body["data"].get("replaces")).verifier, _key_in(record)]
            case "key.revoke":
                self._valid(record.body["data"].get("key"))
                return self._roots_of(record, self.threshold)
        return [self._key_of(record)]

    def _key_of(self, record: Record) -> Verifier:
        if not record.about_keys:
            for key in self._keys.values():
                if (
                    key.until is None
                    and record.stream.startswith(key.streams)
                    and key.verifier.signature(record.note)
                ):
                    return key.verifier
        raise ValueError("no key that is valid for this stream signed the record")

    def _roots_of(self, record: Record, threshold: int) -> list[Verifier]:
        signed = [root for root in self.roots if root.signature(record.note) is not None]
        if len({root.public for root in signed}) < threshold:  # one key under two names counts once
            keys = "a root key" if threshold == 1 else f"{threshold} root keys"
            raise ValueError(f"{keys} must sign a record about keys")
        return signed

    def _check_genesis(self, record: Record) -> int:
        """How many root keys must sign it. Raises ValueError if it is not the genesis of this log and its roots."""
        data = record.body["data"]
        expected = {"origin": self.origin, "root_keys": [root.vkey for root in self.roots]}
        if self.version or any(data.get(name) != value for name, value in expected.items()):
            raise ValueError(
                f"the genesis of a log comes first and names the origin {self.origin} and its root keys"
            )
        threshold = data.get("root_threshold", 1)
        if type(threshold) is not int or not 1 <= threshold <= len({root.public for root in self.roots}):
            raise ValueError("root_threshold is a number of root keys")
        if data.get("clock", "demo") != "demo":
            raise ValueError("the clock of a log is real, or said to be that of a demo")
        return threshold

    def _valid(self, vkey: object) -> RegisteredKey:
        key = self._keys.get(str(vkey))
        if key is None or key.until is not None:
            raise ValueError("the key that this record names is not registered, or no longer valid")
        return key

    def apply(self, index: int, record: Record) -> None:
        """Apply the verified `record` of entry `index` to the keys. Raises ValueError if its content makes no sense."""
        data = record.body["data"]
        self.known_signers.clear()
        match record.type:
            case "log.genesis":
                self._begin(index, data)
            case "key.register" if data.get("signs") == CHECKPOINTS:
                self._register_log_key(index, record)
            case "key.register":
                streams = data.get("streams")
                if not isinstance(streams, list) or not streams or not all(_is_prefix(s) for s in streams):
                    raise ValueError("a key is registered for stream prefixes that end in a slash")
                self._register(RegisteredKey(_key_in(record), tuple(streams), index))
            case "key.rotate":
                old = self._valid(data.get("replaces"))
                if not old.streams:
                    raise ValueError(
                        "a log key is not rotated: a second one is registered, then the first revoked"
                    )
                self._end(old, index)
                self._register(RegisteredKey(_key_in(record), old.streams, index))
            case "key.revoke":
                self._end(self._valid(data.get("key")), index)
        self.version += 1
        self.ends[record.stream] = (record.seq, record.hash)

    def _begin(self, index: int, data: dict[str, Any]) -> None:
        self.threshold = data.get("root_threshold", 1)
        self.suites = tuple(data.get("suites", ()))
        for field, name in (("log_keys", self.origin), ("twin_keys", twin_origin(self.origin))):
            for vkey in data.get(field, ()):
                key = parse_vkey(vkey)
                if key.name != name:
                    raise ValueError(f"a key in {field} is named {name}")
                self._register(RegisteredKey(key, (), index))
        if not self._signs_the_log():
            raise ValueError("the genesis names an Ed25519 key that signs the checkpoints")

    def _register_log_key(self, index: int, record: Record) -> None:
        key = _key_in(record)
        if "streams" in record.body["data"] or key.name not in (self.origin, twin_origin(self.origin)):
            raise ValueError(
                f"a log key is named {self.origin}, or {twin_origin(self.origin)}, and signs no stream"
            )
        if record.stream != self.stream:
            raise ValueError(f"the records about log keys are in {self.stream}")
        if key.vkey in self._keys:
            raise ValueError(f"the key {key.name} is registered already; a new key is another key")
        self._register(RegisteredKey(key, (), index))

    def _end(self, key: RegisteredKey, index: int) -> None:
        self._keys[key.verifier.vkey] = replace(key, until=index)
        if not self._signs_the_log():
            self._keys[key.verifier.vkey] = key
            raise ValueError("this is the last Ed25519 key of the log; register another before it ends")

    def _signs_the_log(self) -> bool:
        return any(type(key) is Verifier for key in self.log_keys)

    def _register(self, key: RegisteredKey) -> None:
        known = self._keys.get(key.verifier.vkey)
        if known is not None and known.until is not None:
            raise ValueError(f"the key {key.verifier.name} was ended; a new key needs a new name")
        if known is not None and bool(known.streams) is not bool(key.streams):
            raise ValueError(f"the key {key.verifier.name} signs checkpoints or records, never both")
        if key.streams and type(key.verifier) is not Verifier:
            raise ValueError("records are signed with Ed25519 keys")
        if key.verifier in self.roots:
            raise ValueError("a root key signs records about keys and nothing else")
        self._keys[key.verifier.vkey] = key if known is None else replace(key, since=known.since)


def _key_in(record: Record) -> Verifier:
    return parse_vkey(str(record.body["data"].get("key")))


def _is_prefix(stream: object) -> bool:
    return isinstance(stream, str) and stream.endswith("/") and stream != "keys/" and len(stream) > 1
