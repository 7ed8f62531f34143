"""What the reader trusts beforehand, and the steps that rest on it: the log's own keys, and witnesses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone

from ledger.verifier.keylog import KeyLog
from ledger.verifier.mldsa import HOW
from ledger.verifier.notes import COSIGNATURE, ML_DSA, SM2, Checkpoint, Vkey
from ledger.verifier.report import Fault, Report

LATEST = 253_370_764_800
"""The begin of the year 9999 in seconds since 1970. No cosignature is as late: its time would have no neighbours."""


@dataclass(frozen=True)
class Trust:
    """What the reader trusts beforehand and did not take from the bundle or log under test.

    `keys`: published root or log keys. `quorum` of the `witnesses` must have signed. `authorities`: certificates
    (PEM) to which time-stamping authorities must lead. `monitors`: their keys. `saved`: an earlier checkpoint.
    """

    keys: tuple[Vkey, ...] = ()
    witnesses: tuple[Vkey, ...] = ()
    quorum: int = 0
    authorities: bytes = b""
    monitors: tuple[Vkey, ...] = ()
    saved: bytes = b""

    @classmethod
    def of(
        cls,
        keys: Iterable[str],
        *,
        witnesses: Iterable[str] = (),
        quorum: int | None = None,
        authorities: bytes = b"",
        monitors: Iterable[str] = (),
        saved: bytes = b"",
    ) -> Trust:
        """Trust in these vkeys. Raises ValueError for a text that is no key, and for a quorum outside 1 … witnesses."""
        known = {key.public: key for key in map(Vkey.parse, witnesses)}
        if any(key.kind not in (COSIGNATURE, ML_DSA) for key in known.values()):
            raise Fault("见证人公钥应为 C2SP 副署公钥(类型 0x04 或 0x06)")
        needed = len(known) if quorum is None else quorum
        if quorum is not None and not 1 <= needed <= len(known):
            raise Fault(f"门限应在 1 与见证人数 {len(known)} 之间")
        parsed = tuple(map(Vkey.parse, keys)), tuple(known.values())
        return cls(*parsed, needed, authorities, tuple(map(Vkey.parse, monitors)), saved)


def check_trusted_key(report: Report, keys: KeyLog, trust: Trust, size: int) -> None:
    """Step: the root keys or the log keys inside are the published ones."""
    # Always demanded, because a history that a forger signed with his own keys is consistent in itself.
    step, ours = report.step("信任根 trusted-key"), keys.of(keys.origin, size)
    report.keys = [key.vkey for key in [*keys.roots, *ours]]
    if not trust.keys:
        step.open.append("没有用 --key 给出公布的公钥;请把下列公钥与主管部门公布的对照")
        return
    # Root keys that the reader does not know must be fewer than the threshold: their owners could have written
    # this history.
    unknown = {root.public for root in set(keys.roots) - set(trust.keys)}
    rooted = bool(keys.roots) and len(unknown) < keys.threshold
    step.check(rooted or bool(set(trust.keys) & set(ours)), "账本的根公钥和账本公钥都不是给出的那一个")


def must_be_signed(keys: KeyLog, checkpoint: Checkpoint, origin: str) -> None:
    """Raise Fault unless every key of the log called `origin` that must sign `checkpoint` did."""
    if checkpoint.origin != origin:
        raise Fault("检查点属于另一个账本")
    must = keys.of(origin, checkpoint.size)
    if not must:
        raise Fault("没有此时有效的账本密钥")
    for key in must:
        if not checkpoint.note.signed_by(key):
            what = "国密 SM2 " if key.kind == SM2 else ""
            raise Fault(f"检查点没有账本{what}密钥 {key.key_id.hex()} 的有效签名")


def check_witnesses(report: Report, trust: Trust, checkpoint: Checkpoint) -> list[datetime]:
    """Step: enough trusted witnesses cosigned `checkpoint`. The times at which they did are the result."""
    step, times = report.step("见证副署 witnesses", demanded=bool(trust.witnesses)), []
    claimed = sorted({name for name, _, _ in checkpoint.note.signatures if name != checkpoint.origin})
    if not trust.witnesses:
        present = f"包内检查点带有 {'、'.join(claimed)} 的副署" if claimed else "检查点没有副署"
        step.open.append(f"没有用 --witness 给出见证人公钥;{present}")
        return []
    unjudged: list[str] = []
    for key in trust.witnesses:
        signature = checkpoint.note.signature(key)
        if signature is None:
            if key.name in claimed:
                step.open.append(f"{key.name} 的副署用的不是给出的公钥")
            continue
        if not key.is_judged:
            unjudged.append(f"{key.name} 的 ML-DSA-44 副署在此未核验:这里没有该算法,请先 {HOW}")
            continue
        with step.about(f"{key.name} 的副署"):
            if not checkpoint.note.signed_by(key):
                raise Fault("与检查点不符")
            seconds = int.from_bytes(signature[:8], "big")
            if not 0 < seconds < LATEST:
                raise Fault("副署的时间不对")
            times.append(datetime.fromtimestamp(seconds, timezone.utc))
            step.found.append(f"{key.name} 于 {shown(times[-1])} 见证前 {checkpoint.size} 条")
    if len(times) < trust.quorum and not step.forged:
        step.open.append(f"有效副署 {len(times)} 个,要求 {trust.quorum} 个")
    # A reader who gives a key wants it checked: without that the step stays open, whatever the others signed.
    step.open += unjudged
    report.not_checked += unjudged
    return times


def shown(at: datetime) -> str:
    return f"{at.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
