"""The key log: which key may sign which stream, from which entry to which.

    log.genesis    in `log`, by a root key       names origin, root keys and log keys; always entry 0
    key.register   in `keys/<owner>`, root + new one   binds a key to stream prefixes
    key.rotate     in `keys/<owner>`, old + new one    the new key takes over the old one's prefixes
    key.revoke     in `keys/<owner>`, root             ends a key

Registering a valid key again replaces its prefixes. A key is valid over an interval of indexes, from the
entry that registered it to the one that ended it, so that no clock is involved. Root keys sign the
streams `log` and `keys/…` and no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from common.crypto import Verifier
from evidence.ledger.entry import Record


@dataclass(frozen=True)
class RegisteredKey:
    """A key, the stream prefixes it may sign, and the entry that ended it (None: still valid)."""

    verifier: Verifier
    streams: tuple[str, ...]
    until: int | None = None


class KeyLog:
    """The keys as the entries so far leave them."""

    def __init__(self, origin: str, log: Verifier, roots: tuple[Verifier, ...]) -> None:
        self.origin = origin
        self.log = log
        self.roots = roots
        self.version = 0
        self.ends: dict[str, tuple[int, bytes]] = {}
        self._keys: dict[str, RegisteredKey] = {}

    def streams_of(self, verifier: Verifier) -> tuple[str, ...]:
        """The prefixes that `verifier` may sign now; none if it is not registered, or was ended."""
        key = self._keys.get(verifier.vkey)
        return key.streams if key is not None and key.until is None else ()

    def copy(self) -> KeyLog:
        other = KeyLog(self.origin, self.log, self.roots)
        other.version, other.ends, other._keys = self.version, dict(self.ends), dict(self._keys)
        return other

    def signers(self, record: Record) -> list[tuple[Verifier, bytes]]:
        """The keys whose signatures on `record` must be right, each with its signature, unverified.

        These are the keys that must sign, and every other key we know that claims to have signed. Raises
        ValueError if no key may sign the record's stream, or one that must sign has not.
        """
        signers = [(verifier, self._claim(record, verifier)) for verifier in self._must_sign(record)]
        if len(record.note.signatures) > len(signers):
            for known in [*self.roots, *(key.verifier for key in self._keys.values())]:
                signature = known.signature(record.note)
                if signature is not None and (known, signature) not in signers:
                    signers.append((known, signature))
        return signers

    def _claim(self, record: Record, verifier: Verifier) -> bytes:
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
                self._check_genesis(record)
                return [self._root_of(record)]
            case "key.register":
                return [self._root_of(record), _key_in(record)]
            case "key.rotate":
                return [self._valid(record.body["data"].get("replaces")).verifier, _key_in(record)]
            case "key.revoke":
                self._valid(record.body["data"].get("key"))
                return [self._root_of(record)]
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

    def _root_of(self, record: Record) -> Verifier:
        for root in self.roots:
            if root.signature(record.note) is not None:
                return root
        raise ValueError("a root key must sign a record about keys")

    def _check_genesis(self, record: Record) -> None:
        data = record.body["data"]
        expected: Mapping[str, object] = {
            "origin": self.origin,
            "log_keys": [self.log.vkey],
            "root_keys": [root.vkey for root in self.roots],
        }
        if self.version or any(data.get(name) != value for name, value in expected.items()):
            raise ValueError(
                f"the genesis of a log comes first and names the origin {self.origin} and its keys"
            )

    def _valid(self, vkey: object) -> RegisteredKey:
        key = self._keys.get(str(vkey))
        if key is None or key.until is not None:
            raise ValueError("the key that this record names is not registered, or no longer valid")
        return key

    def apply(self, index: int, record: Record) -> None:
        """What entry `index` does to the keys. `record` has been verified; raises ValueError if it says nonsense."""
        self.version += 1
        self.ends[record.stream] = (record.seq, record.hash)
        data = record.body["data"]
        match record.type:
            case "key.register":
                streams = data.get("streams")
                if not isinstance(streams, list) or not streams or not all(_is_prefix(s) for s in streams):
                    raise ValueError("a key is registered for stream prefixes that end in a slash")
                self._register(RegisteredKey(_key_in(record), tuple(streams)))
            case "key.rotate":
                old = self._valid(data.get("replaces"))
                self._keys[old.verifier.vkey] = replace(old, until=index)
                self._register(RegisteredKey(_key_in(record), old.streams))
            case "key.revoke":
                gone = self._valid(data.get("key"))
                self._keys[gone.verifier.vkey] = replace(gone, until=index)

    def _register(self, key: RegisteredKey) -> None:
        known = self._keys.get(key.verifier.vkey)
        if known is not None and known.until is not None:
            raise ValueError(f"the key {key.verifier.name} was ended; a new key needs a new name")
        self._keys[key.verifier.vkey] = key


def _key_in(record: Record) -> Verifier:
    return Verifier.parse(str(record.body["data"].get("key")))


def _is_prefix(stream: object) -> bool:
    return isinstance(stream, str) and stream.endswith("/") and stream != "keys/" and len(stream) > 1
