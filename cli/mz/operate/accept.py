"""`./mz ledger accept`: a named person decides what the ledger itself cannot know, and the decision is on record.

    --witness NAME   lead although this witness shows a checkpoint that no key of the log signed: the person knows that
                     this database is not an older copy
    --clock          go on at the time of the last entry: the clock was ahead and is right now

    find the doubt ─ lead in spite of it ─ record it in the outbox of evidence ─ append it ─ later starts read it

The platform must be stopped. The officer's id and a code of the reason enter the ledger, in the stream `log/overruled`.
A checkpoint that a key of the log did sign is a proof, which nobody can overrule.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from dataclasses import dataclass
from typing import Final

import httpx

from common.values.facts import Fact
from common.values.ids import OfficerId
from evidence.domain.overruling import overrule_clock, overrule_witness
from evidence.jobs.log import record_overruling
from evidence.ledger.log import Head, Log
from evidence.ledger.remembered import Doubt, Overrulings, doubts
from evidence.runtime import EvidenceSettings, runtime_of
from ledger.clock import MOST_AHEAD_S
from ledger.entry import micros_of, moment
from ledger.trust import Policy, origin_hash
from mz import PORT
from mz.demo.bureau import beside
from mz.operate import running
from mz.operate.assembly import Installation
from mz.operate.datadir import DataDir
from mz.operate.keyring import keys_of
from mz.operate.keys import CannotDo, Desk, ended, leading
from mz.operate.ledger import server_of

_STARTS_S: Final = 30.0


@dataclass(frozen=True)
class _Decision:
    """What the start overrules, and the fact about it for the ledger of `size` entries."""

    overruling: Overrulings
    fact: Fact


def main(options: argparse.Namespace) -> int:
    return ended(lambda: _decided(DataDir(options.data_dir.absolute()), options))


def _decided(d: DataDir, options: argparse.Namespace) -> int:
    if not d.ring.exists():
        raise CannotDo(f"{d.root} 里没有数据,请先 ./mz up (there is no installation here)")
    turn = running.take(d)
    if turn is None:
        raise CannotDo("平台正在运行:请先 ./mz down (it runs; stop it first)")
    try:
        with server_of(d, alone=True) as server:
            asyncio.run(_beside_the_demo_s_witness(Installation(d, server), options))
    finally:
        turn.release()
    return 0


async def _beside_the_demo_s_witness(installation: Installation, options: argparse.Namespace) -> None:
    """`accept`. A demo's own witness ends with the platform, so it is started for this command; a real one answers."""
    if not (installation.d.root / "second-bureau").exists():
        await accept(installation, options)
        return
    async with beside(installation, f"http://127.0.0.1:{options.port or PORT}"):
        await _until_it_answers(installation)
        await accept(installation, options)


async def _until_it_answers(installation: Installation) -> None:
    policy = Policy.parse(installation.d.policy.read_bytes())
    async with httpx.AsyncClient(trust_env=False, timeout=_STARTS_S) as http:
        for each in policy.witnesses.values():
            with contextlib.suppress(httpx.HTTPError):
                await http.get(f"{each.url}/{origin_hash(installation.origin)}/checkpoint")


async def accept(installation: Installation, options: argparse.Namespace) -> None:
    """Overrule one doubt. Raises CannotDo if there is none, or the officer or the reason is missing."""
    if bool(options.witness) is options.clock:
        raise CannotDo("请给出 --witness 名称 或 --clock (name the witness, or the clock)")
    if not options.officer or not options.reason:
        raise CannotDo("请用 --officer off_… --reason CODE 写明谁决定、为何 (say who decides, and why)")
    officer = OfficerId(options.officer)
    await _require_known(installation, officer)
    find = _of_clock if options.clock else _of_witness
    decision = await find(installation, officer, options)
    async with leading(installation, decision.overruling) as sequencer:
        settings = installation.settings("evidence")
        assert isinstance(settings, EvidenceSettings)
        runtime = runtime_of(settings, ledger=sequencer, background=False)
        try:
            await record_overruling(runtime.db, decision.fact)
        finally:
            await runtime.peers.close()
            await runtime.db.close()
        await Desk(installation, sequencer, []).carry("evidence")
    print(f"已记入账本流 {decision.fact.stream} (on record), 决定人 {officer}; ./mz up")


async def _require_known(installation: Installation, officer: OfficerId) -> None:
    conn = await installation.server.connect(installation.database("gateway"))
    try:
        if not await conn.fetchval("SELECT 1 FROM officers WHERE id = $1", str(officer)):
            raise CannotDo(f"没有人员 {officer} (there is no such officer)")
    finally:
        await conn.close()


async def _of_witness(
    installation: Installation, officer: OfficerId, options: argparse.Namespace
) -> _Decision:
    raised, head = await _doubts(installation)
    mine = [each for each in raised if each.witness == options.witness]
    for each in mine:
        print(each.reason)
    if not mine or mine[0].is_proof:
        raise CannotDo(
            f"见证人 {options.witness} 没有可由人裁断的疑问 (raises no doubt that a person can overrule)"
        )
    fact = overrule_witness(
        officer_id=officer,
        reason=options.reason,
        witness=mine[0].witness,
        shown=mine[0].shown,
        size=head.size,
    )
    return _Decision(Overrulings(frozenset({mine[0].key})), fact)


async def _of_clock(installation: Installation, officer: OfficerId, options: argparse.Namespace) -> _Decision:
    _, head = await _doubts(installation)
    behind = head.last_us - micros_of(installation.clock())
    if behind <= MOST_AHEAD_S * 1_000_000:
        raise CannotDo("时钟没有落后于最后一条 (the clock is not behind the last entry)")
    fact = overrule_clock(
        officer_id=officer, reason=options.reason, last=moment(head.last_us), size=head.size
    )
    return _Decision(Overrulings(until_us=head.last_us), fact)


async def _doubts(installation: Installation) -> tuple[list[Doubt], Head]:
    witnesses = installation.sequencer().settings.witnesses
    keys = await keys_of(installation)
    conn = await installation.server.connect(installation.database("evidence"))
    try:
        log = await Log.newest(conn)
        if log is None:
            raise CannotDo("账本还没有第一条 (the ledger has no entry yet)")
        origin, known = installation.origin, keys.every_log_key
        raised = await doubts(witnesses, log, origin=origin, keys=known) if witnesses is not None else []
        return raised, await log.head()
    finally:
        await conn.close()
        if witnesses is not None:
            await witnesses.close()
