"""A whole log: all its entries in order, and its checkpoint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ledger.verifier.keylog import KeyLog
from ledger.verifier.notes import Checkpoint, Entry, Record
from ledger.verifier.report import Fault, Report, Step
from ledger.verifier.sm3 import sha256
from ledger.verifier.trees import root_of
from ledger.verifier.trust import Trust, check_trusted_key, check_witnesses, must_be_signed

NO_HASH = bytes(32)
"""The hash of the entry before the first, and of the record before the first of a stream."""


def verify_log(
    raws: Iterable[bytes], checkpoint: bytes, trusted: Iterable[str] = (), *, trust: Trust | None = None
) -> Report:
    """Verify a whole log: `raws` are all its entries in order. Their content never makes it raise.

    `trusted` are vkeys. A `trust` replaces them and may demand more.
    """
    report, keys, trust = Report(), KeyLog(), trust or Trust.of(trusted)
    form, chain = report.step("条目与哈希链 entries"), report.step("记录签名 signatures")
    streams = report.step("各流连续 streams")
    leaves, ends, prev, time = [], dict[str, tuple[int, bytes]](), NO_HASH, ""
    for at, raw in enumerate(raws):
        leaves.append(sha256(b"\x00" + raw))
        with form.about(f"第 {at} 条"):
            entry = Entry.parse(raw)
            if (entry.index, entry.prev) != (at, prev) or entry.time < time:
                raise Fault("序号、时间或上一条的哈希不对")
            time = entry.time
            with chain.about(f"第 {at} 条"):
                keys.take(entry)
            check_streams(streams, [entry], ends=ends)
        prev = leaves[-1]
    tree, signature = report.step("默克尔根 root"), report.step("检查点签名 checkpoint")
    signed = None
    with tree.about("检查点"):
        signed = Checkpoint.parse(checkpoint)
        if root_of(leaves) != (signed.size, signed.root):
            raise Fault("检查点的条数或根与条目不符")
    if signed is not None:
        with signature.about("检查点"):
            must_be_signed(keys, signed, keys.origin)
        check_witnesses(report, trust, signed)
    if trust.saved:
        with report.step("先前的检查点 saved").about("先前保存的检查点"):
            _must_grow_from(trust.saved, keys, leaves)
    check_trusted_key(report, keys, trust, len(leaves))
    return report


def _must_grow_from(saved: bytes, keys: KeyLog, leaves: list[bytes]) -> None:
    """Raise Fault unless the log of `leaves` begins with the entries that the checkpoint `saved` signed."""
    old = Checkpoint.parse(saved)
    must_be_signed(keys, old, keys.origin)
    if old.size > len(leaves):
        raise Fault(f"先前有 {old.size} 条,现在只有 {len(leaves)} 条:账本被截断,或由旧备份恢复")
    if root_of(leaves[: old.size])[1] != old.root:
        raise Fault(f"前 {old.size} 条与先前的不同:账本被改写")


def verify_folder(folder: Path, *, trust: Trust) -> Report:
    """Verify the tiled log in `folder` at its checkpoint. Files that cannot be read make it NOT_VERIFIED."""
    try:
        note = (folder / "checkpoint").read_bytes()
        return verify_log(entries_in(folder, Checkpoint.parse(note).size), note, trust=trust)
    except (OSError, ValueError) as error:
        report = Report()
        report.step("账本文件 log").open.append(f"读不出({type(error).__name__})")
        return report


def entries_in(folder: Path, size: int) -> Iterator[bytes]:
    """The first `size` entries of the tiled log in `folder` (c2sp.org/tlog-tiles)."""
    for n in range((size + 255) // 256):
        width = min(256, size - 256 * n)
        groups = [f"x{n // 1000**i % 1000:03}" for i in range(6, 0, -1) if n >= 1000**i] + [f"{n % 1000:03}"]
        tile = folder / "tile" / "entries" / "/".join(groups)
        data = (tile if width == 256 else tile.with_name(f"{tile.name}.p") / str(width)).read_bytes()
        while data:
            length = int.from_bytes(data[:2], "big")
            yield data[2 : 2 + length]
            data = data[2 + length :]


def is_about_keys(stream: str) -> bool:
    """Whether `stream` belongs to the key log."""
    return stream == "log" or stream.startswith("keys/")


def check_streams(
    step: Step, entries: Iterable[Entry | Record], *, ends: dict[str, tuple[int, bytes]]
) -> None:
    """Within each stream: seq 0, 1, 2 … without a gap; each record names the hash of the record before it."""
    for entry in entries:
        seq, prev = ends.get(entry.stream, (-1, NO_HASH))
        with step.about(f"第 {entry.index} 条({entry.stream})"):
            if entry.seq != seq + 1:
                raise Fault(f"序号 {entry.seq} 前缺记录,应为 {seq + 1}")
            if entry.after != prev:
                raise Fault("没有指向本流的上一条记录")
        ends[entry.stream] = (entry.seq, entry.note_hash)
