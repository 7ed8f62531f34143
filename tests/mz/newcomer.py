"""Starts an existing installation with one more service, in the repository that this process imports.

Run by test_new_service.py in a process of its own, with the arguments of `main` as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import httpx

from common.door.migrate import upgrade
from common.door.schema import EXPECTED, folder_of
from common.web.serve import alive
from gateway.allinone import build
from mz.build.schemas import live
from mz.operate.assembly import Installation
from mz.operate.datadir import DataDir
from mz.postgres import Server, prepare
from mz.services import SERVICES


async def main(folder: str, host: str, port: int, databases: dict[str, str], name: str) -> None:
    """Print what /readyz of `name` answers, and the streams that the ledger lets its key sign before and after."""
    server, database = Server(host, port), SERVICES[name].database
    installation = Installation(
        DataDir(Path(folder)), server, mode="test", databases=databases, background=False
    )
    installation.d.make()
    await prepare(server, [database])
    # What `./mz golden` writes for it, and no other server is started for that.
    await upgrade(server.url(f"own_{database}", database), database, check=False)
    objects = await live(server, database, database)
    (folder_of(database) / EXPECTED).write_text(json.dumps({"objects": objects}))
    runtimes = installation.runtimes()
    key, sequencer = installation.record_key(name).verifier, runtimes["evidence"].ledger
    app = build(runtimes, base_url="http://127.0.0.1:8080")
    async with alive(app):
        before = sequencer.keys.streams_of(key)
        await installation.open_ledger(sequencer)
        transport = httpx.ASGITransport(app.apps[name])
        async with httpx.AsyncClient(transport=transport, base_url="http://newcomer") as http:
            answer = await http.get("/readyz")
        after = sequencer.keys.streams_of(key)
    print(
        json.dumps({"status": answer.status_code, "before": list(before or ()), "after": list(after or ())})
    )


if __name__ == "__main__":
    asyncio.run(main(**json.loads(sys.argv[1])))
