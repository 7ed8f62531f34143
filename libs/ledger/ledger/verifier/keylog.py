"""Who may sign which record and which checkpoint: the key log, built from the entries about keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.verifier.notes import Entry, Vkey
from ledger.verifier.report import Fault


@dataclass
class LogKey:
    """A key that signs checkpoints of sizes greater than `since`, up to `until` (None: without end)."""

    key: Vkey
    since: int
    until: int | None = None


class KeyLog:
    """The keys that are valid after the entries read so far. Validity is counted in entries, not in time.

    A service's key may sign streams under its prefixes. A key registered with "signs": "checkpoints" belongs to
    the log (its name is the origin) or to the twin (<origin>/sm3). All valid keys of a log must sign.
    """

    def __init__(self) -> None:
        self.roots: list[Vkey] = []
        self.threshold = 1
        self.origin = ""
        self.logs: list[LogKey] = []
        self.clock = ""
        self.keys: dict[str, tuple[Vkey, tuple[str, ...]]] = {}
        self.ended: set[str] = set()
        self.registered: list[tuple[int, Vkey, tuple[str, ...]]] = []
        self.revoked: dict[str, int] = {}

    def of(self, name: str, size: int) -> list[Vkey]:
        """The keys that must sign a checkpoint of `size` entries of the log called `name`."""
        valid = (k.key for k in self.logs if k.since < size and (k.until is None or size <= k.until))
        return [key for key in valid if key.name == name]

    def may_write(self, stream: str) -> list[Vkey]:
        """The keys that may write `stream` now."""
        return [key for key, prefixes in self.keys.values() if stream.startswith(prefixes)]

    def before(self, index: int, stream: str) -> list[Vkey]:
        """The keys that might write `stream` before entry `index`, without those that were revoked before it.

        A key that was rotated away stays: what it signed may be older than the record that names it.
        """
        return [
            key
            for since, key, prefixes in self.registered
            if since < index and stream.startswith(prefixes) and self.revoked.get(key.vkey, index) >= index
        ]

    def take(self, entry: Entry) -> None:
        """Check who signed `entry`, and apply it if it is about keys. The ValueError names the fault."""
        for key in self._signers(entry):
            if not entry.note.signed_by(key):
                raise Fault(f"缺少 {key.name} 的有效签名")
        for key in [*self.roots, *(key for key, _ in self.keys.values())]:
            if entry.note.contradicts(key):
                raise Fault(f"{key.name} 的签名与内容不符")
        if entry.stream.startswith("keys/"):
            self._apply(entry)

    def believe(self, entry: Entry) -> None:
        """Apply `entry` without a look at its signatures: the maker of a bundle reads its own ledger."""
        if not self.roots and entry.record["type"] == "log.genesis":
            self._begin(entry.record["data"])
        elif entry.stream.startswith("keys/"):
            self._apply(entry)

    def _signers(self, entry: Entry) -> list[Vkey]:
        """The keys whose signatures `entry` needs."""
        data, kind = entry.record["data"], entry.record["type"]
        if not self.roots:
            if kind != "log.genesis" or entry.index != 0 or entry.stream != "log":
                raise Fault("账本的第一条必须是 log.genesis")
            self._begin(data)
            return self._roots_on(entry)
        if entry.stream.startswith("keys/"):
            if kind == "key.register":
                return [*self._roots_on(entry), Vkey.parse(data["key"])]
            if kind == "key.rotate":
                return [self._service_key(data["replaces"]), Vkey.parse(data["key"])]
            if kind == "key.revoke":
                return self._roots_on(entry)
            raise Fault(f"{entry.stream} 里不应有 {kind}")
        for key, prefixes in self.keys.values():
            if entry.stream.startswith(prefixes) and entry.note.claims(key):
                return [key]
        raise Fault(f"没有一个此时有效、可写 {entry.stream} 的密钥签了名")

    def _begin(self, data: dict[str, Any]) -> None:
        roots = [Vkey.parse(key) for key in data["root_keys"]]
        self.threshold, self.origin = data.get("root_threshold", 1), str(data["origin"])
        if type(self.threshold) is not int or not 1 <= self.threshold <= len({key.public for key in roots}):
            raise Fault("根密钥的门限不对")
        self.clock = "demo" if "clock" in data else "real"
        if data.get("clock", "demo") != "demo":
            raise Fault("账本的时钟写法不对")
        for text in [*data["log_keys"], *data.get("twin_keys", [])]:
            self._add_log_key(Vkey.parse(text), since=0)
        self.roots = roots

    def _roots_on(self, entry: Entry) -> list[Vkey]:
        """The root keys that the signature lines name; the genesis says how many there must be."""
        claiming = [root for root in self.roots if entry.note.claims(root)]
        if len({root.public for root in claiming}) < self.threshold:
            raise Fault(f"关于密钥的记录要有 {self.threshold} 个根密钥的签名")
        return claiming

    def _service_key(self, vkey: str) -> Vkey:
        if vkey not in self.keys:
            raise Fault("所指的密钥没有登记,或已被终止")
        return self.keys[vkey][0]

    def _add_log_key(self, key: Vkey, *, since: int) -> None:
        if key.name not in (self.origin, f"{self.origin}/sm3") or any(k.key == key for k in self.logs):
            raise Fault(f"{key.name} 不能登记为这一账本的检查点密钥")
        self.logs.append(LogKey(key, since))

    def _apply(self, entry: Entry) -> None:
        data, kind = entry.record["data"], entry.record["type"]
        if kind == "key.register" and data.get("signs") == "checkpoints" and "streams" not in data:
            self._add_log_key(Vkey.parse(data["key"]), since=entry.index)
        elif kind == "key.register":
            self._add_key(data["key"], tuple(data["streams"]), since=entry.index)
        elif kind == "key.rotate":
            self._add_key(data["key"], self._end(data["replaces"]), since=entry.index)
        elif any(k.key.vkey == data["key"] and k.until is None for k in self.logs):
            for key in self.logs:
                if key.key.vkey == data["key"]:
                    key.until = entry.index
        else:
            self._end(data["key"])
            self.revoked[data["key"]] = entry.index

    def _end(self, vkey: str) -> tuple[str, ...]:
        """End the key for good; its prefixes are the result."""
        self._service_key(vkey)
        self.ended.add(vkey)
        return self.keys.pop(vkey)[1]

    def _add_key(self, vkey: str, prefixes: tuple[str, ...], *, since: int) -> None:
        named = all(prefix.endswith("/") and prefix not in ("/", "keys/") for prefix in prefixes)
        if vkey in self.ended or not prefixes or not named:
            raise Fault("登记的密钥已被终止,或没有可写的流")
        self.keys[vkey] = (Vkey.parse(vkey), prefixes)
        self.registered.append((since, *self.keys[vkey]))
