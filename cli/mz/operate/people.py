"""`./mz person` and `./mz role`: the people of an installation, each order a recorded fact of the gateway's identity.

    person disable OFFICER      nobody acts as this officer any more; the sessions of the officer end
    role assign OFFICER ROLE    one more role
    role revoke OFFICER ROLE    one role less

The platform may run; its gateways notice within a second. With the gateway's database in the environment
(MINGZHENG_GATEWAY_DATABASE_URL) that database is changed, as in a cluster; otherwise that of the data folder.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

import asyncpg

from common.door.address import said_by
from common.door.uow import Database
from common.values.errors import Refusal
from common.values.ids import OfficerId
from common.web.settings import FILE, prefix_of
from gateway.identity.domain.officers import Role
from gateway.identity.jobs import assign_role, disable_person, revoke_role
from gateway.identity.runtime import GatewaySettings, runtime_of
from mz.operate.assembly import Installation
from mz.operate.datadir import DataDir
from mz.operate.ledger import server_of
from mz.postgres import PostgresUnavailable


def main(options: argparse.Namespace) -> int:
    d = DataDir(options.data_dir.absolute())
    url = prefix_of("gateway") + "DATABASE_URL"
    try:
        if url in os.environ or url + FILE.upper() in os.environ:
            runtime = runtime_of(GatewaySettings.read(os.environ, "gateway"), background=False)
            print(asyncio.run(_done(runtime.db, options)))
        elif not d.ring.exists():
            raise ValueError(f"{d.root} 里没有数据 (there is no installation here)")
        else:
            with server_of(d) as server:
                runtime = Installation(d, server).runtimes(only=("gateway",))["gateway"]
                print(asyncio.run(_done(runtime.db, options)))
    except Refusal as refusal:
        print(f"mz: 未能办理 (refused): {refusal.code}: {refusal.message}", file=sys.stderr)
        return 1
    except (PostgresUnavailable, ValueError, OSError, asyncpg.PostgresError) as error:
        print(f"mz: 未能完成 (couldn't finish): {said_by(error)}", file=sys.stderr)
        return 1
    return 0


async def _done(db: Database, options: argparse.Namespace) -> str:
    """What was done, in one line."""
    officer = OfficerId(options.officer)
    try:
        match options.command, options.act:
            case "role", "assign":
                await assign_role(db, officer, Role(options.role))
                return f"mz: {officer} 已有角色 {options.role} (holds the role now)"
            case "role", _:
                await revoke_role(db, officer, Role(options.role))
                return f"mz: {officer} 不再有角色 {options.role} (does not hold the role any more)"
            case _:
                ended = await disable_person(db, officer)
                return f"mz: {officer} 已停用,结束会话 {ended} 个 (disabled; sessions ended: {ended})"
    finally:
        await db.close()
