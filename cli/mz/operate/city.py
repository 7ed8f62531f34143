"""`./mz city`: the first opening of a city's own installation, without any demo data.

    make    the data folder: keys of every service, the ledger's keys, ring of public token keys, root key
    open    roles, databases and migrations on MINGZHENG_DATABASE_URL (else the embedded PostgreSQL), the ledger's
            genesis and record keys, then agencies and officers from a file
    show    what was made: origin, public keys, and what an identity provider must know

Each step leaves what exists as it is, so that a step that broke off is repeated. `open` in the environment of the
evidence and gateway services (MINGZHENG_EVIDENCE_LEDGER_URL… given) uses their settings and databases as they are: that
is for a cluster, where roles and migrations have jobs of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import asyncpg

from common.door.address import said_by
from common.door.uow import Database
from common.values.datafiles import load_profile
from common.values.errors import Refusal
from common.web.runtime import clock_of
from common.web.settings import prefix_of, record_keys
from evidence.ledger.genesis import Enrolment, establish
from evidence.ledger.recovery import LedgerDamaged
from evidence.ledger.sequencer import Sequencer
from evidence.runtime import LogSettings, sequencer_of
from gateway.identity.runtime import GatewaySettings, runtime_of
from gateway.opening import list_entered, open_city, read_roll
from gateway.seeding import seed_people
from ledger.clock import Clock, real_time
from ledger.keyfiles import NoteKey, replace_durably
from mz.operate import running
from mz.operate.assembly import Installation, migrate_all
from mz.operate.datadir import ISSUER_RING_FILE, OPENID_SECRET_FILE, PROFILE_FILE, DataDir, read, write
from mz.operate.ledger import server_of
from mz.operate.servers import VARIABLE, standing_server
from mz.postgres import PostgresUnavailable
from mz.services import SERVICES

_IN_ENVIRONMENT: Final = ("LEDGER_URL", "LEDGER_URL_FILE")


class CannotOpen(Exception):
    """Why a step was not done; one line, Chinese first."""


def main(options: argparse.Namespace) -> int:
    d = DataDir(options.data_dir.absolute())
    try:
        match options.act:
            case "make":
                return _make(d, options)
            case "open":
                return _open(d, options)
            case _:
                return _show(d)
    except (CannotOpen, PostgresUnavailable) as error:
        print(f"mz: {error}", file=sys.stderr)
    except Refusal as refusal:
        print(f"mz: 未能开设 (refused): {refusal.code}: {refusal.message}", file=sys.stderr)
    except (LedgerDamaged, ValueError, OSError, asyncpg.PostgresError) as error:
        print(f"mz: 未能完成 (couldn't finish): {said_by(error)}", file=sys.stderr)
    return 1


def _make(d: DataDir, options: argparse.Namespace) -> int:
    if d.ring.exists() and not d.city:
        raise CannotOpen(f"{d.root} 是演示的数据目录 (this folder is a demo's)")
    if not options.profile or not options.issuer or not options.issuer_ring:
        raise CannotOpen("须给出 --profile、--issuer 与 --issuer-ring (name profile and identity provider)")
    domain = load_profile(options.profile).city_domain
    if d.city and d.city_domain != domain:
        raise CannotOpen(f"{d.root} 属于另一城市 (it is another city's): {d.city_domain}")
    own = options.profile.endswith(".json")
    if not options.issuer_ring.is_file():
        raise CannotOpen(f"{options.issuer_ring}: 没有此文件 (no such file)")
    d.root.mkdir(parents=True, exist_ok=True)
    city = {
        "profile": PROFILE_FILE if own else options.profile,
        "issuer": options.issuer,
        "issuer_ring": ISSUER_RING_FILE,
        "origin": options.origin or options.issuer,
    }
    if options.openid_client:
        city["openid_client"] = options.openid_client
    if options.openid_secret:
        city["openid_secret"] = OPENID_SECRET_FILE
    if d.city and read(d.root / "city.json") != city:
        raise CannotOpen(
            f"{d.root} 已按其他设置开设 (it was made with other settings): {d.root / 'city.json'}"
        )
    # Copies, so that a backup has them. A second `make` takes what the files say by now.
    replace_durably(d.root / ISSUER_RING_FILE, options.issuer_ring.read_bytes(), mode=0o644)
    if options.openid_secret:
        replace_durably(d.root / OPENID_SECRET_FILE, options.openid_secret.read_bytes(), mode=0o600)
    if own:
        replace_durably(d.root / PROFILE_FILE, Path(options.profile).read_bytes(), mode=0o644)
    write(d.root / "city.json", city, mode=0o644)
    d.make(root_elsewhere=bool(options.root))
    if not (d.root / "vkeys.json").exists():
        # From here on the ledger belongs to these root keys.
        roots = _roots(domain, options.root) if options.root else [d.root_key()]
        Installation(d, standing_server(d)).keep_vkeys(root.verifier for root in roots)
    return _show(d)


def _roots(domain: str, places: Sequence[str]) -> list[NoteKey]:
    return [NoteKey.load(f"root.{domain}/r{number}", place) for number, place in enumerate(places, 1)]


def _open(d: DataDir, options: argparse.Namespace) -> int:
    if any(prefix_of("evidence") + name in os.environ for name in _IN_ENVIRONMENT):
        return asyncio.run(_open_by_environment(options))
    if not d.city:
        raise CannotOpen("请先 ./mz city make (make the folder first)")
    turn = running.take(d)
    if turn is None:
        raise CannotOpen("平台正在运行: 请先 ./mz down (it runs; a city is opened while it is stopped)")
    try:
        with server_of(d, alone=True) as server:
            return asyncio.run(_open_folder(Installation(d, server), options))
    finally:
        turn.release()


async def _open_folder(installation: Installation, options: argparse.Namespace) -> int:
    await migrate_all(installation.server)
    d = installation.d
    keys = {service: d.keys / service for service in SERVICES}
    roots = _roots(d.city_domain, options.root) if options.root else [d.root_key()]
    await _open_ledger(installation.sequencer(), d.city_domain, keys, roots, options.threshold)
    runtime = installation.runtimes(only=("gateway",))["gateway"]
    return await _enter(runtime.db, options, d.root / "people.json")


async def _open_by_environment(options: argparse.Namespace) -> int:
    """In a cluster: roles, databases and migrations are there, and every secret is a mounted file."""
    log = LogSettings.read(os.environ, "evidence")
    gateway = GatewaySettings.read(os.environ, "gateway")
    if not options.root:
        raise CannotOpen("须以 --root 给出根私钥文件 (name the private root keys: --root FILE)")
    folder = options.keys or log.keys.parent
    domain = load_profile(log.profile).city_domain
    keys = {service: folder / service for service in SERVICES}
    roots = _roots(domain, options.root)
    clock = clock_of(log)
    await _open_ledger(sequencer_of(log), domain, keys, roots, options.threshold, clock=clock)
    return await _enter(runtime_of(gateway).db, options, options.ids)


async def _open_ledger(
    sequencer: Sequencer,
    domain: str,
    keys: dict[str, Path],
    roots: Sequence[NoteKey],
    threshold: int,
    *,
    clock: Clock = real_time,
) -> None:
    enrolments = [
        Enrolment(NoteKey.load(*record_keys(name, domain, keys[name])[-1]), service.streams)
        for name, service in SERVICES.items()
    ]
    await sequencer.start()
    try:
        made = await establish(
            sequencer,
            roots=roots[:threshold],
            enrolments=enrolments,
            clock=clock,
            threshold=threshold,
            demo_clock=clock is not real_time,
        )
    finally:
        await sequencer.stop()
    print(f"mz: 账本 {sequencer.origin} 已开,新增 {made} 条 (the ledger is open; entries written: {made})")


async def _enter(db: Database, options: argparse.Namespace, ids: Path | None) -> int:
    try:
        if options.demo_people:
            await seed_people(db, options.demo_people)
            return 0
        if not options.people:
            return 0
        entered = await open_city(db, read_roll(options.people))
        if entered is None:
            # The first run may have broken off after its commit, and nobody could sign in to look up an id.
            print("mz: 已有机关,不再开设,现有的是 (there are agencies already, these)")
            entered = await list_entered(db)
        document = [asdict(each) for each in entered]
        if ids is not None:
            write(ids, document)
        for each in entered:
            print(f"{each.id}  {each.name}  {each.of}")
        return 0
    finally:
        await db.close()


def _show(d: DataDir) -> int:
    if not d.city:
        raise CannotOpen(f"{d.root} 里没有城市的安装 (there is no city here)")
    installation = Installation(d, standing_server(d))
    log, roots = installation.vkeys
    print(f"账本 (ledger)      {installation.origin}")
    print(f"账本公钥 (log key)  {log.vkey}")
    for root in roots:
        print(f"根公钥 (root key)   {root.vkey}")
    for name, value in d.city.items():
        print(f"{name:18} {value}")
    for each in read(d.root / "people.json") or []:
        print(f"{each['id']}  {each['name']}  {each['of']}")
    if not os.environ.get(VARIABLE):
        print(f"mz: 未给 {VARIABLE},将用随附的 PostgreSQL (the embedded server, not for production)")
    return 0
