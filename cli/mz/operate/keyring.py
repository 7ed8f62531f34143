"""The keys of a ledger, as text for people and as JSON or a policy file for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from evidence.ledger.log import Log
from evidence.ledger.recovery import load_keys
from ledger.keys import KeyLog, RegisteredKey
from ledger.notes import Verifier
from ledger.sm2 import Sm2Verifier
from mz.operate.assembly import Installation


@dataclass(frozen=True)
class Listed:
    """One key as `list` shows it. `until` is the first entry that it may not sign, None while it is valid."""

    role: str
    verifier: Verifier
    streams: tuple[str, ...]
    since: int | None
    until: int | None

    @property
    def algorithm(self) -> str:
        return "SM2-SM3" if isinstance(self.verifier, Sm2Verifier) else "Ed25519"


ROLES: Final = {
    "root": "根密钥",
    "log": "账本密钥",
    "twin": "国密树密钥",
    "record": "记录密钥",
}


def listed(keys: KeyLog) -> list[Listed]:
    """The roots, then every key of the log in the order of their registration."""
    roots = [Listed("root", root, (), None, None) for root in keys.roots]
    return roots + [
        Listed(_role(keys, key), key.verifier, key.streams, key.since, key.until) for key in keys.every_key
    ]


def _role(keys: KeyLog, key: RegisteredKey) -> str:
    if key.streams:
        return "record"
    return "log" if key.verifier.name == keys.origin else "twin"


async def keys_of(installation: Installation) -> KeyLog:
    """The keys as the ledger has them now, each record about them verified."""
    _, roots = installation.vkeys
    conn = await installation.server.connect(installation.database("evidence"))
    try:
        log = await Log.newest(conn)
        keys = KeyLog(installation.origin, roots)
        return keys if log is None else await load_keys(log, keys)
    finally:
        await conn.close()


def lines(keys: KeyLog) -> list[str]:
    """`list` for people: one line a key, and how many roots must sign."""
    rows = []
    for key in listed(keys):
        streams = f"  可写 {' '.join(key.streams)}" if key.streams else ""
        rows.append(
            f"{ROLES[key.role]} {key.verifier.key_id.hex()}  {key.algorithm:8}"
            f" {_interval(key)}  {key.verifier.name}{streams}"
        )
    return [
        *rows,
        f"修改密钥记录须 {keys.threshold} 把根密钥签名 (root keys that must sign: {keys.threshold})",
    ]


def _interval(key: Listed) -> str:
    if key.since is None:
        return "始终有效 (always)"
    if key.until is None:
        return f"自第 {key.since} 条起有效 (valid)"
    return f"第 {key.since} 至 {key.until - 1} 条 (ended)"


def as_json(key: Listed) -> dict[str, Any]:
    return {
        "role": key.role,
        "role_zh": ROLES[key.role],
        "vkey": key.verifier.vkey,
        "id": key.verifier.key_id.hex(),
        "name": key.verifier.name,
        "algorithm": key.algorithm,
        "streams": list(key.streams),
        "from": key.since,
        "until": key.until,
        "valid": key.until is None,
    }


def policy_text(keys: KeyLog) -> str:
    """The valid public keys as a c2sp.org/tlog-policy; keys that the format has no line for stand in comments."""
    lines = [f"# 明证账本 {keys.origin} 的公钥 (public keys of this ledger)"]
    lines += [f"# root {root.vkey}" for root in keys.roots]
    lines += [f"# root_threshold {keys.threshold}"]
    for key in (*keys.log_keys, *keys.twin_keys):
        plain = type(key) is Verifier and key.name == keys.origin
        lines.append(f"{'' if plain else '# '}log {key.vkey}")
    return "\n".join([*lines, "quorum none"]) + "\n"
