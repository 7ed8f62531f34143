"""`./mz keys`: lists which key signs what over which entries, and lets one key take over from another.

    list                        every key that the log ever named
    begin --root … --threshold N  opens the ledger of a new data folder under root keys that are kept elsewhere
    rotate SERVICE              a new record key, signed by the old one and itself; the service signs with it from its
                                next start
    revoke KEY --reason CODE    ends a record key; if it is the newest key of its service, makes the next one as well
    rotate-log                  new log keys, which sign beside the old ones from now on
    retire-log KEY              ends a log key, after 30 days of both signing, or at once if it is --compromised
    ml-dsa                      makes the log's own key of ML-DSA-44, which cosigns its checkpoints from the next start
    export                      the public keys as others put them into their policy files

KEY is a vkey, the 8 digits of a key id, or a name. The platform must be stopped while keys change: a running service
would go on signing with its old key, and the ledger would refuse its records. For the same reason records that wait in
an outbox are carried first. Root keys: D/keys/root.pem, or as many `--root` as the log demands,
each a file or `agent:<socket>#<fingerprint>`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple

from common.door.relay import in_stream_order
from common.values.errors import Refusal
from common.web.democlock import advance
from common.web.settings import record_key_name, record_keys
from evidence.ledger.batch import Receipt
from evidence.ledger.genesis import (
    Enrolment,
    log_key_registration,
    log_keys_to_register,
    registration,
    revocation,
    rotation,
)
from evidence.ledger.log import Log
from evidence.ledger.recovery import LedgerDamaged
from evidence.ledger.remembered import Overrulings
from evidence.ledger.sequencer import Sequencer
from evidence.ledger.signing import log_key_files, own_cosigner
from ledger.cosigning import make_key as make_cosigning_key
from ledger.entry import moment, parse_entry
from ledger.keyfiles import NoteKey, make_key
from ledger.keys import KeyLog, RegisteredKey
from ledger.notes import Verifier
from ledger.sm2 import Sm2Verifier, make_sm2_key
from ledger.twin import twin_origin
from mz.operate import running
from mz.operate.assembly import Installation, migrate_all
from mz.operate.datadir import DataDir, read
from mz.operate.keyring import as_json, keys_of, lines, listed, policy_text
from mz.operate.ledger import server_of
from mz.operate.up import STORY_BEGINS
from mz.postgres import PostgresUnavailable
from mz.services import SERVICES

OVERLAP: Final = timedelta(days=30)
"""How long the old and the new log key both sign before the old one may end (docs/LEDGER.md)."""
_REASON = re.compile(r"[A-Z][A-Z0-9_]{1,31}")
_CARRIED_AT_ONCE: Final = 256


class CannotDo(Exception):
    """Why a key was not changed; one line, Chinese first."""


def main(options: argparse.Namespace) -> int:
    d = DataDir(options.data_dir.absolute())
    if not d.ring.exists() and options.act != "begin":
        print(f"mz: {d.root} 里没有数据,请先 ./mz up (there is no installation here)", file=sys.stderr)
        return 2
    return ended(lambda: _done(d, options))


def _done(d: DataDir, options: argparse.Namespace) -> int:
    if options.act == "ml-dsa":
        return _make_ml_dsa(d)
    if options.act in ("list", "export"):
        with server_of(d) as server:
            return asyncio.run(_read(Installation(d, server), options))
    return _change(d, options)


def ended(act: Callable[[], int]) -> int:
    """The exit code of `act`; 1, with a line that says why, where it could not be done."""
    try:
        return act()
    except (CannotDo, PostgresUnavailable) as error:
        print(f"mz: {error}", file=sys.stderr)
    except (LedgerDamaged, ValueError, OSError) as error:
        print(f"mz: 未能完成 (couldn't finish): {error}", file=sys.stderr)
    except Refusal as refusal:
        print(f"mz: 账本拒绝 (the ledger refuses): {refusal.code}: {refusal.message}", file=sys.stderr)
    return 1


async def _read(installation: Installation, options: argparse.Namespace) -> int:
    keys = await keys_of(installation)
    if options.act == "export":
        print(policy_text(keys), end="")
    elif options.json:
        print(json.dumps([as_json(key) for key in listed(keys)], ensure_ascii=False))
    else:
        print("\n".join(lines(keys)))
    return 0


def _change(d: DataDir, options: argparse.Namespace) -> int:
    turn = running.take(d)
    if turn is None:
        raise CannotDo(
            "平台正在运行:请先 ./mz down,改完密钥再 ./mz up (it runs; keys are changed while it is stopped)"
        )
    try:
        if options.act == "begin":
            _begin(d, options)
            return 0
        with server_of(d, alone=True) as server:
            asyncio.run(_act(Installation(d, server), options))
    finally:
        turn.release()
    return 0


def _make_ml_dsa(d: DataDir) -> int:
    """Make the key and print the line that a policy file needs. A key that exists stays."""
    if not d.ml_dsa_key.exists():
        make_cosigning_key(d.ml_dsa_key, "ml-dsa-44")
    origin = str((read(d.root / "origin.json") or {}).get("origin", ""))
    own = own_cosigner(origin, d.ml_dsa_key)
    if own is None or not origin:
        raise CannotDo("账本还没有名称,请先 ./mz up (the ledger has no name yet)")
    print(f"witness {own.cosigner.name} {own.cosigner.vkey}")
    return 0


def _begin(d: DataDir, options: argparse.Namespace) -> None:
    if d.ring.exists():
        raise CannotDo(f"{d.root} 已有账本,根密钥不再改变 (this ledger has its root keys for good)")
    if not 1 <= options.threshold <= len(options.root):
        raise CannotDo(f"给出 {options.threshold} 把以上根密钥 --root (give at least as many root keys)")
    names = (f"root.{d.city_domain}/r{number}" for number in range(1, len(options.root) + 1))
    roots = [NoteKey.load(name, place) for name, place in zip(names, options.root, strict=True)]
    d.make(root_elsewhere=True)
    if not d.clock.exists():
        advance(d.clock, STORY_BEGINS)
    with server_of(d, alone=True) as server:
        asyncio.run(_open(Installation(d, server), roots, options.threshold))
    print(f"账本已开:{len(roots)} 把根密钥,须 {options.threshold} 把签名 (the ledger is open)")


async def _open(installation: Installation, roots: Sequence[NoteKey], threshold: int) -> None:
    installation.keep_vkeys(root.verifier for root in roots)
    await migrate_all(installation.server)
    sequencer = installation.sequencer()
    try:
        await sequencer.start()
        await installation.open_ledger(sequencer, roots=roots[:threshold], threshold=threshold)
    finally:
        await sequencer.stop()


async def _act(installation: Installation, options: argparse.Namespace) -> None:
    keys = await keys_of(installation)
    roots = _roots(installation, keys, options.root)
    # Check this before a key file is made: a service signs with its newest key file, registered or not.
    if options.act != "rotate" and len(roots) < keys.threshold:
        raise CannotDo(
            f"须 {keys.threshold} 把根密钥签名,这里有 {len(roots)} 把:请用 --root (root keys are missing)"
        )
    if options.act == "rotate-log":
        make_log_keys(installation, keys)
    async with leading(installation) as sequencer:
        desk = Desk(installation, sequencer, roots)
        match options.act:
            case "rotate":
                await desk.rotate(options.key)
            case "revoke":
                await desk.revoke(options.key, reason=options.reason)
            case "rotate-log":
                await desk.rotate_log()
            case "retire-log":
                await desk.retire_log(options.key, compromised=options.compromised)


@asynccontextmanager
async def leading(
    installation: Installation, overruling: Overrulings | None = None
) -> AsyncIterator[Sequencer]:
    """A sequencer of our own, with the log as it is. Raises CannotDo while another one leads."""
    sequencer = installation.sequencer()
    if overruling is not None:
        sequencer.settings = replace(sequencer.settings, overruling=overruling)
    try:
        await sequencer.start()
        if not sequencer.leads:
            raise CannotDo("另一个进程在写账本,请先停止它 (another process leads the ledger; stop it first)")
        if not sequencer.keys.version:
            raise CannotDo("账本还没有第一条,请先 ./mz up (the ledger has no entry yet)")
        yield sequencer
    finally:
        await sequencer.stop()
        if sequencer.settings.witnesses is not None:
            await sequencer.settings.witnesses.close()


def _roots(installation: Installation, keys: KeyLog, options: Sequence[str]) -> list[NoteKey]:
    """The private root keys at hand, each under the name that the genesis gives it."""
    names = {root.public: root.name for root in keys.roots}
    places: list[Path | str] = [*options] or [p for p in [installation.d.keys / "root.pem"] if p.exists()]
    roots = []
    for place in places:
        key = NoteKey.load("root", place)
        if key.verifier.public not in names:
            raise CannotDo(f"{place} 不是这个账本的根密钥 (this is no root key of the ledger)")
        roots.append(key.named(names[key.verifier.public]))
    return roots


def make_log_keys(installation: Installation, keys: KeyLog) -> None:
    """Make the next log key of each algorithm, unless an earlier try left a key that the log does not know."""
    folder = installation.d.keys / "evidence"
    numbers = {algorithm: number for algorithm, number, _ in log_key_files(folder)}
    for key in installation.log_keys.first:
        algorithm = "sm2-" if isinstance(key.verifier, Sm2Verifier) else ""
        if algorithm in numbers and keys.find(key.vkey) is not None:
            path = folder / f"log-{algorithm}k{numbers[algorithm] + 1}.pem"
            make_sm2_key(path) if algorithm else make_key(path)


class _Waiting(NamedTuple):
    """A record in the outbox that the ledger does not have yet."""

    stream: str
    seq: int
    note: bytes


class Desk:
    """One change of keys: the sequencer that appends it to the log, and the root keys that sign it."""

    def __init__(self, installation: Installation, sequencer: Sequencer, roots: Sequence[NoteKey]) -> None:
        self.installation = installation
        self.sequencer = sequencer
        self.roots = roots
        self.clock = installation.clock

    @property
    def keys(self) -> KeyLog:
        return self.sequencer.keys

    async def rotate(self, service: str) -> None:
        if service not in SERVICES:
            raise CannotDo(f"没有服务 {service};有 {' '.join(SERVICES)} (there is no such service)")
        old = self._valid_record_key(service)
        await self.carry(service)
        new = self._next_record_key(service)
        await self.sequencer.append(rotation(old, new, self.keys, at=self.clock()))
        print(f"{service} 的记录密钥已由 {old.name} 换为 {new.name},下次启动起用 (used from the next start)")

    async def revoke(self, target: str, *, reason: str | None) -> None:
        if reason is None or not _REASON.fullmatch(reason):
            raise CannotDo("请用 --reason 给出代码,如 KEY_COMPROMISED (give the reason as a code)")
        key = self._find(target)
        if not key.streams:
            raise CannotDo("这是账本密钥:请用 ./mz keys retire-log (this is a log key)")
        service = next((name for name, one in SERVICES.items() if one.streams == key.streams), None)
        if service is not None and self.installation.record_key(service).vkey == key.verifier.vkey:
            # First carry the waiting records, which the old key signed, and register the next key of the service.
            await self.carry(service)
            new = Enrolment(self._next_record_key(service), key.streams)
            await self.sequencer.append(registration(new, self.keys, roots=self.roots, at=self.clock()))
            print(f"{service} 改用 {new.key.name} (signs with it from the next start)")
        await self._end(key.verifier, reason)

    async def rotate_log(self) -> None:
        for key in log_keys_to_register(self.sequencer):
            note = log_key_registration(key, self.keys, roots=self.roots, at=self.clock())
            receipt = await self.sequencer.append(note)
            print(
                f"{key.name} {key.verifier.key_id.hex()} 自第 {receipt.index} 条起签检查点 (signs checkpoints)"
            )
        print(f"新旧密钥并行至少 {OVERLAP.days} 天,再 ./mz keys retire-log (both sign for that long)")

    async def retire_log(self, target: str, *, compromised: bool) -> None:
        key = self._find(target)
        if key.streams:
            raise CannotDo("这是记录密钥:请用 ./mz keys revoke (this is a record key)")
        if not compromised:
            await self._require_overlap(key)
        public = key.verifier.public
        both = [each for each in self.keys.every_key if each.verifier.public == public and each.until is None]
        # The key of the twin ends first: after a crash in between, a second try still finds the log's own key.
        for each in sorted(both, key=lambda each: each.verifier.name != twin_origin(self.keys.origin)):
            await self._end(each.verifier, "KEY_COMPROMISED" if compromised else "KEY_RETIRED")

    async def _require_overlap(self, key: RegisteredKey) -> None:
        later = [
            other.since
            for other in self.keys.every_key
            if type(other.verifier) is type(key.verifier)
            and other.verifier.name == key.verifier.name
            and other.since > key.since
            and other.until is None
        ]
        if not later:
            raise CannotDo("没有接替它的密钥:请先 ./mz keys rotate-log (no other key takes over)")
        conn = await self.installation.server.connect(self.installation.database("evidence"))
        try:
            log = await Log.newest(conn)
            assert log is not None
            row = (await log.entries(min(later), 1))[0]
        finally:
            await conn.close()
        since = moment(parse_entry(row.entry).us)
        if self.clock() < since + OVERLAP:
            raise CannotDo(
                f"新密钥自 {since:%Y-%m-%d} 起签,须并行 {OVERLAP.days} 天,至 {since + OVERLAP:%Y-%m-%d};"
                "密钥泄露时用 --compromised (both must sign for 30 days, unless the old one is compromised)"
            )

    async def _end(self, key: Verifier, reason: str) -> None:
        note = revocation(key, self.keys, reason=reason, roots=self.roots, at=self.clock())
        receipt = await self.sequencer.append(note)
        print(f"{key.name} {key.key_id.hex()} 自第 {receipt.index} 条起失效,原因 {reason} (ended)")

    def _find(self, target: str) -> RegisteredKey:
        """The one valid key that `target` names, by vkey, id or name."""
        matches = [
            key
            for key in self.keys.every_key
            if key.until is None
            and target in (key.verifier.vkey, key.verifier.key_id.hex(), key.verifier.name)
        ]
        if len(matches) != 1:
            raise CannotDo(f"{len(matches)} 把有效密钥叫 {target},见 ./mz keys list (keys of this name)")
        return matches[0]

    def _files(self, service: str) -> list[NoteKey]:
        d = self.installation.d
        return [NoteKey.load(*each) for each in record_keys(service, d.city_domain, d.keys / service)]

    def _valid_record_key(self, service: str) -> NoteKey:
        for key in reversed(self._files(service)):
            if self.keys.streams_of(key.verifier):
                return key
        raise CannotDo(
            f"{service} 没有有效的记录密钥:./mz up 会登记 (it has no valid key; `up` registers one)"
        )

    def _next_record_key(self, service: str) -> NoteKey:
        """A key that the log does not know: the key file of an earlier try, else a new one."""
        d = self.installation.d
        newest = self._files(service)[-1]
        if self.keys.find(newest.vkey) is None:
            return newest
        number = int(newest.name.rpartition("/k")[2]) + 1
        path = d.keys / service / f"record-k{number}.pem"
        make_key(path)
        return NoteKey.load(record_key_name(service, d.city_domain, number), path)

    async def carry(self, service: str) -> None:
        """Append the records that wait in the outbox. The relay of the service gets the same receipts later."""
        conn = await self.installation.server.connect(self.installation.database(service))
        try:
            rows = await conn.fetch(
                "SELECT p.stream, p.seq, o.note FROM outbox_pending p JOIN outbox o USING (record_id)"
                " ORDER BY p.xid, p.stream, p.seq"
            )
        finally:
            await conn.close()
        notes = [row.note for row in in_stream_order([_Waiting(*row) for row in rows])]
        for at in range(0, len(notes), _CARRIED_AT_ONCE):
            for answer in await self.sequencer.append_all(notes[at : at + _CARRIED_AT_ONCE]):
                if not isinstance(answer, Receipt):
                    raise CannotDo(
                        f"{service} 有记录入不了账本,先查明 (a waiting record is refused): {answer.code}"
                    )
